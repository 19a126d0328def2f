// Sessions, policies and errors as messages of the control protocol. Pure but for the session's counts; used by daemon/control_*.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/assurance.h"
#include "kernel/kernel.h"
#include "policy/diagnostic.h"
#include "policy/source.h"
#include "session/session.h"
#include "trail/record.h"
#include "userspace/api/control.pb.h"

namespace remit::daemon {

namespace api_v1 = remit::control::v1;

api_v1::Failure failure_of(const Error& error, const std::vector<policy::Diagnostic>& diagnostics = {});
// now_ns: boot time. tools: with what the policy says of each.
void fill_session(api_v1::Session& out, const session::Session& session, const remit_session& counts, kernel::Tier tier,
                  const Guarantees& guarantees, uint64_t now_ns, bool tools);
// What does not hold for this session on this host, each with why.
std::vector<std::string> shortfalls_of(const session::Session& session, kernel::Tier tier, const Guarantees& guarantees);
void fill_traffic(api_v1::Session& out, const std::vector<trail::Traffic>& traffic);
policy::Source source_of(const api_v1::PolicySource& source);
session::Claims claims_of(const api_v1::Claims& claims);

}  // namespace remit::daemon
