// What is not wrong, and seldom meant.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "policy/brokers.h"
#include "policy/draft.h"

namespace remit::policy {
namespace {

// Programs that run whatever they are given: a tool with one of them allows any code. Names, and beginnings of names with a version behind.
constexpr std::array kInterpreters = {"sh",   "bash",  "dash", "zsh",  "ksh", "mksh", "fish",  "busybox", "toybox", "awk", "gawk",
                                      "mawk", "sed",   "node", "deno", "bun", "java", "env",   "xargs",   "find",   "vi",  "vim",
                                      "ed",   "emacs", "gdb",  "make", "ssh", "nc",   "socat", "tclsh",   "expect", "m4"};
constexpr std::array kVersioned = {"python", "perl", "ruby", "php", "lua", "nodejs", "ld-linux", "ld-musl", "vim."};

bool is_interpreter(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return std::ranges::find(kInterpreters, name) != kInterpreters.end() ||
           std::ranges::any_of(kVersioned, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// A rule that would cover an interpreter where one usually is, or whatever a session writes into memory or gives to the loader.
std::string interpreter_covered(const Program& program) {
    if (program.kinds & kAnonymous) return "programs without a name";
    if (program.kinds & kLoader) return "the loader";
    if (!program.pattern) return "";
    const Pattern& pattern = *program.pattern;
    if (pattern.exact) return is_interpreter(pattern.text) ? pattern.text : "";
    for (const char* usual : {"/usr/bin/sh", "/usr/bin/python3", "/usr/bin/perl", "/bin/sh", "/usr/local/bin/python3", "/usr/bin/busybox"})
        if (pattern.matches(usual)) return pattern.text;
    return is_interpreter(std::string_view(pattern.text).substr(0, pattern.text.find('*'))) ? pattern.text : "";
}

void warn_interpreters(Draft& draft, const Tool& tool) {
    std::vector<std::string> found;
    Position first;
    for (const Program& program : tool.programs) {
        const std::string covered = interpreter_covered(program);
        if (covered.empty()) continue;
        if (found.empty()) first = program.position;
        found.push_back(covered);
    }
    if (!found.empty())
        draft.warn(first, "interpreter", "tool \"" + tool.name + "\" may run anything: " + join(found, ", "),
                   "whoever has it has any code; limit what the session reaches, not what it runs");
}

void warn_ipv4_only(Draft& draft, const Tool& tool) {
    const auto ipv4 = [](const Endpoint& endpoint) { return is_ipv4(endpoint.prefix.address) && endpoint.prefix.bits >= kIpv4Bits; };
    const auto first = std::ranges::find_if(tool.endpoints, ipv4);
    if (!tool.hosts.empty()) return;  // names have addresses of both
    if (first != tool.endpoints.end() && std::ranges::all_of(tool.endpoints, ipv4))
        draft.warn(first->position, "ipv4-only", "tool \"" + tool.name + "\" covers IPv4 only",
                   "the same service over IPv6 is another endpoint: add its cidr, if it has one");
}

void warn_wildcards(Draft& draft, const Tool& tool) {
    for (const Host& host : tool.hosts)
        if (host.wildcard)
            draft.warn(host.position, "wildcard-host", "tool \"" + tool.name + "\" covers every name below " + host.name,
                       "whoever can make names there decides what it reaches, and what the session looks up can carry data out");
}

// Whatever else the session did.
bool is_denied(const Draft& draft, uint16_t tool) {
    return std::ranges::any_of(draft.policy.denies,
                               [tool](const Deny& deny) { return deny.after == Marks{} && has_mark(deny.tools.data(), tool); });
}

void warn_brokers(Draft& draft) {
    for (const UnixEndpoint& endpoint : draft.policy.unix_endpoints) {
        if (is_denied(draft, endpoint.tool)) continue;
        const std::string_view power = power_of_broker(endpoint.name);
        if (!power.empty())
            draft.warn(
                endpoint.position, "broker-socket", "who is behind \"" + endpoint.name + "\" " + std::string(power),
                "whoever has tool \"" + draft.policy.tools[endpoint.tool].name + "\" gets that done, outside of the session's limits");
    }
}

// A tool that is only denied names many programs that a host may lack; a missing one of a granted tool is a mistake.
bool is_granted(const Draft& draft, const Tool& tool) {
    const auto number = static_cast<size_t>(&tool - draft.policy.tools.data());
    return std::ranges::any_of(draft.policy.grants, [number](const Grant& grant) { return grant.tool == number; });
}

void warn_programs(Draft& draft, const Tool& tool, const Probe& probe) {
    for (const Program& program : tool.programs) {
        if (!program.pattern || !program.pattern->exact) continue;
        const std::string& path = program.pattern->text;
        switch (probe(path)) {
            case ProgramState::kFine:
                break;
            case ProgramState::kMissing:
                if (!is_granted(draft, tool)) break;
                draft.warn(program.position, "missing-program", "there is no " + path + " on this host", "is the path right?");
                break;
            case ProgramState::kWritableByOthers:
                draft.warn(program.position, "writable-program", path + " can be written by others than root",
                           "whoever writes it decides what the tool is");
                break;
        }
    }
}

}  // namespace

void check_warnings(Draft& draft, const Probe& probe) {
    warn_brokers(draft);
    for (const Tool& tool : draft.policy.tools) {
        warn_interpreters(draft, tool);
        warn_ipv4_only(draft, tool);
        warn_wildcards(draft, tool);
        if (probe) warn_programs(draft, tool, probe);
    }
}

}  // namespace remit::policy
