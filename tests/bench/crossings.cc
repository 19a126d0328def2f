// What a crossing costs: in a session, outside every session with Remit there, under an empty program at the same hook, and unmediated, in
// turns within one run. Run as root: build/bin/bench_crossings [--short] [--only TEXT] [--json FILE].
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <cstdio>
#include <cstring>

#include "bench/worker.h"

namespace remit::bench {
namespace {

constexpr const char *kUnmediated = "unmediated", *kEmpty = "empty program", *kOutside = "outside every session", *kSession = "session";
struct Settings {
    int rounds = 21;
    int connects = 20'000;
    int execs = 100;
    size_t megabytes = 256;
    std::string only;  // of the lines those with this in their name; empty: all
    std::string json;
};

constexpr bpf_insn kPass[] = {
    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 1},
    {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
};

Fd load_empty(bpf_prog_type type, bpf_attach_type attach, const char* traced = nullptr) {
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach);
    if (traced) options.attach_btf_id = static_cast<__u32>(libbpf_find_vmlinux_btf_id(traced, attach));
    return Fd(bpf_prog_load(type, "bench_empty", "GPL", kPass, std::size(kPass), &options));
}

Fd attach_empty(const std::string& cgroup, bpf_prog_type type, bpf_attach_type attach) {
    const Fd program = load_empty(type, attach);
    const Fd folder(open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return Fd(bpf_link_create(program.get(), folder.get(), attach, nullptr));
}

double send_udp(uint16_t port, int count) {
    const auto to = test::address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return per_operation(count, [&] { (void)!sendto(fd.get(), "x", 1, MSG_DONTWAIT, to.get(), to.size); });
}

// Nanoseconds a megabyte through one TCP connection to a peer that reads.
double transfer(uint16_t port, size_t megabytes) {
    static char block[1 << 20];
    const auto to = test::address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(fd.get(), to.get(), to.size)) return 0;
    return per_operation(static_cast<int>(megabytes), [&] {
        for (size_t sent = 0; sent < sizeof(block);) {
            const ssize_t moved = send(fd.get(), block + sent, sizeof(block) - sent, MSG_NOSIGNAL);
            if (moved <= 0) return;
            sent += static_cast<size_t>(moved);
        }
    });
}

class Bench {
public:
    explicit Bench(Settings settings) : settings_(std::move(settings)) {}

    bool run() {
        if (!enter_network()) return false;
        if (wants("exec")) measure_execs();
        empty_ = Harness::get().cgroup() + "-empty";
        if (!session::make_cgroup(empty_)) return false;
        links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT));
        links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG));
        links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS));
        measure_sockets();
        if (wants("first crossing")) measure_first_crossing();
        links_.clear();
        return session::remove_cgroup(empty_).has_value();
    }

    void print() const { results_.print({kUnmediated, kEmpty, kOutside, kSession}, kUnmediated); }
    bool write_json() const { return settings_.json.empty() || results_.write(settings_.json); }

