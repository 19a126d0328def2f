#include "api/refusal.h"

#include <array>

namespace remit::api {
namespace {

struct Words {
    std::string_view reason;
    std::string_view meaning;
    std::string_view remedy;
};

// The reasons of POLICY.md in their order, then those of the kernel side.
constexpr std::array<Words, 21> kWords{{
    {"REVOKED", "the session was revoked or is over", "start a new session"},
    {"EXPIRED", "the session's lifetime is over", "start a new session"},
    {"CONFLICT", "the task's tag and its cgroup name two sessions", "start it inside one session only"},
    {"DENIED", "a deny of the policy forbids it", "the author of the policy has to lift the deny"},
    {"NOT_GRANTED", "the policy grants that tool to nobody",
     "ask for it: `remit request TOOL` in the session, or the operator for a grant"},
    {"NOT_DELEGATED", "the parent session may not pass that tool on", "ask the operator to make the grant delegable"},
    {"NOT_YET", "the grant does not hold yet", "try again later"},
    {"GRANT_EXPIRED", "the grant no longer holds", "ask for it: `remit request TOOL` in the session, or the operator for a longer grant"},
    {"ONLY_AFTER", "another tool has to be used first", "use that tool first"},
    {"NEVER_AFTER", "the session has seen something that rules this out", "start a new session that does only this"},
    {"MAX_USES", "the grant is used up", "ask for more: `remit request TOOL` in the session, or the operator for more uses"},
    {"RATE", "the grant's rate is reached", "try again later"},
    {"WRITABLE", "the session can write it itself, or the folder that it is in",
     "run a program that only root can change, or say `writable: true` for its tool"},
    {"HASH_MISMATCH", "the program's content is not the one in the policy", "restore the program, or put its new sha256 into the policy"},
    {"APPROVAL", "a person has to approve it", "an operator answers with `remit pending` and `remit approve`; then try again"},
    {"NO_TOOL", "no tool of the policy covers it", "ask the operator to add it to a tool and to grant that"},
    {"UNKNOWN", "the daemon has not seen it yet", "try again"},
    {"FAMILY", "the policy names no socket of this family, type or protocol",
     "use TCP or UDP, or ask the operator for `socket { family: … protocol: … }` in a tool"},
    {"FAULT", "a failure inside Remit refuses", "see `remit status` and the daemon's log"},
    {"FOREIGN", "the socket was made outside of the session", "open it anew inside the session"},
    {"SUSPENDED", "the trail cannot be written, and the policy refuses then", "it goes on once the trail can be written again"},
}};

const Words* find_words(std::string_view reason) {
    for (const Words& words : kWords)
        if (words.reason == reason) return &words;
    return nullptr;
}

// NO_TOOL: what to write into the policy, by what was tried.
std::string tool_wanted(const Refusal& refusal) {
    std::string line;
    if (refusal.crossing == "unix") line = "endpoint { unix_path: \"" + refusal.object + "\" }";
    if (refusal.crossing == "listen") line = "listen { address: … port: … }";
    if (line.empty()) return "";
    return "ask the operator for `" + line + "` in a tool and for its grant";
}

// The tool that was refused for the word that stands for it.
std::string with_tool(std::string_view remedy, const std::string& tool) {
    std::string text(remedy);
    const size_t at = text.find("TOOL");
    if (at != std::string::npos && !tool.empty()) text.replace(at, 4, tool);
    return text;
}

}  // namespace

std::string reason_in_words(std::string_view reason) {
    const Words* words = find_words(reason);
    return std::string(words ? words->meaning : reason);
}

std::string remedy_for(const Refusal& refusal) {
    if (refusal.reason == "NO_TOOL") {
        if (std::string wanted = tool_wanted(refusal); !wanted.empty()) return wanted;
    }
    if (refusal.reason == "WRITABLE" && refusal.crossing == "unix") return "use a socket in a folder that only root can change";
    const Words* words = find_words(refusal.reason);
    if (words) return with_tool(words->remedy, refusal.tool);
    return refusal.session.empty() ? "see `remit why`" : "see `remit why " + refusal.session + "`";
}

bool is_of_a_look_up(std::string_view crossing, std::string_view object) {
    if (crossing == "unix") return object.ends_with("/run/nscd/socket");
    constexpr std::string_view kDatagram = "udp ";
    if (crossing != "connect" || !object.starts_with(kDatagram)) return false;
    const std::string_view endpoint = object.substr(0, object.find(' ', kDatagram.size()));  // a host may follow
    return endpoint.ends_with(":0") || endpoint.ends_with(":65535");
}

std::string refusal_line(const Refusal& refusal) {
    std::string line = (refusal.verdict == "pending" ? "pending " : "refused ") + refusal.crossing + " " + refusal.object;
    if (!refusal.tool.empty()) line += " (tool " + refusal.tool + ")";
    line += ": " + reason_in_words(refusal.reason);
    if (!refusal.reason.empty()) line += " (" + refusal.reason + (refusal.rule.empty() ? "" : ", " + refusal.rule) + ")";
    return line + "; " + remedy_for(refusal);
}

std::string held_line(std::string_view crossing, std::string_view object, std::string_view tool, std::string_view question) {
    std::string line(crossing);
    line.append(" ").append(object).append(" (tool ").append(tool);
    return line.append(") waits for a person: remit approve ").append(question).append(" (or reject)");
}

}  // namespace remit::api
