// Conditions of grants and denies, decided and taken in the kernel: rates, approvals for one crossing and for a time, cuts. No daemon runs
// here: what is shown holds without one.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "kernel/harness.h"

namespace remit::test {
namespace {

constexpr const char* kRecordsAddress = "127.0.0.2";
constexpr uint64_t kHourNs = 3600 * kSecondNs;

Harness& harness() {
    return Harness::get();
}

remit_grant rate(uint32_t count, uint64_t per_ns) {
    remit_grant grant{};
    grant.rate_count = count;
    grant.rate_ns = per_ns;
    return grant;
}

remit_grant with_approval() {
    remit_grant grant{};
    grant.flags = REMIT_GRANT_APPROVAL;
    return grant;
}

// Times in one child: 0 for each send that passed, in one process, so that a VM's slow forks do not count.
std::vector<int> sends(const TestSession& session, uint16_t port, int count) {
    int results[2];
    if (pipe(results)) return {};
    const pid_t pid = harness().start(&session, [&] {
        for (int i = 0; i < count; i++) {
            const char error = static_cast<char>(try_send("127.0.0.1", port));
            if (write(results[1], &error, 1) != 1) return 1;
        }
        return 0;
    });
    close(results[1]);
    std::vector<int> out;
    for (char error = 0; read(results[0], &error, 1) == 1;) out.push_back(error);
    close(results[0]);
    wait_for(pid);
    return out;
}

int passed(const std::vector<int>& results) {
    return static_cast<int>(std::ranges::count(results, 0));
}

struct Endpoint {
    Peer peer;
    TestSession session;
};

Endpoint endpoint(const remit_grant& grant, int type = SOCK_DGRAM) {
    Endpoint out{listen_on("127.0.0.1", type), {}};
    const uint16_t protocol = type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    out.session = harness().make_session(TablesBuilder().grant(7, grant).endpoint(7, "127.0.0.1", 32, out.peer.port, protocol).tables());
    return out;
}

void approve(const TestSession& session, bool once) {
    if (once) __atomic_or_fetch(&session.words->once[0], 1ULL << 7, __ATOMIC_SEQ_CST);
    __atomic_or_fetch(&session.words->approved[0], 1ULL << 7, __ATOMIC_SEQ_CST);
}

TEST(Rate, PassesSoManyInAWindow) {
    const auto at = endpoint(rate(3, kHourNs));
    const auto results = sends(at.session, at.peer.port, 5);
    EXPECT_EQ(results, (std::vector<int>{0, 0, 0, EPERM, EPERM}));
    const auto events = harness().events();
    ASSERT_GE(events.size(), 5U);
    EXPECT_EQ(events.back().reason, REMIT_REASON_RATE);
    EXPECT_EQ(events.back().verdict, REMIT_DENY);
}

TEST(Rate, BeginsAnewWithEachWindow) {
    const auto at = endpoint(rate(2, kHourNs));
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 3)), 2);
    at.session.words->start_ns -= kHourNs;  // an hour goes by
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 3)), 2);
    at.session.words->start_ns -= 7 * kHourNs;
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 3)), 2);
}

TEST(Rate, RefusesWithoutItsCounter) {
    auto at = endpoint(rate(3, kHourNs));
    harness().kernel().drop_use_counter(at.session.id, 0);
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 2)), 0);
}

// Whatever the race, no more pass than the rate has, and uses that another condition took are given back.
TEST(Rate, IsExactUnderARace) {
    remit_grant both = rate(20, kHourNs);
    both.max_uses = 30;
    const auto at = endpoint(both);
    constexpr int kTasks = 4;
    int results[2];
    ASSERT_EQ(pipe(results), 0);
    std::vector<pid_t> tasks;
    for (int task = 0; task < kTasks; task++) {
        tasks.push_back(harness().start(&at.session, [&] {
            int count = 0;
            for (int i = 0; i < 20; i++) count += try_send("127.0.0.1", at.peer.port) == 0;
            return write(results[1], &count, sizeof count) == sizeof count ? 0 : 1;
        }));
    }
    int total = 0;
    for (const pid_t pid : tasks) {
        EXPECT_TRUE(exited(wait_for(pid), 0));
        int count = 0;
        ASSERT_EQ(read(results[0], &count, sizeof count), static_cast<ssize_t>(sizeof count));
        total += count;
    }
    EXPECT_EQ(total, 20);
    // In the next window ten are left of the uses: what the rate refused took none.
    at.session.words->start_ns -= kHourNs;
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 20)), 10);
}

