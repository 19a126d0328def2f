// What people use today, on the same operations: a session of Remit, Landlock, seccomp notification for every call, fanotify, an egress
// address filter as systemd's, nftables by cgroup and NFQUEUE, in turns with nothing at all. Each is applied to this program's own
// children, cgroup, files and network namespace only. Run as root: build/bin/bench_peers [--short] [--json FILE].
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/landlock.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "bench/notification.h"
#include "bench/operations.h"
#include "bench/packet_queue.h"

namespace remit::bench {
namespace {

// linux/landlock.h of 6.7 on, which Debian 12 does not have.
constexpr __u64 kLandlockConnectTcp = 1ULL << 1;
constexpr int kLandlockRuleNetPort = 2;
struct LandlockRuleset {
    __u64 handled_access_fs;
    __u64 handled_access_net;
};
struct LandlockNetPort {
    __u64 allowed_access;
    __u64 port;
};

// Allows programs anywhere and TCP to one port.
bool restrict_by_landlock(uint16_t port) {
    const LandlockRuleset attributes{LANDLOCK_ACCESS_FS_EXECUTE, kLandlockConnectTcp};
    const Fd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
    const Fd root(open("/", O_PATH | O_CLOEXEC));
    landlock_path_beneath_attr beneath{};
    beneath.allowed_access = LANDLOCK_ACCESS_FS_EXECUTE;
    beneath.parent_fd = root.get();
    const LandlockNetPort to{kLandlockConnectTcp, port};
    return ruleset && syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 &&
           syscall(SYS_landlock_add_rule, ruleset.get(), kLandlockRuleNetPort, &to, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

// Every exec of one file, a copy of our own, waits for the answer of another thread.
bool ask_by_fanotify(const std::string& file) {
    const int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
    if (group < 0 || fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, AT_FDCWD, file.c_str())) return false;
    std::thread([group] {
        fanotify_event_metadata event{};
        while (read(group, &event, sizeof(event)) == sizeof(event)) {
            const fanotify_response answer{event.fd, FAN_ALLOW};
            (void)!write(group, &answer, sizeof(answer));
            close(event.fd);
        }
    }).detach();
    return true;
}

// The destination of each packet in a trie of prefixes, as systemd's IPAddressAllow= and IPAddressDeny= have it.
class EgressFilter {
public:
    explicit EgressFilter(const std::string& cgroup) {
        LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
        trie_.reset(bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "bench_allowed", 8, 4, 16, &options));
        struct {
            __u32 bits;
            __u8 address[4];
        } loopback{8, {127, 0, 0, 0}};
        const __u32 one = 1;
        (void)bpf_map_update_elem(trie_.get(), &loopback, &one, BPF_ANY);
        const bpf_insn look_up[] = {
            {BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 16},                         // r2 = offset of the destination
            {BPF_ALU64 | BPF_MOV | BPF_X, 3, 10, 0, 0},                         // r3 = &key.address
            {BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -4},                         //
            {BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 4},                          // r4 = its size
            {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_load_bytes},             //
            {BPF_ST | BPF_MEM | BPF_W, 10, 0, -8, 32},                          // key.bits = 32
            {BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, trie_.get()},  // r1 = the trie
            {0, 0, 0, 0, 0},                                                    //
            {BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0},                         // r2 = &key
            {BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -8},                         //
            {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},            //
            {BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1, 0},                            // found:
            {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},                          //     r0 = pass
            {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
        };
        LIBBPF_OPTS(bpf_prog_load_opts, load, .expected_attach_type = BPF_CGROUP_INET_EGRESS);
        program_.reset(bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "bench_filter", "GPL", look_up, std::size(look_up), &load));
        const Fd folder(open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        link_.reset(bpf_link_create(program_.get(), folder.get(), BPF_CGROUP_INET_EGRESS, nullptr));
    }
    bool there() const { return static_cast<bool>(link_); }

private:
    Fd trie_, program_, link_;
};

// A network namespace of this process's own, with a peer that takes connections in it.
bool enter_peered_network(uint16_t& port) {
    if (!enter_network()) return false;
    auto* peer = new test::Peer(test::listen_on("127.0.0.1", SOCK_STREAM));  // as long as this child lives
    port = peer->port;
    std::thread([peer] { accept_and_read(peer->fd.get()); }).detach();
    return true;
}

bool apply_nft(const std::string& rules) {
    FILE* nft = popen("nft -f -", "w");
    if (!nft) return false;
    fputs(rules.c_str(), nft);
    return pclose(nft) == 0;
}

// cgroup: below the mount of cgroup v2, whose path nft wants from /sys/fs/cgroup on.
bool filter_by_nft(const std::string& cgroup) {
    const auto path = std::filesystem::path(cgroup).lexically_relative("/sys/fs/cgroup").string();
    auto mount = session::find_cgroup2_mount();
    if (!mount) return false;
    const auto below = std::filesystem::path(cgroup).lexically_relative(*mount);
    const auto level = std::to_string(std::distance(below.begin(), below.end()));
    return apply_nft("table inet bench { chain out { type filter hook output priority 0; policy accept; socket cgroupv2 level " + level +
                     " \"" + path + "\" ip daddr 127.0.0.0/8 counter accept; }\n}\n");
}

// By iptables, as the kernel's own nft expression for it is often left out.
bool ask_by_queue() {
    auto* queue = new PacketQueue;  // as long as this child lives
    if (!queue->open()) return false;
    std::thread([queue] { queue->serve(); }).detach();
    return std::system("iptables -A OUTPUT -p tcp --syn -j NFQUEUE --queue-num 0") == 0;
}

struct Settings {
    int rounds = 21;
    int connects = 2000;
    int execs = 100;
    std::string json;
};

class Bench {
public:
    explicit Bench(Settings settings)
        : settings_(std::move(settings)), cgroup_(Harness::get().cgroup() + "-peers"), filtered_(cgroup_ + "-filtered") {}
    ~Bench() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
        (void)session::remove_cgroup(cgroup_);
        (void)session::remove_cgroup(filtered_);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    bool run() {
        char folder[] = "/tmp/remit-bench-XXXXXX";
        if (!session::make_cgroup(cgroup_) || !session::make_cgroup(filtered_) || !mkdtemp(folder)) return false;
        folder_ = folder;
        for (const char* name : {"plain", "watched"}) std::filesystem::copy_file("/bin/true", folder_ + "/" + name);
        measure_connects();
        measure_execs();
        return true;
    }

    void print() const { results_.print(contexts_, "unmediated"); }
    bool write_json() const { return settings_.json.empty() || results_.write(settings_.json); }

private:
    using Workers = std::vector<std::pair<std::string, std::unique_ptr<Worker>>>;

    void in_turns(const std::string& line, Workers workers) {
        for (int round = 0; round < settings_.rounds; round++) {
            for (auto& [context, worker] : workers) {
                const double ns = worker->measure();
                if (ns > 0) results_.of(line, context).ns.push_back(ns);
            }
        }
        for (const auto& [context, worker] : workers)
            if (std::find(contexts_.begin(), contexts_.end(), context) == contexts_.end()) contexts_.push_back(context);
    }

    void measure_connects() {
        const auto udp = test::listen_on("127.0.0.1", SOCK_DGRAM);
        const auto tcp = test::listen_on("127.0.0.1", SOCK_STREAM);
        auto builder = TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, 0, IPPROTO_TCP);
        const auto session = Harness::get().make_session(builder.tables());
        const auto udp_session =
            Harness::get().make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, 0, IPPROTO_UDP).tables());
        const Drainer drainer;
        const EgressFilter filter(filtered_);
        std::thread reads([&] { accept_and_read(tcp.fd.get()); });

