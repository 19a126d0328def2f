// All sessions of the daemon and the slots that they hold in the kernel's table. Owned by session/lifecycle.h; daemon/ looks sessions up.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "session/session.h"

namespace remit::session {

class Registry {
public:
    Registry();

    // The slot that has been free for the longest time, so that a late use of an old slot number meets nobody.
    Result<uint32_t> take_slot();
    // Only when nothing in the kernel can name the slot's session any more: its cgroup is gone or empty.
    void give_back_slot(uint32_t slot);
    // At adoption: the slot is in use.
    void claim_slot(uint32_t slot);

    Session& add(std::unique_ptr<Session> session);
    // Keeps the session among the last ones that are over; its slot has been given back.
    void retire(Session& session);

    // Id, unique prefix of an id (4 characters and more), or name of exactly one session; over ones last. Says what to do when it finds
    // none.
    Result<Session*> find(const std::string& wanted);
    Session* find_kernel_id(uint64_t kernel_id);
    // One of the last ones that are over, too: records come after the end.
    Session* find_also_over(uint64_t kernel_id);
    Session* find_cgroup_id(uint64_t cgroup_id);
    // The session bound to this folder, to one above it or to one below it; those of these ids are left out.
    Session* find_overlap(const std::string& cgroup, std::span<const std::string> but = {});
    // The one that is above all others of the session's line; itself where it is below none.
    Session& topmost(Session& session);
    // Those below a session, the deepest first.
    std::vector<Session*> below(const Session& session);

    // The deepest one, not detached, that is bound to this folder or to one above it.
    Session* deepest_at(const std::string& cgroup);
    // The one that is bound to this very cgroup, detached or not.
    Session* find_bound(const std::string& cgroup, uint64_t cgroup_id);

    void each(const std::function<void(Session&)>& visit);       // those that hold a slot
    void each_over(const std::function<void(Session&)>& visit);  // the last ones that are over, oldest first
    size_t size() const { return sessions_.size(); }

private:
    std::deque<uint32_t> free_slots_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::deque<std::unique_ptr<Session>> over_;
    std::unordered_map<uint64_t, Session*> by_kernel_id_;
    std::multimap<std::string, Session*> by_cgroup_;  // detached ones may share theirs
};

}  // namespace remit::session
