#include "daemon/lines.h"

#include <algorithm>

#include "api/refusal.h"
#include "base/words.h"
#include "daemon/event_record.h"

namespace remit::daemon {

namespace {

// Of each session, and of all together; the trail has the rest.
constexpr size_t kKept = 64;
// Sessions whose refusals are kept; about 64 KiB each.
constexpr size_t kKeptSessions = 256;

bool is_refusal(const trail::Record& record) {
    const bool told =
        record.kind == trail::Kind::kCrossing || record.kind == trail::Kind::kTouchRefused || record.kind == trail::Kind::kTaskMoved;
    if (!told || !record.effect) return false;
    return *record.effect == REMIT_REFUSED || *record.effect == REMIT_KILLED || *record.effect == REMIT_DROPPED;
}

// A crossing stands still until a person has answered.
bool is_held(const trail::Record& record) {
    return record.kind == trail::Kind::kApprovalAsked && record.effect == REMIT_HELD;
}

std::vector<std::string> tail(const std::deque<std::string>& lines, size_t last) {
    const size_t count = std::min(last, lines.size());
    return {lines.end() - static_cast<ptrdiff_t>(count), lines.end()};
}

}  // namespace

void Lines::on_written(const trail::Record& record, const std::string& line) {
    const bool refusal = is_refusal(record);
    const std::string session = record.session ? record.session->id : std::string();
    const bool of_interest = refusal && (session.empty() || session != left_out_) &&
                             !api::is_of_a_look_up(crossing_word(record.crossing), object_text(record.object));
    if (of_interest) keep(session, line);
    std::erase_if(watchers_, [&](const auto& entry) {
        const Filter& filter = entry.second.filter;
        if (filter.refused && !refusal && !is_held(record)) return false;
        if (!filter.session.empty() && filter.session != session) return false;
        return !entry.second.send(line);
    });
}

void Lines::keep(const std::string& session, const std::string& line) {
    all_.push_back(line);
    if (all_.size() > kKept) all_.pop_front();
    if (session.empty()) return;
    auto [at, added] = by_session_.try_emplace(session);
    at->second.push_back(line);
    if (at->second.size() > kKept) at->second.pop_front();
    if (!added) return;
    sessions_.push_back(session);
    if (sessions_.size() > kKeptSessions) {
        by_session_.erase(sessions_.front());
        sessions_.pop_front();
    }
}

uint64_t Lines::watch(Filter filter, Send send) {
    watchers_[++last_watcher_] = {std::move(filter), std::move(send)};
    return last_watcher_;
}

std::vector<std::string> Lines::refusals(const std::string& session, size_t last) const {
    if (session.empty()) return tail(all_, last);
    auto at = by_session_.find(session);
    return at == by_session_.end() ? std::vector<std::string>() : tail(at->second, last);
}

}  // namespace remit::daemon
