#include "daemon/children.h"

#include <algorithm>
#include <string>

#include "policy/tables.h"

namespace remit::daemon {

Result<void> Children::may_bring(session::Session& parent, const policy::Source& source) {
    size_t bytes = 0;
    for (const policy::SourceFile& file : source.files) bytes += file.name.size() + file.bytes.size();
    if (bytes > kMaxOwnBytes)
        return Error{Code::kRefused, "a policy that a session brings has at most " + std::to_string(kMaxOwnBytes) + " bytes",
                     "have it installed: remit policy install"};
    std::erase_if(brought_, [&](const auto& each) { return !registry_.find_kernel_id(each.first); });
    auto& known = brought_[registry_.topmost(parent).kernel_id];
    const std::string identity = policy::identity(source);
    if (known.size() >= kMaxOwn && !known.contains(identity))
        return Error{Code::kRefused, "this line of sessions brought " + std::to_string(kMaxOwn) + " policies already",
                     "use one of them again"};
    known.insert(identity);
    return {};
}

// The policy of the session next above names theirs; that of each above bounds how deep they lie.
Result<void> Children::may_start(session::Session& parent, const session::LoadedPolicy& loaded, bool brought) {
    const std::string& name = loaded.policy.name;
    const policy::Policy& above = parent.policy->policy;
    // A name means what an operator installed under it.
    const auto means = [&](const policy::Child& child) { return child.policy.empty() || (child.policy == name && !brought); };
    if (std::ranges::none_of(above.children, means)) {
        const bool named = std::ranges::find(above.children, name, &policy::Child::policy) != above.children.end();
        if (named)
            return Error{Code::kNotPermitted, "policy " + above.name + " means the installed policy " + name + ", and this is another",
                         "remit run --policy " + name};
        return Error{Code::kNotPermitted,
                     "policy " + above.name +
                         (above.children.empty() ? " has no child: its sessions start none" : " has no child of policy " + name),
                     "its author writes `child { policy: \"" + name + "\" }`"};
    }
    uint32_t depth = 0;
    for (const session::Session* each = &parent; each; each = registry_.find_kernel_id(each->parent)) {
        const uint32_t most = std::ranges::max(each->policy->policy.children, {}, &policy::Child::depth).depth;
        if (++depth > most)
            return Error{Code::kNotPermitted,
                         "policy " + each->policy->policy.name + " lets sessions lie " + std::to_string(most) + " deep",
                         "its author writes `child { depth: … }`"};
    }
    const session::Session& top = registry_.topmost(parent);
    size_t zones = 0, ports = 0, others = 0;
    for (const session::Session* each : registry_.below(top)) {
        if (each->state == session::State::kEnded) continue;
        others++;
        if (!each->own || each->own->within.empty()) continue;
        zones += each->policy->tables.zones.size();
        ports += each->policy->tables.ports.size();
    }
    if (others >= kMaxBelow)
        return Error{Code::kRefused, std::to_string(others) + " sessions lie below " + top.id + " already", "let one of them end"};
    if (zones + parent.policy->tables.zones.size() > policy::kMaxZones || ports + parent.policy->tables.ports.size() > policy::kMaxPorts)
        return Error{Code::kRefused, "the sessions below " + top.id + " take all the room in the kernel that a policy may take",
                     "start them under its own policy, which takes none"};
    return {};
}

}  // namespace remit::daemon
