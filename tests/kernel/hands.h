// Processes that live long and do what they are told over a pipe, one command at a time: the hands of the model test. All pipes and
// mailboxes exist before the first of them is forked, so that a hand can fork another, and pass a socket to any.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/harness.h"

namespace remit::test {

inline constexpr int kHands = 10;
inline constexpr int kHeld = 4;  // sockets of one hand

enum class Act { kSocket, kConnect, kSendTo, kSend, kClose, kExec, kFork, kBirth, kGive, kTake, kMove, kExit };

struct Command {
    Act act = Act::kExit;
    int held = 0;    // which of its sockets
    int family = 0;  // of a new socket
    int type = 0;
    int hand = 0;     // whom to fork as, or to give to
    int wait_ms = 0;  // for a TCP connection to stand
    pid_t pid = 0;    // whom to move; 0: itself
    uint64_t number = 0;
    Address to{};
    std::array<char, 256> path{};
};

struct Answer {
    int error = 0;      // errno, 0: done
    int status = 0;     // kExec: as wait(2) gives it
    pid_t pid = 0;      // kFork
    uint16_t port = 0;  // kConnect: the local one
};

class Hands {
public:
    Hands();
    Hands(const Hands&) = delete;
    Hands& operator=(const Hands&) = delete;
    ~Hands();

    // Starts a hand in a session, or in none below the cgroup root.
    void start(int hand, const TestSession* session);
    // A hand that another one forked.
    void adopt(int hand, pid_t pid);
    // Nothing when the hand died of it.
    std::optional<Answer> tell(int hand, const Command& command);
    void end(int hand);
    pid_t pid(int hand) const { return lines_[static_cast<size_t>(hand)].pid; }

private:
    struct Line {
        Fd command_in, command_out, answer_in, answer_out, mail_in, mail_out;
        Fd pidfd;
        pid_t pid = 0;
        bool ours = false;  // forked by this process
    };

    [[noreturn]] void serve(int hand);
    Answer act(int hand, const Command& command);
    Answer do_fork(const Command& command);

    std::array<Line, kHands> lines_;
    std::array<Fd, kHeld> held_;  // in a hand
};

}  // namespace remit::test
