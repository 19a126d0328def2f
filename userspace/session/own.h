// Tables of a session's own: its policy's, with the numbers that the session has known so far and with what operators granted it. Pure;
// used by session/lifecycle.h and session/policies.h.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "session/policies.h"
#include "session/session.h"

namespace remit::session {

// As the tables of the policy itself are.
Own own_of(const policy::Policy& policy);
// What the session's tables are to be under another policy: numbers stay, counters of the same tool's grants go on, and so do operators'
// grants of tools that are still there. Nothing: the policy's own tables will do. now: of the session, with its counters.
Result<std::optional<Own>> own_under(const policy::Policy& next, const policy::Policy& now, const Own& own);
// One more grant by an operator, whose counter is chosen here; those that are over by age_ns are left out.
void add_grant(Own& own, OperatorGrant grant, uint64_t age_ns);
// The policy as the session has it.
Result<void> apply_own(policy::Policy& policy, const Own& own);
// within: the compiled policies of own->within, in their order.
using Within = std::vector<std::shared_ptr<const policy::Policy>>;
Result<std::shared_ptr<LoadedPolicy>> compile_own(const policy::Source& source, const Writer& writer, const std::optional<Own>& own,
                                                  const Within& within = {});

}  // namespace remit::session
