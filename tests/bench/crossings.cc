// What a crossing costs: in a session, under an empty program at the same hook, and unmediated, in turns within one run; medians and ratios
// as a table and as JSON. Run as root: build/bin/bench_crossings [--short] [--json FILE].
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "kernel/harness.h"
#include "session/cgroup.h"

namespace remit::bench {
namespace {

using test::Harness;
using test::TablesBuilder;

enum Context { kUnmediated, kEmpty, kSession, kContexts };
constexpr const char* kContextNames[] = {"unmediated", "empty", "session"};

struct Settings {
    int rounds = 21;
    int connects = 20'000;
    int execs = 100;
    size_t megabytes = 256;
    std::string json;
};

// nanoseconds an operation, by context, one entry a round
struct Samples {
    std::vector<double> ns[kContexts];

    double median(Context context) const {
        auto sorted = ns[context];
        if (sorted.empty()) return 0;
        std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
        return sorted[sorted.size() / 2];
    }
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

// A child that stays in one context and measures when it is told to.
class Worker {
public:
    using Work = std::function<double()>;
    Worker(const std::string& cgroup, const test::TestSession* session, const Work& work) {
        if (pipe2(orders_, O_CLOEXEC) || pipe2(answers_, O_CLOEXEC)) _exit(2);
        const auto serve = [this, work] {
            char order;
            while (read(orders_[0], &order, 1) == 1 && order == 'm') {
                const double ns = work();
                if (write(answers_[1], &ns, sizeof(ns)) != sizeof(ns)) break;
            }
            return 0;
        };
        if (session) {
            pid_ = Harness::get().start(session, serve);
        } else {
            pid_ = fork();
            if (pid_ == 0) {
                if (!cgroup.empty() && !session::move_process(cgroup, getpid())) _exit(2);
                _exit(serve());
            }
        }
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        (void)!write(orders_[1], "q", 1);
        test::wait_for(pid_);
        for (const int fd : {orders_[0], orders_[1], answers_[0], answers_[1]}) close(fd);
    }
    double measure() {
        double ns = 0;
        if (write(orders_[1], "m", 1) != 1 || read(answers_[0], &ns, sizeof(ns)) != sizeof(ns)) ns = 0;
        return ns;
    }

private:
    int orders_[2] = {-1, -1};
    int answers_[2] = {-1, -1};
    pid_t pid_ = -1;
};

double per_operation(int count, const std::function<void()>& operation) {
    const uint64_t start = boot_ns();
    for (int i = 0; i < count; i++) operation();
    return static_cast<double>(boot_ns() - start) / count;
}

// One reused UDP socket: isolates the hook. A refused one is the session's only; its twins pass.
double connect_udp(uint16_t port, int count) {
    const auto to = test::address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return per_operation(count, [&] { (void)!connect(fd.get(), to.get(), to.size); });
}

double connect_tcp(uint16_t port, int count) {
    const auto to = test::address_of("127.0.0.1", port);
    return per_operation(count, [&] {
        const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const linger at_once{1, 0};
        setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        (void)!connect(fd.get(), to.get(), to.size);
    });
}

double send_udp(uint16_t port, int count) {
    const auto to = test::address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return per_operation(count, [&] { (void)!sendto(fd.get(), "x", 1, MSG_DONTWAIT, to.get(), to.size); });
}

double spawn_true(int count) {
    char program[] = "/bin/true";
    char* const arguments[] = {program, nullptr};
    char* const environment[] = {nullptr};
    return per_operation(count, [&] {
        pid_t pid = 0;
        if (posix_spawn(&pid, program, nullptr, nullptr, arguments, environment) == 0) test::wait_for(pid);
    });
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

// Drains the rings as the daemon does, every 100 ms, so that they never fill.
class Drainer {
public:
    Drainer()
        : thread_([this] {
              while (!done_) {
                  pollfd waiting{Harness::get().kernel().events_fd(), POLLIN, 0};
                  poll(&waiting, 1, 100);
                  Harness::get().events();
              }
          }) {}
    ~Drainer() {
        done_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

class Bench {
public:
    explicit Bench(Settings settings) : settings_(std::move(settings)) {}

    void run() {
        measure_execs();
        empty_ = Harness::get().cgroup() + "-empty";
        if (!session::make_cgroup(empty_)) return;
        links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT));
        links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG));
        links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS));
        measure_sockets();
        measure_first_crossing();
        links_.clear();
        (void)session::remove_cgroup(empty_);
    }

    void print() const {
        printf("\n%-34s %14s %14s %14s %10s %10s\n", "median, ns an operation", "unmediated", "empty program", "session", "/unmed.",
               "/empty");
        for (const auto& name : order_) {
            const auto& s = results_.at(name);
            const double plain = s.median(kUnmediated);
            const double empty = s.median(kEmpty);
            const double session = s.median(kSession);
            printf("%-34s %14.0f %14.0f %14.0f", name.c_str(), plain, empty, session);
            if (plain > 0) printf(" %10.3f", session / plain);
            if (empty > 0) printf(" %10.3f", session / empty);
            printf("\n");
        }
    }

    void write_json() const {
        nlohmann::json all;
        for (const auto& [name, samples] : results_)
            for (int context = 0; context < kContexts; context++)
                all[name][kContextNames[context]] = {{"median_ns", samples.median(static_cast<Context>(context))},
                                                     {"rounds", samples.ns[context].size()}};
        FILE* out = fopen(settings_.json.c_str(), "w");
        if (!out) return;
        fprintf(out, "%s\n", all.dump(2).c_str());
        fclose(out);
    }

    bool wants_json() const { return !settings_.json.empty(); }

private:
    Samples& results_of(const std::string& name) {
        if (!results_.contains(name)) order_.push_back(name);
        return results_[name];
    }