private:
    bool wants(const std::string& name) const { return name.find(settings_.only) != std::string::npos; }

    // The exec hook is global, so each context is a process of its own that loads what it needs; in turns all the same.
    void measure_execs() {
        const int rounds = std::max(3, settings_.rounds / 3);
        for (int round = 0; round < rounds; round++)
            for (const char* context : {kUnmediated, kEmpty, kOutside, kSession})
                results_.of("spawn + exec + wait", context).ns.push_back(exec_in_own_process(context));
    }

    double exec_in_own_process(const char* context) const {
        int answer[2];
        double ns = 0;
        if (pipe2(answer, O_CLOEXEC)) return 0;
        const pid_t pid = fork();
        if (pid == 0) {
            ns = exec_here(context);
            exit(write(answer[1], &ns, sizeof(ns)) == sizeof(ns) ? 0 : 1);
        }
        test::wait_for(pid);
        if (read(answer[0], &ns, sizeof(ns)) != sizeof(ns)) ns = 0;
        close(answer[0]);
        close(answer[1]);
        return ns;
    }

    double exec_here(const char* context) const {
        // Once without counting: the programs of the process before are still being freed.
        const auto work = [this] {
            (void)spawn("/bin/true", settings_.execs);
            return spawn("/bin/true", settings_.execs);
        };
        if (context == kUnmediated) return work();
        if (context == kEmpty) {
            const Fd program = load_empty(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "sched_process_exec");
            const Fd link(bpf_raw_tracepoint_open(nullptr, program.get()));
            return work();
        }
        Harness& harness = Harness::get();
        const auto session = harness.make_session(TablesBuilder().grant(0).tables());
        if (context == kOutside) return Worker(harness.cgroup(), nullptr, work).measure();
        if (!harness.know(session, "/bin/true", test::only(0))) return 0;
        const Drainer drainer;
        return Worker("", &session, work).measure();
    }

    void in_turns(const std::string& name, const test::TestSession& session, const std::function<double()>& work) {
        if (!wants(name)) return;
        Worker plain("", nullptr, work);
        Worker empty(empty_, nullptr, work);
        Worker outside(Harness::get().cgroup(), nullptr, work);
        Worker inside("", &session, work);
        for (int round = 0; round < settings_.rounds; round++) {
            results_.of(name, kUnmediated).ns.push_back(plain.measure());
            results_.of(name, kEmpty).ns.push_back(empty.measure());
            results_.of(name, kOutside).ns.push_back(outside.measure());
            results_.of(name, kSession).ns.push_back(inside.measure());
        }
    }

    void measure_sockets() {
        const auto udp = test::listen_on("127.0.0.1", SOCK_DGRAM);
        const auto tcp = test::listen_on("127.0.0.1", SOCK_STREAM);
        Harness& harness = Harness::get();
        const auto session = harness.make_session(
            TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, 0, IPPROTO_UDP).endpoint(0, kElsewhere, 32, 0, IPPROTO_UDP).tables());
        const auto tcp_session = harness.make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, 0, IPPROTO_TCP).tables());
        const auto refused = harness.make_session(TablesBuilder().tables());
        const Drainer drainer;
        std::thread reads([&] { accept_and_read(tcp.fd.get()); });
        in_turns("connect, UDP, reused, allowed", session, [&] { return connect_udp(kElsewhere, udp.port, settings_.connects); });
        in_turns("connect, UDP, reused, loopback, allowed", session,
                 [&] { return connect_udp("127.0.0.1", udp.port, settings_.connects); });
        in_turns("connect, UDP, reused, refused", refused, [&] { return connect_udp(kElsewhere, udp.port, settings_.connects); });
        in_turns("sendto, UDP, allowed", session, [&] { return send_udp(udp.port, settings_.connects); });
        in_turns("socket + connect + close, TCP", tcp_session, [&] { return connect_tcp(tcp.port, settings_.connects / 100); });
        in_turns("TCP egress, a megabyte", tcp_session, [&] { return transfer(tcp.port, settings_.megabytes / 4); });
        shutdown(tcp.fd.get(), SHUT_RDWR);
        reads.join();
    }

    // A held TCP connect, answered as soon as the question is read: two jiffies and the way there and back.
    void measure_first_crossing() {
        const auto peer = test::listen_on("127.0.0.1", SOCK_STREAM);
        remit_grant grant{};
        grant.flags = REMIT_GRANT_APPROVAL;
        const std::string line = "first crossing of a held endpoint";
        for (int round = 0; round < settings_.rounds; round++) {
            const auto session =
                Harness::get().make_session(TablesBuilder().grant(0, grant).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_TCP).tables());
            results_.of(line, kUnmediated).ns.push_back(Worker("", nullptr, [&] { return connect_tcp(peer.port, 1); }).measure());
            std::thread daemon([&] {
                pollfd waiting{Harness::get().kernel().events_fd(), POLLIN, 0};
                if (poll(&waiting, 1, 5000) == 1) session.words->approved[0] = 1;
            });
            results_.of(line, kSession).ns.push_back(Worker("", &session, [&] { return connect_tcp(peer.port, 1); }).measure());
            daemon.join();
            Harness::get().events();
        }
    }

    Settings settings_;
    std::string empty_;
    std::vector<Fd> links_;
    Results results_;
};

}  // namespace
}  // namespace remit::bench

int main(int argc, char** argv) {
    using namespace remit::bench;
    if (argc == 3 && !strcmp(argv[1], "--spawn")) {  // for tests/bench/held_exec: only this, where it stands
        printf("%.0f\n", spawn("/bin/true", atoi(argv[2])));
        return 0;
    }
    const auto shorten = [](Settings& settings) {
        settings.rounds = 5;
        settings.connects = 2000;
        settings.execs = 20;
        settings.megabytes = 64;
    };
    const auto own = [](char** arguments, int& i, Settings& settings) {
        if (strcmp(arguments[i], "--only") != 0) return false;
        settings.only = arguments[++i];
        return true;
    };
    return run_bench<Bench, Settings>(argc, argv, "bench_crossings [--short] [--only TEXT] [--json FILE] | --spawn COUNT", shorten, own);
}