TEST(Approval, ServesOnce) {
    const auto at = endpoint(with_approval());
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 1)), 0);
    approve(at.session, true);
    EXPECT_EQ(sends(at.session, at.peer.port, 3), (std::vector<int>{0, EPERM, EPERM}));
    EXPECT_EQ(at.session.words->approved[0], 0U);
    approve(at.session, true);
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 2)), 1);
}

TEST(Approval, ServesTheSession) {
    const auto at = endpoint(with_approval());
    approve(at.session, false);
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 3)), 3);
}

TEST(Approval, ServesOneOfManyAtOnce) {
    const auto at = endpoint(with_approval());
    for (int round = 0; round < 5; round++) {
        approve(at.session, true);
        std::vector<pid_t> tasks;
        for (int task = 0; task < 4; task++)
            tasks.push_back(harness().start(&at.session, [&] { return try_send("127.0.0.1", at.peer.port); }));
        int count = 0;
        for (const pid_t pid : tasks) count += exited(wait_for(pid), 0);
        EXPECT_EQ(count, 1);
    }
}

TEST(Approval, EndsWithItsTime) {
    const auto at = endpoint(with_approval());
    ASSERT_TRUE(harness().kernel().set_approval_end(at.session.id, 7, boot_ns() + kHourNs));
    approve(at.session, false);
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 2)), 2);
    ASSERT_TRUE(harness().kernel().set_approval_end(at.session.id, 7, boot_ns()));
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 2)), 0);
    harness().kernel().drop_approval_end(at.session.id, 7);
    EXPECT_EQ(passed(sends(at.session, at.peer.port, 2)), 2);
}

// A held connect is let go by an approval for one crossing, which it takes.
TEST(Approval, OnceLetsOneHeldConnectGo) {
    const auto at = endpoint(with_approval(), SOCK_STREAM);
    const pid_t held = harness().start(&at.session, [&] { return try_connect("127.0.0.1", at.peer.port, SOCK_STREAM); });
    for (int tries = 0; tries < 1000 && harness().events().empty(); tries++) poll(nullptr, 0, 10);
    approve(at.session, true);
    EXPECT_TRUE(exited(wait_for(held), 0));
    EXPECT_EQ(at.session.words->approved[0], 0U);
}

timeval quiet() {
    return {quiet_ms() / 1000, quiet_ms() % 1000 * 1000};
}

