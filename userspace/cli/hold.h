// The exec hold of one session: every execve that waits gets an answer, from the daemon while it is there, otherwise at once "go on": the
// kernel decides in any case. Never waits itself. Used by keeper.h.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "cli/known.h"
#include "cli/link.h"
#include "cli/listener.h"

namespace remit::cli {

// A daemon that has not answered by then is taken to be away.
inline constexpr std::chrono::milliseconds kAnswerDeadline{1000};

class ExecHold {
public:
    using Say = std::function<void(const std::string& line)>;

    ExecHold(std::string session, Listener listener, DaemonLink& link, Say say)
        : session_(std::move(session)), listener_(std::move(listener)), link_(link), say_(std::move(say)) {}

    int fd() const { return listener_.fd(); }
    size_t waiting() const { return waiting_.size(); }
    // The listener is readable: takes one call and answers it or asks.
    void on_readable();
    void on_answer(uint64_t question, const control::v1::ExecAnswer& answer);
    void on_failure(uint64_t question);
    void on_changed(uint32_t generation) { known_.set_generation(generation); }
    // Lets go what waited too long, forgets what is gone.
    void on_time(Clock::time_point now);
    Clock::time_point next_time() const;
    // The daemon is away: everything that waits goes on.
    void let_all_continue();

private:
    struct Waiting {
        uint64_t call = 0;
        std::optional<KnownPrograms::Sighting> sighting;
        Clock::time_point deadline;
        bool person = false;  // held until a person answers
    };

    void ask(const HeldCall& call, std::optional<KnownPrograms::Sighting> sighting);

    std::string session_;
    Listener listener_;
    DaemonLink& link_;
    Say say_;
    KnownPrograms known_;
    std::map<uint64_t, Waiting> waiting_;  // by question
    Clock::time_point look_again_ = Clock::time_point::max();
};

}  // namespace remit::cli
