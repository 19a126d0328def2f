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

struct Tool {
    std::string name;
    std::vector<std::string> labels;
    std::vector<Program> programs;
    std::vector<Endpoint> endpoints;
};

struct Grant {
    std::string tool;
    long from = 0, until = -1;  // seconds; -1: no end
    long max_uses = -1;
    std::vector<std::string> only_after, never_after;
    bool approval = false;
};

struct Deny {
    std::string tool, label;  // one of them
    std::vector<std::string> after;
};

struct Policy {
    bool otherwise_allow = false;
    long lifetime = -1;
    std::vector<Tool> tools;
    std::vector<Grant> grants;
    std::vector<Deny> denies;
};

struct Crossing {
    std::string program;  // or an endpoint
    uint32_t address = 0;
    int port = 0;
    bool udp = false;
};

struct Answer {
    std::string verdict;  // ALLOW, DENY, PENDING
    std::string reason;   // as POLICY.md spells it; empty: none
    std::string tool;     // that pays; empty: none
    bool operator==(const Answer&) const = default;
};

class Session {
public:
    explicit Session(const Policy& policy) : policy_(policy), used_(policy.grants.size()) {}

    void advance(long seconds) { now_ += seconds; }
    void approve(const std::string& tool) { approved_.insert(tool); }
    void revoke() { revoked_ = true; }
    // As if a crossing had given it: a tool with its labels, or a label.
    void saw(const std::string& mark) {
        seen_.insert(mark);
        for (const Tool& tool : policy_.tools)
            if (tool.name == mark) see({&tool});
    }
    Answer cross(const Crossing& crossing);

private:
    // Greater is more specific: kind, then prefix length, then port width.
    using Specific = std::vector<long>;
    std::optional<Specific> covering(const Tool& tool, const Crossing& crossing) const;
    bool has(const Tool& tool, const std::string& label) const { return std::ranges::count(tool.labels, label) > 0; }
    bool denied(const std::vector<const Tool*>& covering, std::string& by) const;
    std::string failing(size_t grant) const;  // the first condition that fails; empty: all hold
    void see(const std::vector<const Tool*>& tools);

    const Policy& policy_;
    std::vector<long> used_;
    std::set<std::string> seen_, approved_;
    long now_ = 0;
    bool revoked_ = false;
};

}  // namespace naive
