// A checked policy, as plain data: what check makes of a source, and what tables, attribution and explanations are made of.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/policy.h"
#include "base/digest.h"
#include "policy/address.h"
#include "policy/diagnostic.h"
#include "policy/pattern.h"

namespace remit::policy {

// Bits 0..255 are tools, those behind are labels: what a session has seen, or a rule waits for.
using Marks = std::array<__u64, REMIT_MARK_WORDS>;
inline void add_mark(__u64* words, uint32_t bit) {
    words[bit / 64] |= 1ULL << (bit % 64);
}
inline bool has_mark(const __u64* words, uint32_t bit) {
    return words[bit / 64] >> (bit % 64) & 1;
}

// What a path says little about: programs of these kinds are covered only where a rule names the kind.
enum ProgramKind : uint8_t {
    kAnonymous = 1 << 0,  // without a name: memfd, deleted
    kLoader = 1 << 1,     // a dynamic loader run as a program: it runs any file it is given
    kSetId = 1 << 2,      // set-user-id, set-group-id, file capabilities
    kForeign = 1 << 3,    // on FUSE or a network file system, whose server makes up what it likes
};

// Programs at a path, of a kind, with a content; at least one of the three is said.
struct Program {
    std::optional<Pattern> pattern{};  // none: at any path
    uint8_t kinds = 0;                 // enum ProgramKind; 0: ordinary programs only
    std::optional<Digest> sha256{};
    Position position{};

    // A program of several kinds needs a rule that names them all.
    bool fits(uint8_t given) const { return kinds ? given && !(given & ~kinds) : given == 0; }
};

// Addresses in one prefix, at some ports. An exact host (`host: "10.1.2.3"`) is more specific than any prefix (`cidr`).
// Of listeners: local addresses. "0.0.0.0" is all of IPv4, "::" all there are (IPv4 too), every other one exact.
struct Endpoint {
    Prefix prefix{};
    bool exact_host = false;
    std::vector<Ports> ports{};  // each as written; one of all ports when none was
    bool tcp = true;
    bool udp = true;
    Position position{};
};

// A host by name at some ports. A wildcard stands for names with further labels in front, never for the name itself.
struct Host {
    std::string name;  // in lower case; of a wildcard: what stands behind "*."
    bool wildcard = false;
    std::vector<Ports> ports{};
    bool tcp = true;
    bool udp = true;
    Position position{};

    std::string text() const { return wildcard ? "*." + name : name; }
};

// A unix socket by name.
struct UnixEndpoint {
    uint16_t tool = 0;
    uint16_t number = 0;  // with a peer: from 1, one number for all endpoints that name this socket. 0: whoever listens
    std::string name;     // as written: an absolute path, or "@" and an abstract name
    std::optional<Pattern> peer{};
    Position position{};

    bool abstract() const { return name.starts_with('@'); }
};

// Sockets of a family that no endpoint and no listener is about.
struct SocketFamily {
    uint16_t family = 0;                     // AF_*
    uint16_t protocol = REMIT_ANY_PROTOCOL;  // as given to socket(2)
    Position position{};
};

struct Tool {
    std::string name;
    std::string about;
    __u64 labels = 0;       // the label word of the marks
    bool writable = false;  // its programs may be ones that the session itself can write
    std::vector<Program> programs;
    std::vector<Endpoint> endpoints;
    std::vector<Host> hosts;
    std::vector<Endpoint> listens;
    std::vector<SocketFamily> sockets;
    Position position;
};

// A person's yes, before the grant holds.
struct Approval {
    enum class Scope : uint8_t { kOnce, kSession, kTimed };

    uint64_t wait_ns = 0;  // the question is open for so long; silence is a no
    Scope scope = Scope::kSession;
    uint64_t lasts_ns = 0;  // kTimed: from the answer
    std::string by{};       // "group:NAME" or "user:NAME"; empty: whoever may use the control socket
};

struct Grant {
    uint16_t tool = 0;
    uint16_t rule = 0;  // index of Policy::rules
    uint64_t from_ns = 0;
    uint64_t until_ns = 0;  // 0: no end
    uint32_t max_uses = 0;  // 0: no limit
    uint32_t rate_count = 0;
    uint64_t rate_ns = 0;  // 0: no rate
    Marks only_after{};
    Marks never_after{};
    std::optional<Approval> approval;
    bool delegable = false;             // sessions below may use it too
    std::optional<uint32_t> counter{};  // where its uses are counted; nothing: at its rule's number
    Position position;

