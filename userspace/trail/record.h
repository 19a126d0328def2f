// One record of the trail before it is a line: passive data that the daemon fills and the writer's thread turns into JSON (TRAIL.md).
// Texts that are empty and optionals that are not set leave their key out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "abi/event.h"
#include "trail/gaps.h"

namespace remit::trail {

enum class Kind : uint8_t {
    kBoot,  // the first record under a boot id: the kernel's counts begin anew
    kDaemonStart,
    kDaemonStop,
    kHooks,  // what is attached, and the state of the numbers: where a restarted daemon goes on
    kPolicyLoaded,
    kPolicyRejected,
    kSessionStart,
    kSessionEnd,
    kSessionRevoked,
    kSessionExpired,
    kCrossing,
    kApprovalAsked,
    kApprovalAnswered,
    kLabel,         // a session gained one
    kSocketCut,     // a socket was ended in mid-connection
    kTaskMoved,     // a task left its session's cgroup, or was pulled into it
    kTouchRefused,  // an attempt on Remit, the host's switches or another's process
    kAuditGap,
    kGrant,          // an operator gave a session a tool
    kConfig,         // an operator changed a session (renewed it, switched its policy), or what the daemon goes by is another
    kCheckpoint,     // all lines before this one, under one signature
    kSegmentPruned,  // a segment is let go, as the operator said how long they are kept
};

// A person at the control socket, from peer credentials.
struct Actor {
    uint32_t uid = 0;
    std::vector<uint32_t> gids;
    std::optional<uint32_t> login_uid;  // not set: none was ever set
    int32_t pid = 0;
    std::string exec_id;
    std::string via;  // "control.sock"
};

// What is known of a session; made once a generation and shared by all records of it.
struct Session {
    std::string id;
    std::string root;                    // the topmost session of its tree; written where it is another one
    std::vector<std::string> lineage{};  // of all above, the topmost first
    std::string policy;
    std::string policy_sha256;
    std::string name, agent, on_behalf_of, purpose, task;
    std::vector<std::string> claimed;  // keys of those that the starter asserted
    uint32_t generation = 0;
    uint8_t mode = 0;  // enum remit_mode
    std::string tier;  // "base" or "lsm"
    std::vector<std::string> labels;
};

struct Program {
    std::string path;
    std::string dev;   // "major:minor"
    uint64_t ino = 0;  // 0: not known
    std::string sha256;
};

struct Process {
    uint32_t pid = 0, tid = 0, ppid = 0;
    uint64_t start_ns = 0;  // boot time; with pid it names the process
    std::string exec_id;
    uint32_t uid = 0, gid = 0;
    std::string comm;
    Program program;
};

// A program that is to be run.
struct ExecObject {
    Program program;
    std::string interpreter;
    std::string script;
    std::string script_claimed;  // the base tier: as the caller named it, never decided by
    bool path_cut = false;       // the kernel kept only the beginning of the path
};

struct EndpointObject {
    std::string protocol;  // "tcp", "udp"
    std::string address;
    uint16_t port = 0;
    std::string host, host_from;  // a name, and how it is known
};

// A socket of a family, type or protocol that is refused as such.
struct SocketObject {
    std::string family, type, protocol;
};

// A unix socket: of its names the one that it has, and who listens behind it.
struct UnixObject {
    Program file;               // path, and the socket file's identity where it is known
    std::string abstract_name;  // without the zero in front
    uint32_t peer_pid = 0;      // 0: not known
    Program peer;
};

// A name that was looked up.
struct NameObject {
    std::string name, type;             // "A", "AAAA", or a number
    std::vector<std::string> answers;   // addresses that the session was given
    std::vector<std::string> withheld;  // addresses that it was not: of this host or its networks, and no rule for addresses covers them
};

using Object = std::variant<std::monostate, ExecObject, EndpointObject, SocketObject, UnixObject, NameObject>;

// Kinds task_moved and touch_refused.
struct Notice {
    std::string what;         // a word of enum remit_move or enum remit_touch
    uint32_t target_pid = 0;  // the process that was aimed at or moved; 0: none
    Program target;           // what it runs
    std::string capability;   // "CAP_SYS_ADMIN"
    std::string name;         // of a file, a switch
    bool name_cut = false;
};

// Kinds policy_*.
struct PolicyChange {
    std::string name, sha256;
    std::vector<std::string> files;
    std::vector<std::string> errors;  // "file:line:column: …"
};

// Kind hooks.
struct Hooks {
    std::vector<CpuNumbers> kernel;
    std::vector<std::string> programs;
    std::string tier;
    bool adopted = false;    // false: loaded anew, and every count began at 0
    bool lsm_called = true;  // false: the kernel calls no program on an LSM hook, though they are attached
};

// Kind session_start.
struct Assurance {
    std::vector<std::pair<std::string, std::string>> guarantees;  // name → "enforced", "partial", "missing"
    std::vector<std::string> lacks;                               // what the policy needs and goes without (`degrade`)
};

// What passed between a session and an endpoint. Without an address: all that a tool has beside the endpoints that are listed.
struct Traffic {
    std::string tool;
    EndpointObject endpoint;
    bool listened = false;  // the endpoint is the session's own listener
    uint64_t bytes_out = 0, bytes_in = 0, packets_out = 0, packets_in = 0;
};

// Counts of a session at its end.
struct SessionTotals {
    uint64_t passed = 0, refused = 0, bytes_out = 0, bytes_in = 0, packets_out = 0, packets_in = 0;
    std::vector<Traffic> traffic;  // the largest first
};

// Kinds boot and daemon_start.
struct Software {
    std::string version;         // of Remit
    std::string kernel_release;  // uname -r
    uint64_t torn_bytes = 0;     // cut off the trail's end at the start: a line that a crash had left half-written
};

// Kind checkpoint.
struct SignedTree {
    std::vector<std::string> note;      // lines of a C2SP tlog-checkpoint whose size is the seq of the record
    std::vector<std::string> frontier;  // hex: the roots of the tree's perfect subtrees, by which a restarted daemon goes on
};

// Kind segment_pruned.
struct PrunedSegment {
    std::string file;
    uint64_t first_seq = 0, last_seq = 0;
    std::string last_hash;  // hex, of its last line: the prev of the line behind it
    uint64_t bytes = 0;     // that it took on disk
};

// Kind config: verifier keys of signed notes.
struct KeyChange {
    std::string key;
    std::string before;  // empty: there was none
};

struct Record {
    Kind kind = Kind::kCrossing;
    bool synced = false;  // on disk before anything else happens: first refusals, lifecycle
    uint64_t boot_ns = 0;

