#include "daemon/canary.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/pidfd.h"
#include "base/pipe.h"

namespace remit::daemon {

namespace {

// No rule at all: everything is refused.
constexpr std::string_view kPolicy =
    "name: \"remit-canary\"\nabout: \"may do nothing: proves at the daemon's start that crossings are refused\"\n";
constexpr uint16_t kDiscardPort = 9;
// Any one that needs no privilege: without a number bind is not judged in the base tier, and what listens then takes nothing in.
constexpr uint16_t kListenPort = 40009;
// The child makes a few system calls; an emulated machine under load takes its time.
constexpr int kPatienceMs = 20000;

// errno of each try; 0: it went through.
struct Tries {
    int udp = 0;
    int tcp = 0;
    int exec = 0;
    int listen = 0;
    int unix_connect = 0;
};

int try_connect(int type) {
    const int fd = ::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(kDiscardPort);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int result = ::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 ? 0 : errno;
    ::close(fd);
    return result;
}

// On all addresses: loopback alone is a session's own. Bound or not, nothing is taken in.
int try_listen() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(kListenPort);
    const bool listens = ::bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0 && ::listen(fd, 0) == 0;
    const int result = listens ? 0 : errno;
    ::close(fd);
    return result;
}

int try_unix(const sockaddr_un& there) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    const int result = ::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 ? 0 : errno;
    ::close(fd);
    return result;
}

bool refused(int error) {
    return error == EPERM || error == EACCES;
}

// After fork in a process with threads: system calls only.
[[noreturn]] void be_canary(int go, int report, const sockaddr_un& listener) {
    char byte = 0;
    while (::read(go, &byte, 1) < 0 && errno == EINTR) {
    }
    Tries tries;
    tries.udp = try_connect(SOCK_DGRAM);
    tries.tcp = try_connect(SOCK_STREAM);
    tries.listen = try_listen();
    tries.unix_connect = try_unix(listener);
    (void)!::write(report, &tries, sizeof tries);
    char path[] = "/proc/self/exe";
    char flag[] = "--version";
    char* const arguments[] = {path, flag, nullptr};
    char* const environment[] = {nullptr};
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, 1);
    ::dup2(null, 2);
    ::execve(path, arguments, environment);
    tries.exec = errno;
    (void)!::write(report, &tries, sizeof tries);
    ::_exit(0);
}

struct Outcome {
    Tries tries;
    bool tried = false;  // all but the exec
    bool exec_ran = false;
};

Result<Outcome> read_outcome(pid_t child, int report) {
    Outcome outcome;
    bool exec_errno = false;
    const uint64_t until_ns = boot_ns() + uint64_t{kPatienceMs} * 1'000'000;
    while (true) {
        pollfd ready{report, POLLIN, 0};
        const uint64_t now = boot_ns();
        if (now >= until_ns || ::poll(&ready, 1, static_cast<int>((until_ns - now) / 1'000'000) + 1) <= 0) break;
        Tries tries;
        const ssize_t count = ::read(report, &tries, sizeof tries);
        if (count != static_cast<ssize_t>(sizeof tries)) break;  // its end: closed at exec or with the process
        exec_errno = outcome.tried;
        outcome.tries = tries;
        outcome.tried = true;
    }
    // The kernel's SIGKILL ends it, or what it executed does by itself; one that does neither did run.
    Fd pidfd = open_pidfd(child);
    pollfd over{pidfd.get(), POLLIN, 0};
    const uint64_t now = boot_ns();
    const bool ended = ::poll(&over, 1, now < until_ns ? static_cast<int>((until_ns - now) / 1'000'000) : 0) == 1;
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return errno_error("waitpid", "canary");
    outcome.exec_ran = !exec_errno && (!ended || WIFEXITED(status));
    return outcome;
}

std::string told(const char* what, int error) {
    return std::string(what) + (refused(error) ? " refused" : " passed");
}

Result<void> judge(const Outcome& outcome, bool unix_judged) {
    const Tries& tries = outcome.tries;
    if (!outcome.tried) return Error{Code::kInternal, "the canary did not report", "see the daemon's log, then start it again"};
    const bool unix_held = refused(tries.unix_connect) || !unix_judged;
    if (refused(tries.udp) && refused(tries.tcp) && refused(tries.listen) && unix_held && !outcome.exec_ran) return {};
    return Error{Code::kUnsupported,
                 "the canary was not refused: " + told("UDP", tries.udp) + ", " + told("TCP", tries.tcp) + ", " +
                     told("listening", tries.listen) + (unix_judged ? ", " + told("a unix socket", tries.unix_connect) : "") + ", exec " +
                     (outcome.exec_ran ? "passed" : "refused"),
                 "this kernel does not enforce what it loaded; remit doctor says what is missing"};
}

// A unix socket of the daemon's own, which nobody else knows of.
Result<Fd> listen_for(const session::Session& session, sockaddr_un& address) {
    address.sun_family = AF_UNIX;
    // An abstract name goes to the end of the address: all of it.
    std::string name = "remit-canary-" + session.id;
    name.resize(sizeof address.sun_path - 1, '-');
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener || ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), 1) != 0)
        return errno_error("listen", "for the canary");
    return listener;
}

Result<Outcome> fly(session::Lifecycle& sessions, session::Session& session) {
    auto go = Pipe::make();
    auto report = go ? Pipe::make() : Result<Pipe>(go.error());
    if (!report) return std::move(report).error().within("canary");
    sockaddr_un address{};
    auto listener = listen_for(session, address);
    if (!listener) return std::move(listener).error();
    const pid_t child = ::fork();
    if (child < 0) return errno_error("fork", "canary");
    if (child == 0) {
        go->write.reset();
        be_canary(go->read.get(), report->write.get(), address);
    }
    report->write.reset();
    auto bound = sessions.bind_process(session, child);
    if (!bound) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        return std::move(bound).error().within("canary");
    }
    go->write.reset();
    return read_outcome(child, report->read.get());
}

}  // namespace

Result<session::Session*> run_canary(session::Lifecycle& sessions, bool dry_run, bool unix_judged,
                                     const std::function<void(const session::Session&)>& on_started) {
    policy::Source source;
    source.files.push_back({"canary.textproto", std::string(kPolicy)});
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = sessions.policies().load(std::move(source), {}, diagnostics);
    if (!loaded) return std::move(loaded).error().within("canary");
    session::StartRequest request;
    request.policy = *loaded;
    request.claims.name = "canary";
    request.starter.via = "daemon";
    request.starter.pid = ::getpid();
    auto session = sessions.start(request);
    if (!session) return std::move(session).error().within("canary");
    on_started(**session);
    auto outcome = fly(sessions, **session);
    const remit_session counts = sessions.counts(**session);
    sessions.end(**session, "the canary is done");
    if (!outcome) return std::move(outcome).error();
    // Two connects at least; the exec is counted too.
    if (dry_run && counts.passed + counts.refused < 2)
        return Error{Code::kUnsupported, "the canary's crossings were not judged",
                     "this kernel does not run what it loaded; see remit doctor"};
    if (!dry_run) {
        if (auto refused = judge(*outcome, unix_judged); !refused) return std::move(refused).error();
    }
    return *session;
}

}  // namespace remit::daemon
