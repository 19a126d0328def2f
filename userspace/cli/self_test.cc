#include "cli/self_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/pipe.h"

namespace remit::cli {
namespace {

// Discard and systat: nobody has to listen there, as "connection refused" comes from a connection that was let through.
constexpr uint16_t kGrantedPort = 9;
constexpr uint16_t kRefusedPort = 11;
// A connection on loopback is answered at once, unless a packet filter swallows it.
constexpr timeval kConnectPatience{5, 0};
// The exec and the connect that are not granted.
constexpr uint32_t kRefusals = 2;

struct Step {
    bool exec;
    bool granted;
};
constexpr std::array<Step, 4> kSteps{{{true, true}, {true, false}, {false, true}, {false, false}}};
// Of each step 0, an errno, or the signal that ended the program, negative.
using Outcomes = std::array<int, kSteps.size()>;

std::string real_path(const char* path) {
    char real[PATH_MAX];
    return ::realpath(path, real) ? real : "";
}

// remit itself is the program that is refused: it is never the same file as the other, as two tools of one multi-call binary are.
struct Programs {
    std::string granted = real_path("/usr/bin/true").empty() ? real_path("/bin/true") : real_path("/usr/bin/true");
    std::string refused = real_path("/proc/self/exe");
};

std::string policy_text(const Programs& programs) {
    return "name: \"remit-self-test\" about: \"tries what is granted and what is not, for remit doctor\" lifetime: \"2m\"\n"
           "tool { name: \"granted\" program { path: \"" +
           programs.granted + "\" } endpoint { cidr: \"127.0.0.1/32\" port: \"" + std::to_string(kGrantedPort) +
           "\" protocol: TCP } }\ngrant { tool: \"granted\" }\n";
}

int try_exec(const std::string& program) {
    const pid_t pid = ::fork();
    if (pid < 0) return errno;
    if (pid == 0) {
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd <= 2; fd++) ::dup2(null, fd);
        ::execl(program.c_str(), program.c_str(), "--version", nullptr);
        ::_exit(errno);
    }
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid) return errno;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int try_connect(uint16_t port) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return errno;
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kConnectPatience, sizeof kConnectPatience);
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool passed = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 || errno == ECONNREFUSED;
    return passed ? 0 : errno;
}

// The child: waits until it is bound, tries, reports.
[[noreturn]] void try_all(int go, int report, const Programs& programs) {
    char byte = 0;
    if (::read(go, &byte, 1) != 1) ::_exit(1);
    Outcomes outcomes{};
    for (size_t i = 0; i < kSteps.size(); i++) {
        const Step& step = kSteps[i];
        outcomes[i] = step.exec ? try_exec(step.granted ? programs.granted : programs.refused)
                                : try_connect(step.granted ? kGrantedPort : kRefusedPort);
    }
    ::_exit(::write(report, &outcomes, sizeof outcomes) == sizeof outcomes ? 0 : 1);
}

Result<control::v1::Response> ask_daemon(api::Client& client, const control::v1::Request& request) {
    auto response = client.call(request);
    if (response && response->has_failure()) return api::to_error(response->failure());
    return response;
}

Result<control::v1::Session> start_session(api::Client& client, const Programs& programs) {
    control::v1::Request request;
    auto* file = request.mutable_start()->mutable_source()->add_files();
    file->set_name("self-test.textproto");
    file->set_text(policy_text(programs));
    request.mutable_start()->mutable_claims()->set_name("self-test");
    request.mutable_start()->mutable_claims()->set_purpose("remit doctor --self-test");
    auto response = ask_daemon(client, request);
    if (!response) return std::move(response).error();
    return response->session();
}

Result<void> bind(api::Client& client, const std::string& session, pid_t pid) {
    control::v1::Request request;
    request.mutable_bind()->set_session(session);
    request.mutable_bind()->set_pid(pid);
    if (auto response = ask_daemon(client, request); !response) return std::move(response).error();
    return {};
}

Result<Outcomes> try_in(api::Client& client, const std::string& session, const Programs& programs) {
    auto go = Pipe::make();
    auto report = go ? Pipe::make() : Result<Pipe>(go.error());
    if (!report) return std::move(report).error().within("self-test");
    const pid_t child = ::fork();
    if (child < 0) return errno_error("fork");
    if (child == 0) {
        go->write.reset();
        try_all(go->read.get(), report->write.get(), programs);
    }
    report->write.reset();
    auto bound = bind(client, session, child);
    // Without the word the child sees the pipe's end, and goes.
    if (bound) (void)!::write(go->write.get(), "!", 1);
    go->write.reset();
    Outcomes outcomes{};
    const bool told = ::read(report->read.get(), &outcomes, sizeof outcomes) == sizeof outcomes;
    ::waitpid(child, nullptr, 0);
    if (!bound) return std::move(bound).error();
    if (!told) return Error{Code::kRefused, "the self-test's process ended before it could report", "see remit why, and the daemon's log"};
    return outcomes;
}

SelfTest::Try judge(const Step& step, int outcome, const Programs& programs) {
    SelfTest::Try made;
    made.granted = step.granted;
    made.what = step.exec ? "program " + (step.granted ? programs.granted : programs.refused)
                          : "tcp 127.0.0.1:" + std::to_string(step.granted ? kGrantedPort : kRefusedPort);
    const bool refused = outcome == EPERM || outcome == EACCES || outcome == -SIGKILL;
    made.right = step.granted ? outcome == 0 : refused;
    if (outcome == 0)
        made.outcome = "passed";
    else if (refused)
        made.outcome = std::string("refused: ") + (outcome < 0 ? "killed" : std::strerror(outcome));
    else
        made.outcome = outcome < 0 ? "ended by signal " + std::to_string(-outcome) : std::strerror(outcome);
    return made;
}

Result<SelfTest::Try> look_for_records(api::Client& client, const std::string& session) {
    control::v1::Request request;
    request.mutable_why()->set_session(session);
    request.mutable_why()->set_last(kRefusals + 1);
    auto response = ask_daemon(client, request);
    if (!response) return std::move(response).error();
    const auto count = static_cast<uint32_t>(response->lines().json_size());
    return SelfTest::Try{"records of the refusals", true, std::to_string(count) + " of " + std::to_string(kRefusals), count == kRefusals};
}

Result<void> try_everything(api::Client& client, const Programs& programs, SelfTest& test) {
    auto outcomes = try_in(client, test.session, programs);
    if (!outcomes) return std::move(outcomes).error();
    for (size_t i = 0; i < kSteps.size(); i++) test.tries.push_back(judge(kSteps[i], (*outcomes)[i], programs));
    auto records = look_for_records(client, test.session);
    if (!records) return std::move(records).error();
    test.tries.push_back(*std::move(records));
    return {};
}

}  // namespace

bool SelfTest::right() const {
    return std::all_of(tries.begin(), tries.end(), [](const Try& each) { return each.right; });
}

Result<SelfTest> run_self_test(const Cli& cli) {
    auto client = api::Client::connect(cli.run_dir);
    if (!client) return std::move(client).error();
    const Programs programs;
    auto session = start_session(*client, programs);
    if (!session) return std::move(session).error();
    SelfTest test{session->id(), session->tier(), {}};
    auto tried = try_everything(*client, programs, test);
    control::v1::Request end;
    end.mutable_end()->set_session(test.session);
    auto ended = ask_daemon(*client, end);
    if (!tried) return std::move(tried).error();
    if (!ended) return std::move(ended).error();
    return test;
}

}  // namespace remit::cli
