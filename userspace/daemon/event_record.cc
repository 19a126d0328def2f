#include "daemon/event_record.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/words.h"
#include "policy/address.h"
#include "policy/names.h"

namespace remit::daemon {

namespace {

// USER_HZ, what /proc/PID/stat counts in on every architecture.
constexpr uint64_t kNsPerTick = 10'000'000;
// The kernel's own dev_t: 12 bits of major, 20 of minor.
constexpr unsigned kMinorBits = 20;
// More CPUs than any kernel knows: a bound for what is kept by CPU.
constexpr uint32_t kMaxCpus = 8192;

std::string dev_text(uint32_t dev) {
    return std::to_string(dev >> kMinorBits) + ":" + std::to_string(dev & ((1u << kMinorBits) - 1));
}

trail::Program program_of(const remit_file& file, const std::string& path, const std::string& sha256 = {}) {
    trail::Program program;
    program.path = path;
    program.sha256 = sha256;
    program.ino = file.ino;
    if (file.ino != 0) program.dev = dev_text(file.dev);
    return program;
}

std::string protocol_word(uint16_t protocol) {
    if (protocol == IPPROTO_TCP) return "tcp";
    if (protocol == IPPROTO_UDP) return "udp";
    return std::to_string(protocol);
}

struct Word {
    uint16_t number;
    const char* word;
};

template <size_t N>
std::string word_for(const std::array<Word, N>& words, uint16_t number) {
    for (const Word& each : words) {
        if (each.number == number) return each.word;
    }
    return std::to_string(number);
}

std::string family_word(uint16_t family) {
    static constexpr std::array<Word, 9> kWords{{{AF_UNIX, "unix"},
                                                 {AF_INET, "inet"},
                                                 {AF_INET6, "inet6"},
                                                 {AF_NETLINK, "netlink"},
                                                 {AF_PACKET, "packet"},
                                                 {AF_ALG, "alg"},
                                                 {AF_VSOCK, "vsock"},
                                                 {AF_XDP, "xdp"},
                                                 {AF_BLUETOOTH, "bluetooth"}}};
    return word_for(kWords, family);
}

std::string type_word(uint16_t type) {
    static constexpr std::array<Word, 5> kWords{
        {{SOCK_STREAM, "stream"}, {SOCK_DGRAM, "dgram"}, {SOCK_RAW, "raw"}, {SOCK_SEQPACKET, "seqpacket"}, {SOCK_RDM, "rdm"}}};
    return word_for(kWords, type);
}

// An abstract name begins with a zero; a path ends with one, where there is room for it.
std::string name_of(const remit_event& event) {
    const std::string name(event.path, std::min<size_t>(event.path_bytes, sizeof event.path));
    return name.substr(0, name.find('\0'));
}

trail::UnixObject unix_object_of(const remit_event& event, const EventContext& context) {
    trail::UnixObject object;
    if (event.path_bytes > 1 && event.path[0] == 0) {
        object.abstract_name.assign(event.path + 1, std::min<size_t>(event.path_bytes, sizeof event.path) - 1);
    } else {
        object.file = program_of(event.file, context.file_path.empty() ? name_of(event) : context.file_path);
    }
    object.peer_pid = event.peer_pid;
    object.peer = program_of(event.peer, context.peer_path);
    return object;
}

std::string type_of_name(uint16_t type) {
    static constexpr std::array<Word, 10> kWords{
        {{1, "A"}, {2, "NS"}, {5, "CNAME"}, {6, "SOA"}, {12, "PTR"}, {15, "MX"}, {16, "TXT"}, {28, "AAAA"}, {33, "SRV"}, {65, "HTTPS"}}};
    return word_for(kWords, type);
}

trail::Object object_of(const remit_event& event, const EventContext& context) {
    switch (event.crossing) {
        case REMIT_EXEC: {
            trail::ExecObject object;
            // The name is the kernel's own: it led to this very file in the process's root at that time.
            const bool script = event.flags & REMIT_EVENT_SCRIPT;
            object.program =
                program_of(event.file, context.file_path.empty() && !script ? event.path : context.file_path, context.file_sha256);
            if (script) object.script_claimed = event.path;
            object.path_cut = event.flags & REMIT_EVENT_PATH_CUT;
            return object;
        }
        case REMIT_UNIX:
            return unix_object_of(event, context);
        case REMIT_RESOLVE:
            return trail::NameObject{event.path, type_of_name(event.type), context.answers, context.withheld};
        case REMIT_SOCKET:
            return trail::SocketObject{family_word(event.family), type_word(event.type), std::to_string(event.protocol)};
        default: {
            policy::Address address;
            std::copy(std::begin(event.address), std::end(event.address), address.begin());
            return trail::EndpointObject{protocol_word(event.protocol), policy::format_address(address), event.port, context.host,
                                         context.host.empty() ? "" : "dns"};
        }
    }
}

trail::Process process_of(const remit_event& event, const EventContext& context) {
    trail::Process process;
    process.pid = event.pid;
    process.tid = event.tid;
    process.ppid = event.ppid;
    process.start_ns = event.task_start_ns;
    process.exec_id = event.task_start_ns ? exec_id(event.pid, event.task_start_ns) : std::string();
    process.uid = event.uid;
    process.gid = event.gid;
    process.comm = event.comm;
    process.program = program_of(event.program, context.program_path, context.program_sha256);
    return process;
}

// Reasons that no rule of the policy stands behind.
bool outside_policy(uint8_t reason) {
    return reason == REMIT_REASON_REVOKED || reason == REMIT_REASON_CONFLICT || reason == REMIT_REASON_UNKNOWN ||
           reason == REMIT_REASON_FAMILY || reason == REMIT_REASON_FAULT || reason == REMIT_REASON_FOREIGN;
}

bool closed_path(const remit_event& event) {
    return std::memchr(event.path, 0, sizeof event.path) != nullptr;
}

std::string rule_of(const remit_event& event, const policy::Policy& policy) {
    if (event.verdict_flags & REMIT_OF_ITS_OWN) return "its own";
    if (outside_policy(event.reason)) return {};
    return policy::rule_text(policy, event.tool, event.rule, event.reason);
}

}  // namespace

bool is_sound(const remit_event& event) {
    if (event.abi != REMIT_ABI_VERSION || event.cpu >= kMaxCpus || event.verdict > REMIT_PENDING || event.reason >= REMIT_REASONS ||
        event.effect > REMIT_DROPPED || std::memchr(event.comm, 0, sizeof event.comm) == nullptr)
        return false;
    const bool notice = event.flags & REMIT_EVENT_NOTICE;
    switch (event.crossing) {
        case REMIT_EXEC:
        case REMIT_RESOLVE:
            return !notice && closed_path(event);
        case REMIT_UNIX:
            return !notice && event.path_bytes <= sizeof event.path;
        case REMIT_MOVED:
            return notice && event.type < REMIT_MOVES;
        case REMIT_TOUCHED:
            return notice && event.type < REMIT_TOUCHES && closed_path(event);
        case REMIT_CGROUP_MADE:
            return notice;
        default:
            return !notice && event.crossing <= REMIT_SOCKET;
    }
}

trail::Record record_of(const remit_event& event, const EventContext& context) {
    trail::Record record;
    record.kind = trail::Kind::kCrossing;
    record.boot_ns = event.boot_ns;
    record.cpu = event.cpu;
    record.n = event.n;
    record.crossing_id = context.crossing_id;
    record.session = context.session;
    record.process = process_of(event, context);
    record.crossing = event.crossing;
    record.object = object_of(event, context);
    if (context.policy) {
        record.tool = policy::tool_name(*context.policy, event.tool);
        record.tools = policy::tool_names(*context.policy, event.covers);
        record.rule = rule_of(event, *context.policy);
    }
    record.verdict = event.verdict;
    record.reason = event.reason;
    record.decided_by = context.answered_by_person ? "person" : "kernel";
    record.effect = event.effect;
    record.latency_ns = event.latency_ns;
    return record;
}

trail::Record notice_record_of(const remit_event& event, const EventContext& context, const std::string& target_path) {
    const bool moved = event.crossing == REMIT_MOVED;
    trail::Notice notice;
    notice.what = moved ? move_word(event.type) : touch_word(event.type);
    notice.target_pid = event.peer_pid;
    notice.target.path = target_path;
    if (!moved) {
        if (event.type == REMIT_TOUCH_CAPABILITY) notice.capability = capability_word(event.port);
        notice.name = event.path;
        notice.name_cut = event.flags & REMIT_EVENT_PATH_CUT;
    }
    trail::Record record;
    record.kind = moved ? trail::Kind::kTaskMoved : trail::Kind::kTouchRefused;
    record.boot_ns = event.boot_ns;
    record.session = context.session;
    record.process = process_of(event, context);
    record.notice = std::make_shared<trail::Notice>(std::move(notice));
    record.decided_by = "kernel";
    record.effect = event.effect;
    return record;
}

trail::EndpointObject endpoint_of(const remit_stamp& stamp) {
    policy::Address address;
    std::copy(std::begin(stamp.address), std::end(stamp.address), address.begin());
    return {protocol_word(stamp.protocol), policy::format_address(address), stamp.port, {}, {}};
}

std::string object_text(const trail::Object& object) {
    if (const auto* exec = std::get_if<trail::ExecObject>(&object))
        return exec->program.path.empty() ? exec->script_claimed : exec->program.path;
    if (const auto* endpoint = std::get_if<trail::EndpointObject>(&object)) {
        const bool ipv6 = endpoint->address.find(':') != std::string::npos;
        const std::string address = ipv6 ? "[" + endpoint->address + "]" : endpoint->address;
        return endpoint->protocol + " " + address + ":" + std::to_string(endpoint->port);
    }
    if (const auto* unix_socket = std::get_if<trail::UnixObject>(&object))
        return unix_socket->abstract_name.empty() ? unix_socket->file.path : "@" + unix_socket->abstract_name;
    if (const auto* name = std::get_if<trail::NameObject>(&object)) return name->name;
    if (const auto* socket = std::get_if<trail::SocketObject>(&object))
        return socket->family + " " + socket->type + " socket, protocol " + socket->protocol;
    return {};
}

std::string exec_id(uint32_t pid, uint64_t start_ns) {
    return std::to_string(pid) + "-" + std::to_string(start_ns / kNsPerTick);
}

}  // namespace remit::daemon
