// What this host lets Remit hold, for the sessions that start on it: which policies it is enough for, and what their start records say.
// Used by daemon/control.h and daemon/recorder.h.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/kernel.h"
#include "policy/model.h"
#include "session/guarantees.h"
#include "trail/record.h"

namespace remit::daemon {

using Guarantees = std::vector<session::Guarantee>;

// Of the running daemon: a tier that is not used guarantees nothing.
Guarantees probe_guarantees(const kernel::Kernel& kernel, const std::string& cgroup_root);
// What the policy needs and this host does not give at all, by name; what nobody knows of counts too.
std::vector<std::string> lacks_of(const policy::Policy& policy, const Guarantees& guarantees);
// kUnsupported where something is lacking and the policy does not say `degrade: true`.
Result<void> check_needs(const policy::Policy& policy, const Guarantees& guarantees);
trail::Assurance assurance_of(const policy::Policy& policy, const Guarantees& guarantees);
// "listeners: missing (…)" for each of these that does not hold in full.
std::vector<std::string> shortfalls_among(const Guarantees& guarantees, const std::vector<std::string>& names);

}  // namespace remit::daemon
