// The grants that a session never used: what its policy could do without. Used by show.cc and its test.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "userspace/api/control.pb.h"

namespace remit::cli {

// Texts of grants, in the policy's order: those of tools that the session has not seen, and, of tools with several, those that are not
// among the rules which its trail names; rules empty: the trail is not known.
std::vector<std::string> unused_grants(const control::v1::Session& session, const std::set<std::string>& rules);

}  // namespace remit::cli
