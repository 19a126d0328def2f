// What a crossing costs: in a session, outside every session with Remit there, under an empty program at the same hook, and unmediated, in
// turns within one run. Run as root: build/bin/bench_crossings [--short | --counted] [--only TEXT] [--json FILE].
// --counted is for a kernel whose clock counts instructions (tests/bench/icount): few operations, and nobody beside who takes records.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "bench/notification.h"
#include "bench/operations.h"

namespace remit::bench {
namespace {

constexpr const char *kUnmediated = "unmediated", *kAgain = "unmediated again", *kEmpty = "empty program",
                     *kOutside = "outside every session", *kSession = "session";
struct Settings {
    int rounds = 21;
    int connects = 20'000;
    int connections = 200;
    int execs = 100;
    size_t megabytes = 256;
    bool counted = false;
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

class ProgramCopy {
public:
    explicit ProgramCopy(const std::string& program)
        : path_(std::filesystem::temp_directory_path() / ("remit-bench-" + std::to_string(getpid()))) {
        std::filesystem::copy_file(program, path_, std::filesystem::copy_options::overwrite_existing);
    }
    ~ProgramCopy() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    ProgramCopy(const ProgramCopy&) = delete;
    ProgramCopy& operator=(const ProgramCopy&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class Bench {
public:
    explicit Bench(Settings settings) : settings_(std::move(settings)) {}

    bool run() {
        auto mount = session::find_cgroup2_mount();
        plain_ = (mount ? *mount : "") + "/remit-bench-" + std::to_string(getpid());
        if (!enter_network() || !session::make_cgroup(plain_)) return false;
        if (wants("exec")) measure_execs();
        const bool gone = session::remove_cgroup(plain_).has_value();
        empty_ = Harness::get().cgroup() + "-empty";
        if (!session::make_cgroup(empty_)) return false;
        for (const auto hook : {BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT, BPF_CGROUP_UDP4_SENDMSG})
            links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, hook));
        links_.push_back(attach_empty(empty_, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS));
        measure_sockets();
        if (!settings_.counted && wants("first crossing")) measure_first_crossing();
        links_.clear();
        return session::remove_cgroup(empty_).has_value() && gone;
    }

    void print() const { results_.print({kUnmediated, kAgain, kEmpty, kOutside, kSession}, kUnmediated); }
    bool write_json() const { return settings_.json.empty() || results_.write(settings_.json); }

private:
    bool wants(const std::string& name) const { return name.find(settings_.only) != std::string::npos; }

    // The exec hook is global, so each context is a process of its own that loads what it needs; in turns all the same.
    void measure_execs() {
        const int rounds = settings_.counted ? 1 : std::max(3, settings_.rounds / 3);
        // A kernel that has only just booted takes twice as long for the first hundreds.
        for (int i = 0; settings_.counted && i < 5; i++) (void)exec_in_own_process(kUnmediated);
        for (int round = 0; round < rounds; round++)
            for (const char* context : {kUnmediated, kAgain, kEmpty, kOutside, kSession})
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

    // A program without libraries, in a folder of memory where there is one: nothing of it waits for a disk.
    double exec_here(const char* context) const {
        const ProgramCopy program(REMIT_BIN_DIR "/probes/victim");
        // Once without counting: the programs of the process before are still being freed.
        const auto work = [&] {
            (void)spawn(program.path(), settings_.execs);
            Samples samples;
            for (int i = 0; i < 5; i++) samples.ns.push_back(spawn(program.path(), settings_.execs / 5));
            return samples.median();
        };
        if (context == kUnmediated || context == kAgain) return Worker(plain_, nullptr, work).measure();
        if (context == kEmpty) {
            const Fd loaded = load_empty(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "sched_process_exec");
            const Fd link(bpf_raw_tracepoint_open(nullptr, loaded.get()));
            return Worker(plain_, nullptr, work).measure();
        }
        Harness& harness = Harness::get();
        const auto session = harness.make_session(TablesBuilder().grant(0).tables());
        if (context == kOutside) return Worker(harness.cgroup(), nullptr, work).measure();
        if (!harness.know(session, program.path(), test::only(0))) return 0;
        const auto beside = drain_beside();
        return Worker("", &session, work).measure();
    }

    std::unique_ptr<Drainer> drain_beside() const { return settings_.counted ? nullptr : std::make_unique<Drainer>(); }

    void in_turns(const std::string& name, const test::TestSession& session, const std::function<double()>& work) {
        if (!wants(name)) return;
        Worker plain("", nullptr, work);
        Worker again("", nullptr, work);
        Worker empty(empty_, nullptr, work);
        Worker outside(Harness::get().cgroup(), nullptr, work);
        Worker inside("", &session, work);
        const std::pair<const char*, Worker*> turns[] = {
            {kUnmediated, &plain}, {kAgain, &again}, {kEmpty, &empty}, {kOutside, &outside}, {kSession, &inside}};
        for (int round = 0; round < settings_.rounds; round++) {
            for (const auto& [context, worker] : turns) {
                results_.of(name, context).ns.push_back(worker->measure());
                for (const auto& queue : queues_) empty_queue(queue.get());
            }
            if (settings_.counted) Harness::get().events();
        }
    }

    // Whose connections nobody takes but in_turns.
    uint16_t queue_on(const std::string& address) {
        auto listener = test::listen_on(address, SOCK_STREAM);
        fcntl(listener.fd.get(), F_SETFL, O_NONBLOCK);
        queues_.push_back(std::move(listener.fd));
        return listener.port;
    }
    bool queue_on_unix(const std::string& name) {
        const AbstractName own(name);
        queues_.emplace_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        return bind(queues_.back().get(), own.get(), own.size) == 0 && listen(queues_.back().get(), SOMAXCONN) == 0;
    }

    void measure_sockets() {
        Tables tables = TablesBuilder()
                            .grant(0)
                            .endpoint(0, "127.0.0.1", 32, 0, IPPROTO_UDP)
                            .endpoint(0, kElsewhere, 32, 0, IPPROTO_UDP)
                            .endpoint(0, "::1", 128, 0, IPPROTO_UDP)
                            .tables();
        const Tables tcp_tables =
            TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, 0, IPPROTO_TCP).endpoint(0, "::1", 128, 0, IPPROTO_TCP).tables();
        const std::string name = "remit-bench-" + std::to_string(getpid());
        tables.unix_names.push_back({name, test::only(0)});
        const auto session = Harness::get().make_session(tables), tcp_session = Harness::get().make_session(tcp_tables);
        const auto refused = Harness::get().make_session(TablesBuilder().tables());
        const auto beside = drain_beside();
        measure_datagrams(session, refused);
        measure_connections(tcp_session, refused);
        if (queue_on_unix(name)) measure_unix(name, session, refused);
    }

