// The exec hold with real children under a real seccomp filter, against a daemon played over a socket pair: what is refused, what goes on,
// and that nothing hangs when the daemon is silent, gone or back.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "cli/keeper.h"

namespace remit::cli {
namespace {

using control::v1::Request;
using control::v1::Response;
using namespace std::chrono_literals;

// One connection of the daemon, in a thread. on_exec makes the answers to a question; an empty list says nothing, nullopt closes.
class PlayedDaemon {
public:
    using OnExec = std::function<std::optional<std::vector<Response>>(const Request&)>;

    explicit PlayedDaemon(OnExec on_exec) : on_exec_(std::move(on_exec)) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        theirs_.reset(ends[0]);
        ours_.reset(ends[1]);
    }
    ~PlayedDaemon() {
        if (thread_.joinable()) thread_.join();
    }
    Fd take_client_end() {
        thread_ = std::thread([this] { serve(); });
        return std::move(theirs_);
    }
    int asked(const std::string& path) {
        std::lock_guard lock(mutex_);
        return asked_[path];
    }
    std::optional<int> end_status() {
        std::lock_guard lock(mutex_);
        return end_status_;
    }

private:
    void serve() {
        auto channel = api::ServerChannel::make(std::move(ours_));
        for (;;) {
            pollfd wait{channel->fd(), POLLIN, 0};
            ::poll(&wait, 1, -1);
            auto open = channel->receive();
            for (auto request = channel->next(); request && request->has_value(); request = channel->next()) {
                auto answers = answer(**request);
                if (!answers) return;
                for (Response& response : *answers) {
                    response.set_id((*request)->id());
                    (void)!channel->send(response);
                }
            }
            if (!open || !*open) return;
        }
    }
    std::optional<std::vector<Response>> answer(const Request& request) {
        if (request.has_exec()) {
            std::lock_guard lock(mutex_);
            asked_[request.exec().path()]++;
            return on_exec_(request);
        }
        std::vector<Response> answers(1);
        if (request.has_rejoin()) answers[0].mutable_session()->set_id("s1");
        if (request.has_end()) {
            std::lock_guard lock(mutex_);
            end_status_ = request.end().wait_status();
            answers[0].mutable_done();
        }
        return answers;
    }

