#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "daemon/loop.h"

namespace remit::daemon {
namespace {

class LoopTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(pipe(ends_), 0);
        loop_ = std::make_unique<Loop>(*Loop::make());
    }
    void TearDown() override {
        close(ends_[0]);
        close(ends_[1]);
    }
    int ends_[2] = {};
    std::unique_ptr<Loop> loop_;
};

TEST_F(LoopTest, RunsTasksInTheOrderOfTheirDeadlines) {
    std::string order;
    loop_->after(2'000'000, [&] {
        order += "c";
        loop_->stop();
    });
    loop_->after(1'000'000, [&] { order += "b"; });
    loop_->soon([&] { order += "a"; });
    loop_->cancel(loop_->after(500'000, [&] { order += "x"; }));
    ASSERT_TRUE(loop_->run());
    EXPECT_EQ(order, "abc");
}

TEST_F(LoopTest, RepeatsUntilStopped) {
    int count = 0;
    loop_->every(100'000, [&] {
        if (++count == 3) loop_->stop();
    });
    ASSERT_TRUE(loop_->run());
    EXPECT_EQ(count, 3);
}

TEST_F(LoopTest, LetsAHandlerTakeItselfOut) {
    int called = 0;
    ASSERT_TRUE(loop_->watch(ends_[0], EPOLLIN, [&](uint32_t events) {
        EXPECT_TRUE(events & EPOLLIN);
        called++;
        loop_->unwatch(ends_[0]);
        loop_->after(1'000'000, [&] { loop_->stop(); });
    }));
    ASSERT_EQ(write(ends_[1], "x", 1), 1);
    ASSERT_TRUE(loop_->run());
    EXPECT_EQ(called, 1) << "the byte is still there, and nobody watches it";
}

}  // namespace
}  // namespace remit::daemon