    // The exec hook is global, so each context is a process of its own that loads what it needs; in turns all the same.
    void measure_execs() {
        Samples& allowed = results_of("spawn + exec + wait, allowed");
        const int rounds = std::max(3, settings_.rounds / 3);
        for (int round = 0; round < rounds; round++)
            for (const Context context : {kUnmediated, kEmpty, kSession}) allowed.ns[context].push_back(exec_in_own_process(context));
        Samples& outside = results_of("the same, outside every session");
        outside.ns[kUnmediated] = allowed.ns[kUnmediated];
        outside.ns[kEmpty] = allowed.ns[kEmpty];
        for (int round = 0; round < rounds; round++) outside.ns[kSession].push_back(exec_in_own_process(kContexts));
    }

    // kContexts: programs attached, and the caller in no session.
    double exec_in_own_process(Context context) const {
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

    double exec_here(Context context) const {
        if (context == kUnmediated) return spawn_true(settings_.execs);
        if (context == kEmpty) {
            const Fd program = load_empty(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "sched_process_exec");
            const Fd link(bpf_raw_tracepoint_open(nullptr, program.get()));
            return spawn_true(settings_.execs);
        }
        Harness& harness = Harness::get();
        if (context == kContexts) return Worker("", nullptr, [this] { return spawn_true(settings_.execs); }).measure();
        const auto session = harness.make_session(TablesBuilder().grant(0).tables());
        if (!harness.know(session, "/bin/true", test::only(0))) return 0;
        const Drainer drainer;
        return Worker("", &session, [this] { return spawn_true(settings_.execs); }).measure();
    }

    void in_turns(const std::string& name, const test::TestSession& session, const std::function<double()>& work) {
        Worker plain("", nullptr, work);
        Worker empty(empty_, nullptr, work);
        Worker inside("", &session, work);
        Samples& samples = results_of(name);
        for (int round = 0; round < settings_.rounds; round++) {
            samples.ns[kUnmediated].push_back(plain.measure());
            samples.ns[kEmpty].push_back(empty.measure());
            samples.ns[kSession].push_back(inside.measure());
        }
    }

    void measure_sockets() {
        const auto udp = test::listen_on("127.0.0.1", SOCK_DGRAM);
        const auto tcp = test::listen_on("127.0.0.1", SOCK_STREAM);
        const auto session = Harness::get().make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, 0, IPPROTO_UDP).tables());
        const auto tcp_session =
            Harness::get().make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, 0, IPPROTO_TCP).tables());
        const auto refused = Harness::get().make_session(TablesBuilder().tables());
        const Drainer drainer;
        std::thread reads([&] { accept_and_read(tcp.fd.get()); });
        in_turns("connect, UDP, reused, allowed", session, [&] { return connect_udp(udp.port, settings_.connects); });
        in_turns("connect, UDP, reused, refused", refused, [&] { return connect_udp(udp.port, settings_.connects); });
        in_turns("sendto, UDP, allowed", session, [&] { return send_udp(udp.port, settings_.connects); });
        in_turns("socket + connect + close, TCP", tcp_session, [&] { return connect_tcp(tcp.port, settings_.connects / 100); });
        in_turns("TCP egress, a megabyte", tcp_session, [&] { return transfer(tcp.port, settings_.megabytes / 4); });
        shutdown(tcp.fd.get(), SHUT_RDWR);
        reads.join();
    }

    static void accept_and_read(int listener) {
        static char block[1 << 20];
        for (;;) {
            const Fd connection(accept(listener, nullptr, nullptr));
            if (!connection) return;
            while (recv(connection.get(), block, sizeof(block), 0) > 0) {
            }
        }
    }

    // A held TCP connect, answered as soon as the question is read: two jiffies and the way there and back.
    void measure_first_crossing() {
        const auto peer = test::listen_on("127.0.0.1", SOCK_STREAM);
        remit_grant grant{};
        grant.flags = REMIT_GRANT_APPROVAL;
        Samples& samples = results_of("first crossing of a held endpoint");
        for (int round = 0; round < settings_.rounds; round++) {
            const auto session =
                Harness::get().make_session(TablesBuilder().grant(0, grant).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_TCP).tables());
            samples.ns[kUnmediated].push_back(Worker("", nullptr, [&] { return connect_tcp(peer.port, 1); }).measure());
            std::thread daemon([&] {
                pollfd waiting{Harness::get().kernel().events_fd(), POLLIN, 0};
                if (poll(&waiting, 1, 5000) == 1) session.words->approved[0] = 1;
            });
            samples.ns[kSession].push_back(Worker("", &session, [&] { return connect_tcp(peer.port, 1); }).measure());
            daemon.join();
            Harness::get().events();
        }
    }

    Settings settings_;
    std::string empty_;
    std::vector<Fd> links_;
    std::vector<std::string> order_;
    std::map<std::string, Samples> results_;
};

}  // namespace
}  // namespace remit::bench

int main(int argc, char** argv) {
    remit::bench::Settings settings;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--short")) {
            settings.rounds = 5;
            settings.connects = 2000;
            settings.execs = 20;
            settings.megabytes = 64;
        } else if (!strcmp(argv[i], "--json") && i + 1 < argc) {
            settings.json = argv[++i];
        } else if (!strcmp(argv[i], "--spawn") && i + 1 < argc) {  // for tests/bench/held_exec: only this, where it stands
            printf("%.0f\n", remit::bench::spawn_true(atoi(argv[i + 1])));
            return 0;
        } else {
            fprintf(stderr, "usage: bench_crossings [--short] [--json FILE] | --spawn COUNT\n");
            return 64;
        }
    }
    remit::bench::Bench bench(settings);
    bench.run();
    bench.print();
    if (bench.wants_json()) bench.write_json();
    return 0;
}
