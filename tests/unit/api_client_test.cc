// The blocking client and the socket itself, against a server in a thread.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include "api/client.h"
#include "api/refusal.h"

namespace remit::api {
namespace {

using control::v1::Request;
using control::v1::Response;

class ApiClient : public testing::Test {
protected:
    void SetUp() override {
        char folder[] = "/tmp/remit-api-XXXXXX";
        ASSERT_NE(::mkdtemp(folder), nullptr);
        run_dir_ = folder;
        auto listener = listen_control(run_dir_);
        ASSERT_TRUE(listener) << listener.error().message;
        listener_ = *std::move(listener);
    }
    void TearDown() override {
        if (server_.joinable()) server_.join();
        ::unlink(control_path(run_dir_).c_str());
        ::rmdir(run_dir_.c_str());
    }
    // Serves one connection: every request is answered with what on_request gives; an empty list closes the connection.
    void serve(std::function<std::vector<Response>(const Request&)> on_request) {
        server_ = std::thread([this, on_request] {
            pollfd wait{listener_.get(), POLLIN, 0};
            ::poll(&wait, 1, 5000);
            auto fd = accept_waiting(listener_);
            auto channel = ServerChannel::make(*std::move(fd));
            for (;;) {
                pollfd readable{channel->fd(), POLLIN, 0};
                ::poll(&readable, 1, 5000);
                auto open = channel->receive();
                if (!open || !*open) return;
                for (auto request = channel->next(); request && request->has_value(); request = channel->next()) {
                    auto answers = on_request(**request);
                    if (answers.empty()) return;
                    for (const Response& answer : answers) (void)!channel->send(answer);
                }
            }
        });
    }

    std::string run_dir_;
    Fd listener_;
    std::thread server_;
};

Response done(uint64_t id, const std::string& message) {
    Response response;
    response.set_id(id);
    response.mutable_done()->set_message(message);
    return response;
}

TEST_F(ApiClient, SkipsWhatIsNotTheAnswer) {
    serve([](const Request& request) {
        return std::vector{done(0, "pushed"), done(request.id() + 7, "other"), done(request.id(), "answer")};
    });
    auto client = Client::connect(run_dir_);
    ASSERT_TRUE(client) << client.error().message;
    Request request;
    request.mutable_status();
    auto response = client->call(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->done().message(), "answer");
}

TEST_F(ApiClient, StreamsUntilToldToStop) {
    serve([](const Request& request) { return std::vector{done(request.id(), "1"), done(request.id(), "2"), done(request.id(), "3")}; });
    auto client = Client::connect(run_dir_);
    Request request;
    request.mutable_watch();
    int seen = 0;
    auto streamed = client->stream(request, [&](const Response&) { return ++seen < 3; });
    EXPECT_TRUE(streamed);
    EXPECT_EQ(seen, 3);
}

TEST_F(ApiClient, ADaemonThatGoesIsUnavailable) {
    serve([](const Request&) { return std::vector<Response>{}; });
    auto client = Client::connect(run_dir_);
    Request request;
    request.mutable_status();
    EXPECT_EQ(client->call(request).error().code, Code::kUnavailable);
}

TEST_F(ApiClient, ADaemonThatIsSilentHangsNobody) {
    auto client = Client::connect(run_dir_);  // nobody accepts
    ASSERT_TRUE(client);
    Request request;
    request.mutable_status();
    EXPECT_EQ(client->call(request, std::chrono::milliseconds(50)).error().code, Code::kUnavailable);
}

TEST_F(ApiClient, ASecondDaemonIsToldAndAStaleSocketReplaced) {
    EXPECT_EQ(listen_control(run_dir_).error().code, Code::kUnavailable);
    listener_.reset();
    auto again = listen_control(run_dir_);
    ASSERT_TRUE(again) << again.error().message;
    struct stat status {};
    ASSERT_EQ(::stat(control_path(run_dir_).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0660u);
    listener_ = *std::move(again);
}

TEST_F(ApiClient, NoDaemonSaysWhatToDo) {
    auto client = Client::connect("/nonexistent-run-dir");
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, Code::kUnavailable);
    EXPECT_NE(client.error().hint.find("--run-dir"), std::string::npos);
    EXPECT_EQ(Client::connect(std::string(200, 'd')).error().code, Code::kUsage);
}

TEST(Peer, IsReadFromTheKernel) {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    Fd left(fds[0]), right(fds[1]);
    auto peer = read_peer(left.get());
    ASSERT_TRUE(peer) << peer.error().message;
    EXPECT_EQ(peer->pid, ::getpid());
    EXPECT_EQ(peer->uid, ::geteuid());
    std::vector<gid_t> groups(static_cast<size_t>(::getgroups(0, nullptr)));
    ::getgroups(static_cast<int>(groups.size()), groups.data());
    EXPECT_EQ(peer->groups, groups);
}

TEST(Failure, CodesOfOthersAreInternal) {
    control::v1::Failure failure;
    failure.set_code(77);
    EXPECT_EQ(to_error(failure).code, Code::kNotPermitted);
    failure.set_code(1234);
    EXPECT_EQ(to_error(failure).code, Code::kInternal);
}

TEST(Refusal, SaysWhatWhyAndHow) {
    Refusal refusal{"s1", "connect", "tcp 10.0.0.1:443", "deploy", "grant deploy (coding.textproto:31)", "ONLY_AFTER", "deny"};
    EXPECT_EQ(refusal_line(refusal),
              "refused connect tcp 10.0.0.1:443 (tool deploy): another tool has to be used first (ONLY_AFTER, grant deploy "
              "(coding.textproto:31)); use that tool first");
    Refusal socket{"s1", "unix", "/run/docker.sock", "", "", "NO_TOOL", "deny"};
    EXPECT_NE(refusal_line(socket).find("unix_path: \"/run/docker.sock\""), std::string::npos);
    Refusal odd{"s1", "exec", "/x", "", "", "WHAT", "deny"};
    EXPECT_EQ(refusal_line(odd), "refused exec /x: WHAT (WHAT); see `remit why s1`");
}

}  // namespace
}  // namespace remit::api
