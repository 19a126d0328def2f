// An evaluator of POLICY.md written from its text alone: plain lists and strings, rules looked at one by one, nothing shared with
// userspace/policy or bpf/abi. Slow and simple; what differs from it is wrong somewhere.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace naive {

// A folder's programs ("/opt/a/*"), all below it ("/opt/a/**"), or one program.
struct Program {
    std::string path;
    bool everything_below = false, folder = false;
    bool covers(const std::string& program) const {
        if (!folder && !everything_below) return program == path;
        if (program.rfind(path + "/", 0) != 0) return false;
        return everything_below || program.find('/', path.size() + 1) == std::string::npos;
    }
};

// IPv4 only: the arithmetic is one number's.
struct Endpoint {
    uint32_t address = 0;
    int bits = 32;
    bool is_host = false;
    int first_port = 0, last_port = 65535;
    bool tcp = true, udp = true;
    bool covers(uint32_t to, int port, bool over_udp) const {
        const uint32_t mask = bits == 0 ? 0 : ~uint32_t{0} << (32 - bits);
        return (to & mask) == (address & mask) && first_port <= port && port <= last_port && (over_udp ? udp : tcp);
    }
};

// A name, or every name below one.
struct Host {
    std::string name;
    bool wildcard = false;
    int first_port = 0, last_port = 65535;
    bool covers(const std::string& to, int port) const {
        if (port < first_port || port > last_port) return false;
        const std::string below = "." + name;
        return wildcard ? to.size() > below.size() && to.compare(to.size() - below.size(), below.size(), below) == 0 : to == name;
    }
};

// Local addresses: one, every IPv4 one ("0.0.0.0"), or every one ("::").
struct Listen {
    enum class At { kOne, kAllOfIpv4, kAll } at = At::kOne;
    uint32_t address = 0;
    int first_port = 0, last_port = 65535;
};

struct Tool {
    std::string name;
    std::vector<std::string> labels;
    std::vector<Program> programs;
    std::vector<Endpoint> endpoints;
    std::vector<Host> hosts;
    std::vector<Listen> listens;
    std::vector<std::string> sockets;  // unix: "/run/x" or "@x"
};

struct Approval {
    enum class Scope { kOnce, kSession, kTimed } scope = Scope::kSession;
    long lasts = 0;  // kTimed: seconds from the answer
};

struct Grant {
    std::string tool;
    long from = 0, until = -1;  // seconds; -1: no end
    long max_uses = -1;
    long rate_count = -1, rate_per = 0;
    std::vector<std::string> only_after, never_after;
    std::optional<Approval> approval;
};

struct Deny {
    std::string tool, label;  // one of them
    std::vector<std::string> after;
    bool always = false, cut = false;
};

struct Policy {
    bool audit = false;
    bool otherwise_allow = false;
    long lifetime = -1;
    std::vector<Tool> tools;
    std::vector<Grant> grants;
    std::vector<Deny> denies;
};

struct Crossing {
    enum class To { kProgram, kEndpoint, kHost, kListener, kSocket } to = To::kProgram;
    std::string name;  // of a program, a host, a unix socket
    uint32_t address = 0;
    int port = 0;
    bool udp = false;
};

struct Answer {
    std::string verdict;  // ALLOW, DENY, PENDING
    std::string reason;   // as POLICY.md spells it; empty: none
    std::string tool;     // that pays; empty: none
    bool passes = false;  // in the policy's mode
    bool operator==(const Answer&) const = default;
};

class Session {
public:
    explicit Session(const Policy& policy) : policy_(policy), used_(policy.grants.size()), window_(policy.grants.size()) {}

    void advance(long seconds) { now_ += seconds; }
    // For as long as the tool's first grant says that asks at all.
    void approve(const std::string& tool);
    void reject(const std::string& tool) { rejected_.insert(tool); }
    // By an operator, for the rest of the session.
    void grant(const std::string& tool) { given_.insert(tool); }
    void revoke() { revoked_ = true; }
    // As if a crossing had given it: a tool with its labels, or a label.
    void saw(const std::string& mark) {
        seen_.insert(mark);
        for (const Tool& tool : policy_.tools)
            if (tool.name == mark) see({&tool});
    }
    Answer cross(const Crossing& crossing);
    // Of a socket that was let through: takes nothing, and asks for nothing that was answered or done.
    Answer again(const Crossing& crossing);
    // May the name be looked up? Takes nothing; the verdict alone is said.
    std::string resolve(const std::string& name);

private:
    struct Covered {
        std::vector<const Tool*> all, tied;
    };
    Covered find(const Crossing& crossing) const;
    Answer judge(const Crossing& crossing, bool again, bool takes);
    Answer judge_tools(const Covered& covered, bool again, bool takes);
    bool approved(const std::string& tool) const;
    void take(size_t grant);
    // Greater is more specific: kind, then prefix length, then port width.
    using Specific = std::vector<long>;
    std::optional<Specific> covering(const Tool& tool, const Crossing& crossing) const;
    bool has(const Tool& tool, const std::string& label) const { return std::ranges::count(tool.labels, label) > 0; }
    const Deny* denied(const std::vector<const Tool*>& covering, bool again, std::string& by) const;
    std::string failing(size_t grant, bool again) const;  // the first condition that fails; empty: all hold
    void see(const std::vector<const Tool*>& tools);

    const Policy& policy_;
    std::vector<long> used_;
    std::vector<std::pair<long, long>> window_;  // its number, and what passed in it
    std::set<std::string> seen_, rejected_, given_;
    struct Given {
        bool once = false;
        long until = -1;
    };
    std::map<std::string, Given> approved_;  // by tool
    long now_ = 0;
    bool revoked_ = false;
};

}  // namespace naive
