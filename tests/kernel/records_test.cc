// lib/emit.h: numbers first, room second; a flood loses records, never a verdict and never the count of what was lost.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <set>

#include "kernel/harness.h"

namespace remit::test {
namespace {

TEST(Records, AFullRingLosesRecordsExactlyAndNoVerdict) {
    Harness& harness = Harness::get();
    harness.events();
    const Peer peer = listen_on("127.0.0.1", SOCK_DGRAM);
    const auto session = harness.make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_UDP).tables());
    const auto before = harness.kernel().totals();
    const int flood = REMIT_RECORDS_BYTES / REMIT_EVENT_HEAD + 10'000;  // more than the ring holds
    EXPECT_TRUE(exited(harness.run(session,
                                   [&] {
                                       const Address to = address_of("127.0.0.1", peer.port);
                                       const Address refused = address_of("127.0.0.2", peer.port);
                                       const Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
                                       for (int i = 0; i < flood; i++)
                                           if (connect(fd.get(), to.get(), to.size)) return errno;
                                       return connect(fd.get(), refused.get(), refused.size) && errno == EPERM ? 0 : 1;
                                   }),
                       0));
    const auto after = harness.kernel().totals();
    const auto events = harness.events();
    uint64_t crossings = 0;
    uint64_t lost = 0;
    for (size_t cpu = 0; cpu < after.size(); cpu++) {
        crossings += after[cpu].crossings - before[cpu].crossings;
        lost += after[cpu].lost - before[cpu].lost;
    }
    EXPECT_EQ(crossings, static_cast<uint64_t>(flood) + 1);
    EXPECT_GT(lost, 0U);
    EXPECT_EQ(events.size() + lost, crossings);
    std::set<std::pair<uint32_t, uint64_t>> numbers;
    for (const auto& event : events) EXPECT_TRUE(numbers.emplace(event.cpu, event.n).second);
    EXPECT_EQ(session.words->passed, static_cast<uint64_t>(flood));
    EXPECT_EQ(session.words->refused, 1U);
}

}  // namespace
}  // namespace remit::test
