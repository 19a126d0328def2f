#include "kernel/hands.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/pidfd.h"

namespace remit::test {
namespace {

[[noreturn]] void die(const char* what) {
    fprintf(stderr, "hands: %s (errno %d: %s)\n", what, errno, strerror(errno));
    _exit(2);
}

Answer failed_if(bool failed) {
    Answer answer;
    answer.error = failed ? errno : 0;
    return answer;
}

Answer do_connect(int fd, const Command& command) {
    Address to = command.to;
    Answer answer = failed_if(connect(fd, to.get(), to.size) != 0);
    if (answer.error == EINPROGRESS) {
        pollfd wanted{fd, POLLOUT, 0};
        int error = ETIMEDOUT;
        socklen_t size = sizeof(error);
        if (poll(&wanted, 1, command.wait_ms) == 1) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        answer.error = error;
    }
    Address local;
    local.size = sizeof(local.storage);
    getsockname(fd, local.get(), &local.size);
    answer.port = ntohs(reinterpret_cast<sockaddr_in*>(&local.storage)->sin_port);
    return answer;
}

Answer do_exec(const char* path) {
    int said[2];
    if (pipe2(said, O_CLOEXEC)) die("make a pipe");
    const pid_t pid = fork();
    if (pid == 0) {
        const int error = try_exec(path);
        if (write(said[1], &error, sizeof(error)) != sizeof(error)) _exit(3);
        _exit(1);
    }
    close(said[1]);
    Answer answer;
    if (read(said[0], &answer.error, sizeof(answer.error)) != sizeof(answer.error)) answer.error = 0;
    close(said[0]);
    answer.status = wait_for(pid);
    return answer;
}

Answer do_give(int mail, int fd) {
    return failed_if(!send_fd(mail, fd));
}

Answer do_take(int mail, Fd& into) {
    Answer answer;
    answer.error = receive_fd(mail, into, MSG_DONTWAIT);
    return answer;
}

Answer do_move(const char* path, pid_t pid) {
    const Fd file(open(path, O_WRONLY | O_CLOEXEC));
    if (!file) return failed_if(true);
    const std::string text = std::to_string(pid);
    return failed_if(write(file.get(), text.data(), text.size()) < 0);
}

}  // namespace

Hands::Hands() {
    signal(SIGPIPE, SIG_IGN);
    for (Line& line : lines_) {
        int command[2], answer[2], mail[2];
        if (pipe(command) || pipe(answer) || socketpair(AF_UNIX, SOCK_STREAM, 0, mail)) die("make the pipes");
        line.command_in = Fd(command[0]);
        line.command_out = Fd(command[1]);
        line.answer_in = Fd(answer[0]);
        line.answer_out = Fd(answer[1]);
        line.mail_in = Fd(mail[0]);
        line.mail_out = Fd(mail[1]);
    }
}

Hands::~Hands() {
    for (int hand = 0; hand < kHands; hand++) end(hand);
}

void Hands::start(int hand, const TestSession* session) {
    const pid_t pid = Harness::get().start(session, [&]() -> int { serve(hand); });
    adopt(hand, pid);
    lines_[static_cast<size_t>(hand)].ours = true;
}

void Hands::adopt(int hand, pid_t pid) {
    Line& line = lines_[static_cast<size_t>(hand)];
    line.pid = pid;
    line.ours = false;
    line.pidfd = open_pidfd(pid);
    if (!line.pidfd) die("open a hand's pidfd");
}

std::optional<Answer> Hands::tell(int hand, const Command& command) {
    Line& line = lines_[static_cast<size_t>(hand)];
    if (write(line.command_out.get(), &command, sizeof(command)) != sizeof(command)) die("tell a hand");
    pollfd wanted[2] = {{line.answer_in.get(), POLLIN, 0}, {line.pidfd.get(), POLLIN, 0}};
    if (poll(wanted, 2, 20'000 * slack()) <= 0) die("a hand does not answer");
    Answer answer;
    if (wanted[0].revents & POLLIN) {
        if (read(line.answer_in.get(), &answer, sizeof(answer)) != sizeof(answer)) die("hear a hand");
        return answer;
    }
    return std::nullopt;
}

void Hands::end(int hand) {
    Line& line = lines_[static_cast<size_t>(hand)];
    if (line.pid == 0) return;
    send_signal(line.pidfd.get(), SIGKILL);
    pollfd gone{line.pidfd.get(), POLLIN, 0};
    poll(&gone, 1, 20'000 * slack());
    if (line.ours) wait_for(line.pid);
    line.pid = 0;
    line.pidfd = Fd();
    char rest[4096];
    // A command that it did not hear, a letter that it did not take.
    for (const int fd : {line.command_in.get(), line.answer_in.get(), line.mail_in.get()}) {
        const int flags = fcntl(fd, F_GETFL);
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
        while (read(fd, rest, sizeof(rest)) > 0) {
        }
        fcntl(fd, F_SETFL, flags);
    }
}

void Hands::serve(int hand) {
    for (;;) {
        Command command;
        const Line& line = lines_[static_cast<size_t>(hand)];
        if (read(line.command_in.get(), &command, sizeof(command)) != sizeof(command)) _exit(0);
        if (command.act == Act::kExit) _exit(0);
        const Answer answer = act(hand, command);
        if (write(line.answer_out.get(), &answer, sizeof(answer)) != sizeof(answer)) _exit(0);
    }
}

Answer Hands::do_fork(const Command& command) {
    Answer answer;
    answer.pid = fork();
    if (answer.pid == 0) serve(command.hand);
    answer.error = answer.pid < 0 ? errno : 0;
    return answer;
}

Answer Hands::act(int hand, const Command& command) {
    Fd& held = held_[static_cast<size_t>(command.held)];
    switch (command.act) {
        case Act::kSocket:
            held = Fd(socket(command.family, command.type | SOCK_CLOEXEC | (command.type == SOCK_STREAM ? SOCK_NONBLOCK : 0), 0));
            return failed_if(!held);
        case Act::kConnect:
            return do_connect(held.get(), command);
        case Act::kSendTo: {
            const ssize_t sent =
                sendto(held.get(), &command.number, sizeof(command.number), MSG_NOSIGNAL, command.to.get(), command.to.size);
            return failed_if(sent < 0);
        }
        case Act::kSend:
            return failed_if(send(held.get(), &command.number, sizeof(command.number), MSG_NOSIGNAL) < 0);
        case Act::kClose: {
            const linger at_once{1, 0};  // no packet of its own lives on
            setsockopt(held.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
            held = Fd();
            return {};
        }
        case Act::kExec:
            return do_exec(command.path.data());
        case Act::kBirth: {
            const pid_t pid = fork();
            if (pid == 0) _exit(0);
            wait_for(pid);
            return {};
        }
        case Act::kFork:
            return do_fork(command);
        case Act::kGive:
            return do_give(lines_[static_cast<size_t>(command.hand)].mail_out.get(), held.get());
        case Act::kTake:
            return do_take(lines_[static_cast<size_t>(hand)].mail_in.get(), held);
        case Act::kMove:
            return do_move(command.path.data(), command.pid ? command.pid : getpid());
        case Act::kExit:
            break;
    }
    return {};
}

}  // namespace remit::test
