// What a kernel audit rule for connect costs, in turns with nothing at all. Once it is there, every new process is slower until the host
// boots again, so that this is for VMs: tests/vm/vm run 6.12 env REMIT_VM=1 build/bin/bench_audit
#include <linux/audit.h>
#include <linux/netlink.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "bench/operations.h"

namespace remit::bench {
namespace {

constexpr int kRounds = 9;
constexpr int kCalls = 400;
constexpr uint32_t kBacklog = 8192;
constexpr size_t kLongest = 8970;  // of an audit message: MAX_AUDIT_MESSAGE_LENGTH of libaudit

// This process as the kernel's audit daemon, which reads records and throws them away.
class AuditDaemon {
public:
    bool begin() {
        audit_status status{};
        status.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_FAILURE | AUDIT_STATUS_PID | AUDIT_STATUS_BACKLOG_LIMIT;
        status.enabled = 1;
        status.failure = AUDIT_FAIL_SILENT;
        status.pid = static_cast<uint32_t>(getpid());
        status.backlog_limit = kBacklog;
        if (!ask(AUDIT_SET, &status, sizeof(status))) return false;
        audit_rule_data rule{};
        rule.flags = AUDIT_FILTER_EXIT;
        rule.action = AUDIT_ALWAYS;
        rule.mask[AUDIT_WORD(SYS_connect)] |= AUDIT_BIT(SYS_connect);
        if (!ask(AUDIT_ADD_RULE, &rule, sizeof(rule))) return false;
        std::thread([this] { read_all(); }).detach();
        return true;
    }
    unsigned read() const { return read_; }

private:
    // Sends a request and waits for the kernel's yes.
    bool ask(uint16_t type, const void* body, size_t size) {
        std::array<char, 2048> bytes{};
        const nlmsghdr header{static_cast<uint32_t>(NLMSG_LENGTH(size)), type, NLM_F_REQUEST | NLM_F_ACK, 1, 0};
        std::memcpy(bytes.data(), &header, sizeof(header));
        std::memcpy(bytes.data() + NLMSG_HDRLEN, body, size);
        if (send(socket_.get(), bytes.data(), header.nlmsg_len, 0) < 0) return false;
        for (;;) {
            if (recv(socket_.get(), block_.data(), block_.size(), 0) < 0) return false;
            const auto* answer = reinterpret_cast<const nlmsghdr*>(block_.data());
            if (answer->nlmsg_type == NLMSG_ERROR) return static_cast<const nlmsgerr*>(NLMSG_DATA(answer))->error == 0;
        }
    }
    void read_all() {
        while (recv(socket_.get(), block_.data(), block_.size(), 0) >= 0 || errno == ENOBUFS || errno == EINTR) read_++;
    }

    const Fd socket_{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT)};
    alignas(nlmsghdr) std::array<char, kLongest> block_{};
    std::atomic<unsigned> read_ = 0;
};

struct Measured {
    const char* line;
    const char* context;
    std::unique_ptr<Worker> worker;
};

int run() {
    const auto udp = test::listen_on("127.0.0.1", SOCK_DGRAM), tcp = test::listen_on("127.0.0.1", SOCK_STREAM);
    std::thread([&] { accept_and_read(tcp.fd.get()); }).detach();
    const std::pair<const char*, Worker::Work> lines[] = {
        {"connect, UDP, reused", [&] { return connect_udp("127.0.0.1", udp.port, kCalls); }},
        {"socket + connect + close, TCP", [&] { return connect_tcp(tcp.port, kCalls / 4); }},
    };
    std::vector<Measured> all;
    const auto add = [&](const char* context) {
        for (const auto& [line, work] : lines) all.push_back({line, context, std::make_unique<Worker>("", nullptr, work)});
    };
    add("unmediated");
    add("unmediated again");
    // Who was started before there was a rule is spared by it, so that all measure in turns.
    AuditDaemon daemon;
    if (!daemon.begin()) {
        perror("bench_audit: the kernel takes no rule");
        return 1;
    }
    add("audit rule");
    Results results;
    for (int round = 0; round <= kRounds; round++) {
        for (const Measured& one : all) {
            const double ns = one.worker->measure();
            if (round > 0) results.of(one.line, one.context).ns.push_back(ns);  // the first one warms up
        }
    }
    results.print({"unmediated", "unmediated again", "audit rule"}, "unmediated");
    printf("%u messages were read\n", daemon.read());
    fflush(stdout);
    _exit(daemon.read() > 0 ? 0 : 1);  // the readers wait for ever
}

}  // namespace
}  // namespace remit::bench

int main() {
    const char* vm = std::getenv("REMIT_VM");
    if (vm && !strcmp(vm, "1")) return remit::bench::run();
    fprintf(stderr,
            "bench_audit: an audit rule slows the whole host until it boots again: tests/vm/vm run 6.12 env REMIT_VM=1 "
            "build/bin/bench_audit\n");
    return 77;
}