        static uint16_t port = 0;  // a child in a network namespace of its own has a peer of its own
        port = tcp.port;
        const Worker::Work work = [this] { return connect_tcp(port, settings_.connects / 10); };
        const auto within = [](const std::function<bool()>& apply) { return [apply] { return enter_peered_network(port) && apply(); }; };
        const auto nothing = [] { return true; };
        Workers workers;
        workers.emplace_back("unmediated", std::make_unique<Worker>("", nullptr, work));
        workers.emplace_back("session", std::make_unique<Worker>("", &session, work));
        workers.emplace_back("Landlock", std::make_unique<Worker>("", nullptr, work, [] { return restrict_by_landlock(port); }));
        workers.emplace_back("seccomp notification", std::make_unique<Worker>("", nullptr, work, ask_by_seccomp));
        if (filter.there()) workers.emplace_back("egress address filter", std::make_unique<Worker>(filtered_, nullptr, work));
        workers.emplace_back("namespace: unmediated", std::make_unique<Worker>("", nullptr, work, within(nothing)));
        workers.emplace_back("namespace: nft socket cgroupv2",
                             std::make_unique<Worker>(cgroup_, nullptr, work, within([this] { return filter_by_nft(cgroup_); })));
        workers.emplace_back("namespace: NFQUEUE", std::make_unique<Worker>("", nullptr, work, within(ask_by_queue)));
        in_turns("socket + connect + close, TCP", std::move(workers));
        shutdown(tcp.fd.get(), SHUT_RDWR);
        reads.join();

        const Worker::Work udp_work = [this, &udp] { return connect_udp("127.0.0.1", udp.port, settings_.connects); };
        Workers udp_workers;
        udp_workers.emplace_back("unmediated", std::make_unique<Worker>("", nullptr, udp_work));
        udp_workers.emplace_back("session", std::make_unique<Worker>("", &udp_session, udp_work));
        udp_workers.emplace_back("seccomp notification", std::make_unique<Worker>("", nullptr, udp_work, ask_by_seccomp));
        in_turns("connect, UDP, reused", std::move(udp_workers));
    }

    void measure_execs() {
        const std::string plain = folder_ + "/plain", watched = folder_ + "/watched";
        const auto session = Harness::get().make_session(TablesBuilder().grant(0).tables());
        if (!Harness::get().know(session, plain, test::only(0))) return;
        const Drainer drainer;
        const Worker::Work work = [&, this] { return spawn(plain, settings_.execs); };
        const Worker::Work watched_work = [&, this] { return spawn(watched, settings_.execs); };
        Workers workers;
        workers.emplace_back("unmediated", std::make_unique<Worker>("", nullptr, work));
        workers.emplace_back("session", std::make_unique<Worker>("", &session, work));
        workers.emplace_back("Landlock", std::make_unique<Worker>("", nullptr, work, [] { return restrict_by_landlock(1); }));
        workers.emplace_back("seccomp notification", std::make_unique<Worker>("", nullptr, work, ask_by_seccomp));
        workers.emplace_back("fanotify",
                             std::make_unique<Worker>("", nullptr, watched_work, [watched] { return ask_by_fanotify(watched); }));
        in_turns("spawn + exec + wait", std::move(workers));
    }

    Settings settings_;
    std::string cgroup_;
    std::string filtered_;
    std::string folder_;
    std::vector<std::string> contexts_;
    Results results_;
};

}  // namespace
}  // namespace remit::bench

int main(int argc, char** argv) {
    using namespace remit::bench;
    return run_bench<Bench, Settings>(argc, argv, "bench_peers [--short] [--json FILE]", [](Settings& settings) {
        settings.rounds = 3;
        settings.connects = 200;
        settings.execs = 10;
    });
}