    bool unconditional() const {
        return !from_ns && !until_ns && !max_uses && !rate_ns && only_after == Marks{} && never_after == Marks{} && !approval;
    }
};

struct Deny {
    uint16_t rule = 0;
    std::array<__u64, REMIT_TOOL_WORDS> tools{};  // by itself or by a label
    Marks after{};
    bool always = false;
    bool cut = false;  // with after: sockets that are open already, too
    std::string reason;
    Position position;
};

// Cgroups that the policy is for: policy/attach.h.
struct Attach {
    Pattern pattern{};
    Position position{};
};

// Sessions that one of the policy may start below itself.
struct Child {
    std::string policy{};  // empty: whichever
    uint32_t depth = 1;    // how far below
    Position position{};
};

struct Step {
    enum class Act { kExec, kConnect, kListen, kUnix, kResolve, kAdvance, kApprove, kReject, kGrant, kRevoke, kChild };

    Act act = Act::kExec;
    std::string text;  // as written
    std::string path;  // of a program; the name of a unix socket; a name to look up
    Target target{};   // of listen: with REMIT_LISTENS
    uint64_t advance_ns = 0;
    uint16_t tool = 0;    // of approve, reject and grant
    uint8_t verdict = 0;  // wanted: enum remit_verdict_kind
    std::optional<uint16_t> wanted_tool;
    std::optional<uint8_t> wanted_reason;  // enum remit_reason
    Position position;
};

struct Example {
    std::string name;
    std::vector<Step> steps;
    Position position;
};

// A grant or a deny, as records and explanations name it: "grant deploy (coding.textproto:31)".
struct Rule {
    std::string text;
    Position position;
};

struct Policy {
    std::string name;
    std::string version;
    std::string about;
    std::string identity;  // SHA-256 of the source
    uint8_t mode = REMIT_ENFORCE;
    uint8_t otherwise = REMIT_OTHERWISE_DENY;
    uint64_t lifetime_ns = 0;  // 0: no end of its own
    bool refuse_on_audit_failure = true;
    bool degrade = false;  // run although the host lacks something of needs()
    bool strict_code = false;
    bool user_namespaces = false;
    bool unix_any = false;
    bool self_approve = false;                 // who started the session may answer its questions
    std::vector<Tool> tools;                   // bit n is the nth: the main file's in order, then those of the imports in order
    std::vector<std::string> labels;           // bit REMIT_FIRST_LABEL + n, in the order in which they are first written
    std::vector<UnixEndpoint> unix_endpoints;  // of all tools
    std::vector<Grant> grants;                 // in the order of declaration
    std::vector<Deny> denies;
    std::vector<Rule> rules;  // grants, then denies
    std::vector<Attach> attaches;
    std::vector<Child> children;
    std::vector<Example> examples;
    std::string otherwise_text;  // "otherwise DENY (coding.textproto:6)", for records
    // Of a session below others: what one of these does not grant is barred (policy/narrow.h).
    std::vector<std::shared_ptr<const Policy>> within{};

    // Number of a tool by name, or -1.
    int find_tool(std::string_view tool) const;
    // The bit of a tool or label by name, or -1.
    int find_mark(std::string_view mark) const;
    // What a grant of the tool asks a person for: that of the rule, else of the tool's first grant that asks at all; nullptr: nobody is
    // asked.
    const Approval* find_approval(uint16_t tool, uint16_t rule = REMIT_NO_RULE) const;
    // Where its programs are, for whoever looks for the files; rules of a kind or a content alone say no place.
    std::vector<std::string> program_patterns() const;
};

// What the host has to hold for this policy to mean what it says, in doctor's words: "unix-sockets", "unix-peers", "listeners",
// "strict-code"; and "user-namespaces": that sessions can make them. With `unix: ANY` none of the first two.
std::vector<std::string> needs(const Policy& policy);

// "once", "session", "15m": how long a yes holds.
std::string scope_text(const Approval& approval);
// The same in a sentence: "for one crossing", "for the session", "for 15m".
std::string scope_words(const Approval& approval);

// Approvals that say no deadline of their own wait this long.
inline constexpr uint64_t kDefaultApprovalWaitNs = 600'000'000'000;

}  // namespace remit::policy
