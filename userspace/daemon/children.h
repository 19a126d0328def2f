// What a session may start below itself, and how much: an agent asks, and its own policies are nobody's but its own. Used by
// daemon/control.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>

#include "policy/source.h"
#include "session/policies.h"
#include "session/registry.h"

namespace remit::daemon {

class Children {
public:
    // A line's, however deep.
    static constexpr size_t kMaxBelow = 64;
    // Of one that the agent wrote: the daemon reads it while others wait.
    static constexpr size_t kMaxOwnBytes = 16 * 1024;
    // Of different ones in a line's life: each is kept, as records name it.
    static constexpr size_t kMaxOwn = 64;

    explicit Children(session::Registry& registry) : registry_(registry) {}

    // Before it is read: a policy that nobody installed. kRefused: too large, or one too many.
    Result<void> may_bring(session::Session& parent, const policy::Source& source);
    // brought: it is neither installed nor the parent's. kNotPermitted where no `child` of the policies above means it, kRefused where
    // the line is full.
    Result<void> may_start(session::Session& parent, const session::LoadedPolicy& policy, bool brought);

private:
    session::Registry& registry_;
    std::unordered_map<uint64_t, std::set<std::string>> brought_;  // by the line's topmost: SHA-256
};

}  // namespace remit::daemon
