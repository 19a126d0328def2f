// A policy within others: what a session below another may do under a policy of its own. The tools, grants and numbers stay those of the
// policy above, so that the kernel decides for the whole line at once; an object that the policy below does not grant carries a bar.
// Usable by everyone above policy/.
#pragma once

#include <memory>

#include "base/result.h"
#include "policy/model.h"

namespace remit::policy {

// The policy above, within the one below, whose name it takes. Of the two the stricter mode, lifetime and switches hold. kRefused: the one
// below has grants with conditions, or denies with `after`: those are kept by tools' numbers, which are those of the policy above.
Result<Policy> narrow(Policy above, std::shared_ptr<const Policy> below);

// SHA-256 of the policy that the session was started with.
inline const std::string& identity_of(const Policy& policy) {
    return policy.within.empty() ? policy.identity : policy.within.back()->identity;
}

// enum remit_reason: why a policy of Policy::within gives nothing away of the object for which it has this toolset; 0: it grants it.
uint32_t bar_of(const Policy& within, const remit_toolset& toolset);

// Bars the toolset of an object, unless every policy within which this one holds grants the object. under: the toolset for it in one of
// them.
template <typename Under>
void bar(const Policy& policy, remit_toolset& toolset, Under under) {
    for (const auto& within : policy.within)
        if (toolset.bar == 0) toolset.bar = bar_of(*within, under(*within));
}

}  // namespace remit::policy