    // Crossings.
    std::string crossing_id;  // joins question, answer and end
    std::optional<uint32_t> cpu;
    std::optional<uint64_t> n;                            // only final crossings have one
    uint64_t count = 1;                                   // written for crossings, gaps and notices
    std::vector<Range> numbers;                           // of a folded crossing: those of its CPU that it stands for, n the first of them
    std::optional<uint64_t> first_boot_ns, last_boot_ns;  // of a folded crossing
    uint64_t first = 0, last = 0;                         // of a gap
    std::shared_ptr<const Session> session;
    std::optional<Process> process;
    uint8_t crossing = 0;  // enum remit_crossing
    Object object;
    std::string tool;
    std::vector<std::string> tools;
    std::string rule;
    std::optional<uint8_t> verdict;  // enum remit_verdict_kind
    uint8_t reason = REMIT_GRANTED;  // enum remit_reason
    std::string decided_by;          // "kernel", "daemon", "person"
    std::optional<uint8_t> effect;   // enum remit_effect
    std::optional<uint64_t> latency_ns;

    // Other kinds.
    std::string label;
    std::string why;               // in words: of a person, or of an end
    std::string answer;            // "approve", "reject"
    std::string scope;             // "ONCE", "SESSION", "TIMED"
    std::string change;            // kind config: "renew", "reload"
    std::optional<uint64_t> uses;  // of a grant
    std::string cgroup;
    std::optional<uint64_t> lifetime_ns;
    std::optional<int> exit_status;  // as in a shell: 128 + signal
    std::shared_ptr<const Notice> notice;
    std::shared_ptr<const Assurance> assurance;
    std::shared_ptr<const SessionTotals> totals;
    std::shared_ptr<const PolicyChange> policy;
    std::shared_ptr<const Hooks> hooks;
    std::shared_ptr<const Software> software;
    std::shared_ptr<const SignedTree> tree;
    std::shared_ptr<const KeyChange> key;
    std::shared_ptr<const PrunedSegment> pruned;
    std::shared_ptr<const Actor> actor;
};

// Of numbers that were lost; its time is that of its writing.
inline Record record_of(const Gap& gap) {
    Record record;
    record.kind = Kind::kAuditGap;
    record.synced = true;
    record.cpu = gap.cpu;
    record.first = gap.numbers.first;
    record.last = gap.numbers.last;
    record.count = gap.numbers.count();
    return record;
}

}  // namespace remit::trail