    void measure_datagrams(const test::TestSession& session, const test::TestSession& refused) {
        const auto udp = test::listen_on("127.0.0.1", SOCK_DGRAM);
        const auto connects = [&](const char* to) { return [&, to] { return connect_udp(to, udp.port, settings_.connects); }; };
        in_turns("connect, UDP, reused, allowed", session, connects(kElsewhere));
        in_turns("connect, UDP, reused, loopback, allowed", session, connects("127.0.0.1"));
        in_turns("connect, UDP, reused, IPv6, loopback, allowed", session, connects("::1"));
        in_turns("connect, UDP, reused, refused", refused, connects(kElsewhere));
        in_turns("sendto, UDP, allowed", session, [&] { return send_udp(udp.port, settings_.connects); });
        in_turns("sendto, UDP, refused", refused, [&] { return send_udp(udp.port, settings_.connects); });
        in_turns("packet of a connected UDP socket", session, [&] { return send_connected(udp.port, settings_.connects); });
    }

    void measure_connections(const test::TestSession& session, const test::TestSession& refused) {
        const uint16_t port = queue_on("127.0.0.1"), port6 = queue_on("::1");
        in_turns("socket + connect + close, TCP", session, [&] { return connect_tcp(port, settings_.connections); });
        in_turns("socket + connect + close, TCP, IPv6", session, [&] { return connect_tcp(port6, settings_.connections, "::1"); });
        in_turns("socket + connect + close, TCP, refused", refused, [&] { return connect_tcp(port, settings_.connections); });
        in_turns("connect + accept + close, TCP, own listener", session, [&] { return accept_tcp(settings_.connections); });
        const auto tcp = test::listen_on("127.0.0.1", SOCK_STREAM);
        std::thread reads([&] { accept_and_read(tcp.fd.get()); });
        in_turns("TCP egress, a megabyte", session, [&] { return transfer(tcp.port, settings_.megabytes / 4); });
        shutdown(tcp.fd.get(), SHUT_RDWR);
        reads.join();
    }

    void measure_unix(const std::string& name, const test::TestSession& session, const test::TestSession& refused) {
        if (!Harness::get().lsm() && !Harness::get().kernel().features().connect_unix) return;
        in_turns("socket + connect + close, unix", session, [&] { return connect_unix(name, settings_.connections); });
        in_turns("socket + connect + close, unix, refused", refused, [&] { return connect_unix(name, settings_.connections); });
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
    std::string plain_;  // a cgroup as sessions have one: a task's cgroup costs at fork and exit, whatever is attached to it
    std::string empty_;
    std::vector<Fd> links_;
    std::vector<Fd> queues_;
    Results results_;
};

}  // namespace
}  // namespace remit::bench

int main(int argc, char** argv) {
    using namespace remit::bench;
    if (argc >= 3 && !strcmp(argv[1], "--spawn")) {  // for tests/bench/held_exec: only this, where it stands
        if (argc == 4 && (strcmp(argv[3], "--notified") || !ask_by_seccomp())) return 2;
        printf("%.0f\n", spawn("/bin/true", atoi(argv[2])));
        return 0;
    }
    const auto shorten = [](Settings& settings) {
        settings.rounds = 5;
        settings.connects = 2000;
        settings.connections = 20;
        settings.execs = 20;
        settings.megabytes = 64;
    };
    const auto own = [](char** arguments, int& i, Settings& settings) {
        if (!strcmp(arguments[i], "--counted")) {
            settings = {.rounds = 15,
                        .connects = 1000,
                        .connections = 400,
                        .execs = 500,
                        .megabytes = 16,
                        .counted = true,
                        .only = settings.only,
                        .json = settings.json};
            return true;
        }
        if (strcmp(arguments[i], "--only") != 0 || !arguments[i + 1]) return false;
        settings.only = arguments[++i];
        return true;
    };
    return run_bench<Bench, Settings>(
        argc, argv, "bench_crossings [--short | --counted] [--only TEXT] [--json FILE] | --spawn COUNT [--notified]", shorten, own);
}