    OnExec on_exec_;
    Fd theirs_, ours_;
    std::thread thread_;
    std::mutex mutex_;
    std::map<std::string, int> asked_;
    std::optional<int> end_status_;
};

std::vector<Response> pass(bool cacheable = false) {
    Response response;
    response.mutable_exec()->set_cacheable(cacheable);
    response.mutable_exec()->set_generation(1);
    return {response};
}
std::vector<Response> refuse(int error = EACCES) {
    Response response;
    response.mutable_exec()->set_error(error);
    response.mutable_exec()->set_text("refused exec");
    return {response};
}
bool asks_for(const Request& request, const char* path) {
    return request.exec().path() == path;
}

class KeeperTest : public testing::Test {
protected:
    void SetUp() override {
        auto signals = take_signals(before_);
        ASSERT_TRUE(signals);
        signals_ = *std::move(signals);
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        lines_.reset(ends[0]);
        said_.reset(ends[1]);
        ::setenv("PATH", "/usr/bin:/bin", 1);  // a folder on it that we may not read would turn ENOENT into EACCES
    }
    void TearDown() override { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

    // Runs a shell script under the hold; returns its exit status, or 128 and the signal.
    int keep(std::vector<std::string> command, PlayedDaemon& daemon, DaemonLink::Connect connect = {}, bool linger = false) {
        auto launched = launch({std::move(command), "s1", {true, true, true}, before_});
        EXPECT_TRUE(launched) << launched.error().message;
        if (launched->hold_error == EBUSY) {
            ::kill(launched->pid, SIGKILL);
            ::waitpid(launched->pid, nullptr, 0);
            return -1;
        }
        EXPECT_TRUE(launched->listener);
        child_ = launched->pid;
        auto channel = api::ClientChannel::make(daemon.take_client_end());
        if (!connect) connect = [] { return Result<Fd>(Error{Code::kUnavailable, "no daemon", ""}); };
        DaemonLink link("s1", *std::move(channel), 0, connect);
        EXPECT_TRUE(let_go(*launched));
        auto keeper = Keeper::make(
            {"s1", *std::move(launched), std::move(signals_), std::move(link), std::nullopt, Refusals(said_.get(), "s1", false), linger});
        EXPECT_TRUE(keeper);
        int status = (*keeper)->run();
        if (linger) (*keeper)->serve_rest();
        exec_error_ = (*keeper)->exec_error();
        said_refusal_ = (*keeper)->said_refusal();
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    int keep_script(const std::string& script, PlayedDaemon& daemon, DaemonLink::Connect connect = {}) {
        return keep({"/bin/sh", "-c", script}, daemon, std::move(connect));
    }
    std::string said() {
        pollfd ready{lines_.get(), POLLIN, 0};
        if (::poll(&ready, 1, 0) != 1) return "";
        std::string text(65536, 0);
        text.resize(static_cast<size_t>(::read(lines_.get(), text.data(), text.size())));
        return text;
    }

    sigset_t before_{};
    Fd signals_, lines_, said_;
    std::atomic<pid_t> child_{0};
    int exec_error_ = 0;
    bool said_refusal_ = false;
};

TEST_F(KeeperTest, AllowedProgramsRunAndTheEndIsTold) {
    PlayedDaemon daemon([](const Request& request) {
        EXPECT_EQ(request.exec().session(), "s1");
        EXPECT_GT(request.exec().pid(), 0);
        EXPECT_GT(request.exec().boot_ns(), 0u);
        return pass();
    });
    EXPECT_EQ(keep_script("/bin/true && exit 7", daemon), 7);
    EXPECT_EQ(daemon.asked("/bin/sh"), 1);
    EXPECT_EQ(daemon.asked("/bin/true"), 1);
    EXPECT_EQ(daemon.end_status(), 7 << 8);
    EXPECT_EQ(said(), "");
}

TEST_F(KeeperTest, ARefusedProgramGetsItsErrnoAndALine) {
    PlayedDaemon daemon([](const Request& request) { return asks_for(request, "/usr/bin/id") ? refuse() : pass(); });
    EXPECT_EQ(keep_script("/usr/bin/id 2>/dev/null; [ $? = 126 ] && /bin/true && exit 3", daemon), 3);
    EXPECT_EQ(said(), "remit: refused exec\n");
    EXPECT_TRUE(said_refusal_);
}

TEST_F(KeeperTest, CmdItselfRefusedIs126AndMissing127) {
    PlayedDaemon refusing([](const Request&) { return refuse(); });
    EXPECT_EQ(keep({"/bin/true"}, refusing), 126);
    EXPECT_EQ(exec_error_, EACCES);
    signals_ = *take_signals(before_);
    PlayedDaemon passing([](const Request&) { return pass(); });
    EXPECT_EQ(keep({"no-such-program-anywhere"}, passing), 127);
    EXPECT_EQ(exec_error_, ENOENT);
}

TEST_F(KeeperTest, AnErrnoThatIsNoneIsEacces) {
    PlayedDaemon daemon([](const Request&) { return refuse(-5); });
    EXPECT_EQ(keep({"/bin/true"}, daemon), 126);
    EXPECT_EQ(exec_error_, EACCES);
}

TEST_F(KeeperTest, KnownProgramsAreNotAskedAgain) {
    PlayedDaemon daemon([](const Request&) { return pass(true); });
    EXPECT_EQ(keep_script("for i in 1 2 3 4 5 6 7 8; do /bin/true || exit 1; done; cd /bin && ./true && exit 5", daemon), 5);
    EXPECT_EQ(daemon.asked("/bin/true"), 1);
    EXPECT_EQ(daemon.asked("./true"), 1);
}

TEST_F(KeeperTest, AKnownPathThatLeadsElsewhereForTheCallerIsAskedAboutAgain) {
    PlayedDaemon daemon([](const Request&) { return pass(true); });
    int status = keep_script(
        "/bin/true && /bin/true || exit 1; unshare --map-root-user --mount true || exit 77;"
        "unshare --map-root-user --mount sh -c 'mount --bind /bin/false /bin/true; /bin/true; [ $? = 1 ] && exit 5'",
        daemon);
    if (status == 77) GTEST_SKIP() << "needs user namespaces";
    EXPECT_EQ(status, 5);
    EXPECT_EQ(daemon.asked("/bin/true"), 2);
}

TEST_F(KeeperTest, MissingFilesAlongThePathAreNotAskedAbout) {
    PlayedDaemon daemon([](const Request&) { return pass(); });
    EXPECT_EQ(keep_script("PATH=/nonexistent-1:/nonexistent-2:/bin; true; env true && exit 6", daemon), 6);
    EXPECT_EQ(daemon.asked("/nonexistent-1/env"), 0);
    EXPECT_EQ(daemon.asked("/bin/env"), 1);
}

// It answers the probe after each, so that every question is worth a deadline again; one that answers nothing is tested below.
TEST_F(KeeperTest, AQuestionWithoutAnswerGoesOnAfterItsDeadline) {
    PlayedDaemon daemon([](const Request&) { return std::vector<Response>{}; });
    auto begin = Clock::now();
    EXPECT_EQ(keep_script("/bin/true && exit 9", daemon), 9);
    EXPECT_GE(Clock::now() - begin, kAnswerDeadline);
    EXPECT_LT(Clock::now() - begin, 20s);
}

TEST_F(KeeperTest, AStoppedDaemonIsNotAskedAgain) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Fd theirs(ends[0]);
    Fd ours(ends[1]);  // never read
    auto launched =
        launch({{"/bin/sh", "-c", "for i in $(seq 200); do /bin/true || exit 1; done; exit 4"}, "s1", {true, false, false}, before_});
    ASSERT_TRUE(launched);
    auto channel = api::ClientChannel::make(std::move(theirs));
    DaemonLink link("s1", *std::move(channel), 0, [] { return Result<Fd>(Error{}); });
    ASSERT_TRUE(let_go(*launched));
    auto keeper = Keeper::make(
        {"s1", *std::move(launched), std::move(signals_), std::move(link), std::nullopt, Refusals(said_.get(), "s1", false), false});
    auto begin = Clock::now();
    EXPECT_EQ((*keeper)->run(), 4 << 8);
    EXPECT_LT(Clock::now() - begin, 30s);  // one deadline at the first question, one at the end
}

TEST_F(KeeperTest, ADaemonThatGoesLetsEverythingGoOnAndIsTakenUpAgain) {
    PlayedDaemon first([](const Request& request) -> std::optional<std::vector<Response>> {
        if (asks_for(request, "/usr/bin/id")) return std::nullopt;
        return pass();
    });
    PlayedDaemon second([](const Request& request) { return asks_for(request, "/usr/bin/id") ? refuse() : pass(); });
    int connects = 0;
    auto connect = [&]() -> Result<Fd> {
        if (++connects == 2) return second.take_client_end();
        return Error{Code::kUnavailable, "not yet", ""};
    };
    EXPECT_EQ(keep_script("while /usr/bin/id >/dev/null 2>&1; do sleep 0.01; done; exit 42", first, connect), 42);
    EXPECT_EQ(first.asked("/usr/bin/id"), 1);
    EXPECT_GE(second.asked("/usr/bin/id"), 1);
    EXPECT_EQ(second.end_status(), 42 << 8);
    EXPECT_EQ(said(), "remit: refused exec\n");
}

TEST_F(KeeperTest, APersonIsWaitedForBeyondTheDeadline) {
    PlayedDaemon daemon([](const Request& request) {
        if (!asks_for(request, "/usr/bin/id")) return pass();
        Response held;
        held.mutable_exec()->set_held(true);
        held.mutable_exec()->set_wait_ns(60'000'000'000);
        held.mutable_exec()->set_text("waits for approval");
        auto answers = refuse(EPERM);
        answers.insert(answers.begin(), held);
        return answers;
    });
    EXPECT_EQ(keep_script("/usr/bin/id 2>/dev/null; exit $?", daemon), 126);
    EXPECT_EQ(said(), "remit: waits for approval\nremit: refused exec\n");
}

TEST_F(KeeperTest, SignalsReachCmdAndItsDeathIsSeen) {
    PlayedDaemon daemon([this](const Request& request) {
        if (asks_for(request, "/bin/true")) ::kill(::getpid(), SIGTERM);
        return pass();
    });
    EXPECT_EQ(keep_script("trap 'exit 33' TERM; /bin/true; sleep 5 & wait", daemon), 33);
    signals_ = *take_signals(before_);
    PlayedDaemon passing([](const Request&) { return pass(); });
    EXPECT_EQ(keep_script("kill -9 $$", passing), 128 + SIGKILL);
}

TEST_F(KeeperTest, ARevocationIsToldAndVoidsWhatIsKnown) {
    int count = 0;
    PlayedDaemon daemon([&](const Request& request) {
        auto answers = pass(true);
        if (asks_for(request, "/usr/bin/id")) {
            Response changed;
            changed.mutable_changed()->set_session("s1");
            changed.mutable_changed()->set_generation(2);
            changed.mutable_changed()->set_state("revoked");
            answers.insert(answers.begin(), changed);
        }
        if (asks_for(request, "/bin/true") && ++count == 2) return refuse();
        return answers;
    });
    EXPECT_EQ(keep_script("/bin/true && /bin/true && /usr/bin/id >/dev/null; /bin/true 2>/dev/null; exit $?", daemon), 126);
    EXPECT_EQ(daemon.asked("/bin/true"), 2);
    EXPECT_EQ(said(), "remit: session s1 is revoked: everything is refused from now on; see `remit show s1`\nremit: refused exec\n");
}

TEST_F(KeeperTest, ASessionThatLingersIsHeldUntilItsLastTaskOverAConnectionOfItsOwn) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    PlayedDaemon first([](const Request&) { return pass(); });
    PlayedDaemon second([](const Request& request) { return asks_for(request, "/usr/bin/id") ? refuse() : pass(); });
    auto connect = [&]() -> Result<Fd> { return second.take_client_end(); };
    EXPECT_EQ(keep({"/bin/sh", "-c", "(sleep 0.2; /usr/bin/id 2>/dev/null) & exit 8"}, first, connect, true), 8);
    EXPECT_EQ(first.asked("/usr/bin/id"), 0);
    EXPECT_EQ(first.end_status(), std::nullopt);
    EXPECT_EQ(second.asked("/usr/bin/id"), 1);
    EXPECT_EQ(second.end_status(), 8 << 8);
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

TEST_F(KeeperTest, CmdIsPrepared) {
    int stray = ::dup2(2, 9);
    ASSERT_EQ(stray, 9);
    PlayedDaemon daemon([](const Request&) { return pass(); });
    EXPECT_EQ(
        keep_script("[ \"$REMIT_SESSION\" = s1 ] && ! [ -e /proc/$$/fd/9 ] && grep -q 'NoNewPrivs:.1' /proc/$$/status && exit 21", daemon),
        21);
    ::close(stray);
}

}  // namespace
}  // namespace remit::cli
