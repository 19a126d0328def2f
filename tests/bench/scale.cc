// How the cost of a crossing, of a policy's tables and of a session grows: with the number of sessions, with the number of rules, for
// endpoints that were seen before and for such that were not, and with the length of a line of sessions below sessions. Run as root:
// build/bin/bench_scale [--short] [--json FILE].
#include "bench/operations.h"

namespace remit::bench {
namespace {

struct Settings {
    int rounds = 11;
    int connects = 10'000;
    std::vector<int> sessions = {1, 10, 100, 1000, 10'000};
    std::vector<int> rules = {10, 100, 1000, 10'000, 100'000};
    std::string json;
};

// More than there are places for endpoints that were seen before.
constexpr int kMany = 65'536;

std::string address_at(int number) {
    return "10." + std::to_string(number >> 16 & 0xff) + "." + std::to_string(number >> 8 & 0xff) + "." + std::to_string(number & 0xff);
}

// An address of its own each, from 10.0.0.1 on.
Tables rules(int count) {
    TablesBuilder builder;
    builder.grant(0);
    for (int i = 1; i <= count; i++) builder.endpoint(0, address_at(i), 32, 443, IPPROTO_UDP);
    return builder.tables();
}

// Always others than before, among those that the rules name.
double connect_around(int count, int rules) {
    static int next = 0;
    std::vector<test::Address> to;
    for (int i = 0; i < count; i++) to.push_back(test::address_of(address_at(1 + next++ % std::min(rules, kMany)), 443));
    const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    auto each = to.begin();
    return per_operation(count, [&] {
        (void)!connect(fd.get(), each->get(), each->size);
        ++each;
    });
}

class Bench {
public:
    explicit Bench(Settings settings) : settings_(std::move(settings)) {}

    bool run() {
        if (!enter_network()) return false;
        Harness::get();  // loads the programs, which is no part of what is measured
        const Drainer drainer;
        for (const int count : settings_.rules) with_rules(count);
        delegated();
        session_ = Harness::get().make_session(rules(10));
        int made = 1;
        for (const int count : settings_.sessions) {
            const uint64_t start = boot_ns();
            const int before = made;
            for (; made < count; made++) Harness::get().make_session(TablesBuilder().grant(0).tables());
            if (made > before) of("sessions, start of one", count, static_cast<double>(boot_ns() - start) / (made - before));
            connects("sessions, ", count, session_, [this] { return connect_udp(kElsewhere, 443, settings_.connects); });
            revocation(count);
        }
        return true;
    }

    void print() const { results_.print(contexts_, ""); }
    bool write_json() const { return settings_.json.empty() || results_.write(settings_.json); }

private:
    void of(const std::string& line, int count, double ns) {
        const std::string context = std::to_string(count);
        if (std::find(contexts_.begin(), contexts_.end(), context) == contexts_.end()) contexts_.push_back(context);
        results_.of(line, context).ns.push_back(ns);
    }

    void connects(const std::string& line, int count, const test::TestSession& session, const Worker::Work& work) {
        Worker plain("", nullptr, work);
        Worker inside("", &session, work);
        for (int round = 0; round < settings_.rounds; round++) {
            of(line + "connect, unmediated", count, plain.measure());
            of(line + "connect, session", count, inside.measure());
        }
    }

    void with_rules(int count) {
        const Tables tables = rules(count);
        const uint64_t start = boot_ns();
        const auto session = Harness::get().make_session(tables);
        of("rules, tables published", count, static_cast<double>(boot_ns() - start));
        connects("rules, seen before: ", count, session, [this] { return connect_udp(kElsewhere, 443, settings_.connects); });
        connects("rules, many endpoints: ", count, session, [this, count] { return connect_around(settings_.connects, count); });
        const uint64_t end = boot_ns();
        Harness::get().kernel().withdraw_tables(session.tables_id, tables);
        of("rules, tables withdrawn", count, static_cast<double>(boot_ns() - end));
    }

    // In the 1st … 8th session of a line: a crossing is allowed where all above it allow it.
    void delegated() {
        const Tables tables = TablesBuilder().delegable(0).endpoint(0, kElsewhere, 32, 443, IPPROTO_UDP).tables();
        std::vector<test::TestSession> line;
        for (int depth = 1; depth <= REMIT_MAX_LINEAGE; depth++) {
            const test::TestSession parent = line.empty() ? test::TestSession{} : line.back();
            line.push_back(Harness::get().make_session(tables, line.empty() ? nullptr : &parent));
            connects("delegation, ", depth, line.back(), [this] { return connect_udp(kElsewhere, 443, settings_.connects); });
        }
    }

    // From the word that revokes to the first refusal, seen by a session that tries all the time.
    void revocation(int count) {
        for (int round = 0; round < settings_.rounds; round++) {
            session_.words->state = REMIT_ARMED;
            int ready[2];
            uint64_t refused_ns = 0;
            if (pipe2(ready, O_CLOEXEC)) return;
            const pid_t pid = Harness::get().start(&session_, [&] {
                const auto to = test::address_of(kElsewhere, 443);
                const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
                (void)!write(ready[1], "r", 1);
                while (connect(fd.get(), to.get(), to.size) == 0) {
                }
                const uint64_t now = boot_ns();
                return write(ready[1], &now, sizeof(now)) == sizeof(now) ? 0 : 1;
            });
            char byte;
            (void)!read(ready[0], &byte, 1);
            const uint64_t start = boot_ns();
            __atomic_store_n(&session_.words->state, REMIT_REVOKED, __ATOMIC_RELEASE);
            if (read(ready[0], &refused_ns, sizeof(refused_ns)) == sizeof(refused_ns))
                of("sessions, revoke to first refusal", count, static_cast<double>(refused_ns - start));
            test::wait_for(pid);
            close(ready[0]);
            close(ready[1]);
        }
        session_.words->state = REMIT_ARMED;
    }

    Settings settings_;
    test::TestSession session_;
    std::vector<std::string> contexts_;
    Results results_;
};

}  // namespace
}  // namespace remit::bench

int main(int argc, char** argv) {
    using namespace remit::bench;
    return run_bench<Bench, Settings>(argc, argv, "bench_scale [--short] [--json FILE]", [](Settings& settings) {
        settings.rounds = 3;
        settings.connects = 500;
        settings.sessions = {1, 10};
        settings.rules = {10, 1000};
    });
}
