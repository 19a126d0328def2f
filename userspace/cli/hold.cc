#include "cli/hold.h"

#include <algorithm>
#include <cerrno>

#include "base/clock.h"

namespace remit::cli {
namespace {

// While a person is asked, the task may die; how often we look.
constexpr std::chrono::milliseconds kLookAgain{500};
// Beyond the person's own deadline, which the daemon keeps.
constexpr std::chrono::milliseconds kPersonGrace{1000};
constexpr std::chrono::hours kLongestWait{24 * 7};

constexpr int kMaxErrno = 4095;

}  // namespace

void ExecHold::on_readable() {
    auto received = listener_.receive();
    if (!received || !received->has_value()) return;
    const HeldCall& call = **received;
    if (call.changes_paths) {
        known_.look_by_caller();
        return listener_.let_continue(call.id);
    }
    // A caller that we cannot read (set-id, not dumpable, of a pid namespace that is not ours) is the kernel's alone.
    if (!call.readable || !link_.answers()) return listener_.let_continue(call.id);
    auto sighting = known_.look(call);
    if (sighting && (sighting->missing || known_.knows(*sighting))) return listener_.let_continue(call.id);
    ask(call, std::move(sighting));
}

void ExecHold::ask(const HeldCall& call, std::optional<KnownPrograms::Sighting> sighting) {
    control::v1::Request request;
    auto* exec = request.mutable_exec();
    exec->set_session(session_);
    exec->set_pid(call.tid);
    exec->set_path(call.path);
    exec->set_dirfd(call.dirfd);
    exec->set_empty_path(call.empty_path);
    exec->set_boot_ns(boot_ns());
    uint64_t question = link_.send(std::move(request));
    if (question == 0) {
        listener_.let_continue(call.id);
        return let_all_continue();
    }
    waiting_[question] = {call.id, std::move(sighting), Clock::now() + kAnswerDeadline, false};
}

void ExecHold::on_answer(uint64_t question, const control::v1::ExecAnswer& answer) {
    auto found = waiting_.find(question);
    if (found == waiting_.end()) return;
    Waiting& waiting = found->second;
    if (answer.held()) {
        waiting.person = true;
        std::chrono::nanoseconds wait(std::min<uint64_t>(answer.wait_ns(), std::chrono::nanoseconds(kLongestWait).count()));
        waiting.deadline = Clock::now() + wait + kPersonGrace;
        look_again_ = std::min(look_again_, Clock::now() + kLookAgain);
        if (!answer.text().empty()) say_(answer.text());
        return;
    }
    if (answer.error() == 0) {
        listener_.let_continue(waiting.call);
        if (answer.cacheable() && waiting.sighting)
            known_.learn(std::move(*waiting.sighting), answer.generation());
        else if (answer.generation() != 0)
            known_.set_generation(answer.generation());
    } else {
        listener_.refuse(waiting.call, answer.error() > 0 && answer.error() <= kMaxErrno ? answer.error() : EACCES);
        if (!answer.text().empty()) say_(answer.text());
    }
    waiting_.erase(found);
}

void ExecHold::on_failure(uint64_t question) {
    auto found = waiting_.find(question);
    if (found == waiting_.end()) return;
    listener_.let_continue(found->second.call);
    waiting_.erase(found);
}

void ExecHold::on_time(Clock::time_point now) {
    bool late = false;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        bool gone = it->second.person && now >= look_again_ && !listener_.waits(it->second.call);
        bool expired = now >= it->second.deadline;
        if (gone) {
            control::v1::Request request;
            request.mutable_withdraw()->set_question(it->first);
            link_.send(std::move(request));
        } else if (expired) {
            listener_.let_continue(it->second.call);
            late = true;
        }
        it = gone || expired ? waiting_.erase(it) : std::next(it);
    }
    bool persons = std::any_of(waiting_.begin(), waiting_.end(), [](const auto& entry) { return entry.second.person; });
    if (!persons)
        look_again_ = Clock::time_point::max();
    else if (now >= look_again_)
        look_again_ = now + kLookAgain;
    if (late) link_.doubt();
    if (!link_.answers()) let_all_continue();
}

Clock::time_point ExecHold::next_time() const {
    Clock::time_point next = look_again_;
    for (const auto& [question, waiting] : waiting_) next = std::min(next, waiting.deadline);
    return next;
}

void ExecHold::let_all_continue() {
    for (const auto& [question, waiting] : waiting_) listener_.let_continue(waiting.call);
    waiting_.clear();
}

}  // namespace remit::cli
