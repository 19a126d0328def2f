#include "session/registry.h"

#include <algorithm>

namespace remit::session {

namespace {

// Sessions that are over and can still be shown; the trail has them all.
constexpr size_t kKeptOver = 256;
// A shorter prefix of a UUIDv7 is the same for all sessions of a year.
constexpr size_t kShortestPrefix = 4;

std::string folder_above(const std::string& folder) {
    return folder.substr(0, folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
}

template <typename Sessions>
std::vector<Session*> matches(const Sessions& sessions, const std::string& wanted) {
    std::vector<Session*> found;
    for (const auto& each : sessions) {
        if (each->id == wanted) return {each.get()};
        const bool prefix = wanted.size() >= kShortestPrefix && each->id.rfind(wanted, 0) == 0;
        if (prefix || (!wanted.empty() && each->claims.name == wanted)) found.push_back(each.get());
    }
    return found;
}

}  // namespace

std::string_view state_name(State state) {
    switch (state) {
        case State::kArmed:
            return "armed";
        case State::kRevoked:
            return "revoked";
        case State::kExpired:
            return "expired";
        case State::kEnded:
            return "ended";
        case State::kDetached:
            return "detached";
    }
    return "ended";
}

std::string_view shown_state(const Session& session) {
    return session.suspended && session.state == State::kArmed ? "suspended" : state_name(session.state);
}

Registry::Registry() {
    for (uint32_t slot = 1; slot < REMIT_MAX_SESSIONS; slot++) free_slots_.push_back(slot);
}

Result<uint32_t> Registry::take_slot() {
    if (free_slots_.empty()) {
        return Error{Code::kUnavailable, "all " + std::to_string(REMIT_MAX_SESSIONS - 1) + " session slots are in use",
                     "end sessions that are no longer needed: remit sessions, remit revoke ID --kill"};
    }
    const uint32_t slot = free_slots_.front();
    free_slots_.pop_front();
    return slot;
}

void Registry::give_back_slot(uint32_t slot) {
    free_slots_.push_back(slot);
}

void Registry::claim_slot(uint32_t slot) {
    std::erase(free_slots_, slot);
}

Session& Registry::add(std::unique_ptr<Session> session) {
    Session& added = *session;
    by_kernel_id_[added.kernel_id] = &added;
    by_cgroup_.emplace(added.cgroup, &added);
    sessions_.push_back(std::move(session));
    return added;
}

void Registry::retire(Session& session) {
    auto at = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& each) { return each.get() == &session; });
    if (at == sessions_.end()) return;
    by_kernel_id_.erase(session.kernel_id);
    for (auto [each, end] = by_cgroup_.equal_range(session.cgroup); each != end;)
        each = each->second == &session ? by_cgroup_.erase(each) : std::next(each);
    over_.push_back(std::move(*at));
    sessions_.erase(at);
    if (over_.size() > kKeptOver) over_.pop_front();
}

Result<Session*> Registry::find(const std::string& wanted) {
    std::vector<Session*> found = matches(sessions_, wanted);
    if (found.empty()) found = matches(over_, wanted);
    if (found.size() == 1) return found.front();
    if (found.empty()) return Error{Code::kMissing, "no session " + wanted, "remit sessions lists them"};
    std::string ids;
    for (const Session* each : found) ids += (ids.empty() ? "" : ", ") + each->id;
    return Error{Code::kUsage, wanted + " names more than one session: " + ids, "write more of the id"};
}

Session* Registry::find_kernel_id(uint64_t kernel_id) {
    auto at = by_kernel_id_.find(kernel_id);
    return at == by_kernel_id_.end() ? nullptr : at->second;
}

Session* Registry::find_also_over(uint64_t kernel_id) {
    if (Session* live = find_kernel_id(kernel_id)) return live;
    for (const auto& each : over_) {
        if (each->kernel_id == kernel_id) return each.get();
    }
    return nullptr;
}

Session* Registry::find_cgroup_id(uint64_t cgroup_id) {
    for (const auto& each : sessions_) {
        if (each->cgroup_id == cgroup_id && each->state != State::kDetached) return each.get();
    }
    return nullptr;
}

Session* Registry::find_overlap(const std::string& cgroup, std::span<const std::string> but) {
    const auto counts = [&](const Session& each) { return each.state != State::kDetached && std::ranges::find(but, each.id) == but.end(); };
    for (std::string folder = cgroup; !folder.empty(); folder = folder_above(folder)) {
        for (auto [at, end] = by_cgroup_.equal_range(folder); at != end; ++at)
            if (counts(*at->second)) return at->second;
    }
    const std::string below = cgroup + "/";
    for (auto at = by_cgroup_.lower_bound(below); at != by_cgroup_.end() && at->first.starts_with(below); ++at)
        if (counts(*at->second)) return at->second;
    return nullptr;
}

Session* Registry::deepest_at(const std::string& cgroup) {
    for (std::string folder = cgroup; !folder.empty(); folder = folder_above(folder)) {
        for (auto [at, end] = by_cgroup_.equal_range(folder); at != end; ++at)
            if (at->second->state != State::kDetached) return at->second;
    }
    return nullptr;
}

Session* Registry::find_bound(const std::string& cgroup, uint64_t cgroup_id) {
    for (auto [at, end] = by_cgroup_.equal_range(cgroup); at != end; ++at)
        if (at->second->cgroup_id == cgroup_id) return at->second;
    return nullptr;
}

Session& Registry::topmost(Session& session) {
    Session* above = &session;
    while (Session* next = find_kernel_id(above->parent)) above = next;
    return *above;
}

std::vector<Session*> Registry::below(const Session& session) {
    std::vector<Session*> found;
    for (const auto& each : sessions_)
        if (std::ranges::find(each->lineage, session.id) != each->lineage.end()) found.push_back(each.get());
    std::ranges::stable_sort(found, [](const Session* a, const Session* b) { return a->lineage.size() > b->lineage.size(); });
    return found;
}

void Registry::each(const std::function<void(Session&)>& visit) {
    // By id: a visit may retire the session that it is given, or another one.
    std::vector<uint64_t> ids;
    for (const auto& each : sessions_) ids.push_back(each->kernel_id);
    for (uint64_t id : ids) {
        if (Session* each = find_kernel_id(id)) visit(*each);
    }
}

void Registry::each_over(const std::function<void(Session&)>& visit) {
    for (const auto& each : over_) visit(*each);
}

}  // namespace remit::session