// A connection of a session to a peer outside of it, and a pipe over which it is told to do something.
class Connection {
public:
    Connection(const TestSession& session, const Peer& exports, uint16_t records_port) : exports_(exports) {
        if (pipe(orders_) || pipe(answers_)) return;
        pid_ = harness().start(&session, [&, records_port] { return serve(records_port); });
        close(orders_[0]);
        close(answers_[1]);
        const timeval soon = quiet();
        setsockopt(exports_.fd.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
        peer_ = Fd(accept(exports_.fd.get(), nullptr, nullptr));
        setsockopt(peer_.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    }
    ~Connection() {
        close(orders_[1]);
        close(answers_[0]);
        wait_for(pid_);
    }
    // 's': the session sends over the open connection; 'r': it reads the records; 'x': it opens another connection. 0: it could.
    char tell(char order) {
        char answer = 1;
        if (write(orders_[1], &order, 1) != 1 || read(answers_[0], &answer, 1) != 1) return 99;
        return answer;
    }
    // Does a byte that the session sends arrive?
    bool arrives_out() {
        char byte = 0;
        tell('s');
        return recv(peer_.get(), &byte, 1, 0) == 1;
    }
    bool arrives_in() {
        const char byte = 'i';
        return send(peer_.get(), &byte, 1, MSG_NOSIGNAL) == 1 && tell('i') == 0;
    }

private:
    int serve(uint16_t records_port) {
        const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        const Address to = address_of("127.0.0.1", exports_.port);
        const timeval soon = quiet();
        setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
        if (connect(fd.get(), to.get(), to.size)) return errno;
        close(orders_[1]);
        for (char order = 0; read(orders_[0], &order, 1) == 1;) {
            char answer = 0;
            char byte = 'o';
            if (order == 's') answer = send(fd.get(), &byte, 1, MSG_NOSIGNAL) == 1 ? 0 : 1;
            if (order == 'i') answer = recv(fd.get(), &byte, 1, 0) == 1 ? 0 : 1;
            if (order == 'r') answer = static_cast<char>(try_send(kRecordsAddress, records_port));
            if (order == 'x') answer = static_cast<char>(try_connect("127.0.0.1", exports_.port, SOCK_STREAM));
            if (write(answers_[1], &answer, 1) != 1) return 1;
        }
        return 0;
    }

    const Peer& exports_;
    int orders_[2]{-1, -1};
    int answers_[2]{-1, -1};
    pid_t pid_ = 0;
    Fd peer_;
};

constexpr uint16_t kExports = 3;
constexpr uint16_t kRecords = 4;

class Cut : public testing::TestWithParam<bool> {
protected:
    TestSession make(bool cut) {
        return harness().make_session(TablesBuilder()
                                          .grant(kExports)
                                          .grant(kRecords)
                                          .deny_after(kExports, kRecords, cut)
                                          .endpoint(kExports, "127.0.0.1", 32, exports.port, IPPROTO_TCP)
                                          .endpoint(kRecords, kRecordsAddress, 32, records.port, IPPROTO_UDP)
                                          .tables());
    }
    Peer exports = listen_on("127.0.0.1", SOCK_STREAM);
    Peer records = listen_on(kRecordsAddress, SOCK_DGRAM);
};

TEST_P(Cut, EndsOpenConnectionsOnlyWhereTheDenySaysSo) {
    const bool cut = GetParam();
    const TestSession session = make(cut);
    Connection connection(session, exports, records.port);
    EXPECT_TRUE(connection.arrives_out());
    EXPECT_TRUE(connection.arrives_in());
    const uint64_t before = session.words->authority;
    harness().events();
    EXPECT_EQ(connection.tell('r'), 0);
    EXPECT_EQ(session.words->authority - before, cut ? 1ULL << 32 : 0);
    const auto events = harness().events();
    EXPECT_EQ(std::ranges::count_if(events, [](const remit_event& each) { return each.flags & REMIT_EVENT_CUT; }), cut ? 1 : 0);
    // The mark is gained once, and so is the cut.
    EXPECT_EQ(connection.tell('r'), 0);
    EXPECT_EQ(session.words->authority - before, cut ? 1ULL << 32 : 0);
    EXPECT_NE(connection.tell('x'), 0) << "a new connection is refused either way";
    if (!cut) __atomic_add_fetch(&session.words->authority, 1ULL << 32, __ATOMIC_SEQ_CST);  // judged again for another reason
    EXPECT_EQ(connection.arrives_in(), !cut);
    EXPECT_EQ(connection.arrives_out(), !cut);
}

INSTANTIATE_TEST_SUITE_P(Deny, Cut, testing::Bool(), [](const auto& info) { return info.param ? "WithCut" : "WithoutCut"; });

// Judging again asks for nothing that was used up or answered.
TEST(JudgedAgain, TakesNothing) {
    remit_grant grant = rate(1, kHourNs);
    grant.max_uses = 1;
    grant.flags = REMIT_GRANT_APPROVAL;
    const auto at = endpoint(grant, SOCK_STREAM);
    approve(at.session, true);
    const Peer none = listen_on("127.0.0.1", SOCK_DGRAM);
    Connection connection(at.session, at.peer, none.port);
    EXPECT_TRUE(connection.arrives_out());
    __atomic_add_fetch(&at.session.words->authority, 1ULL << 32, __ATOMIC_SEQ_CST);
    EXPECT_TRUE(connection.arrives_out());
    EXPECT_TRUE(connection.arrives_in());
    EXPECT_NE(connection.tell('x'), 0);
}

}  // namespace
}  // namespace remit::test
