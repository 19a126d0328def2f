// A record of the trail as an event of the Open Cybersecurity Schema Framework (https://schema.ocsf.io). Pure.
#pragma once

#include <nlohmann/json.hpp>

namespace remit::cli {

// Version 1.8.0: Process Activity (1007) for exec, Network Activity (4001) for every other crossing, Authorize Session (3003) for what
// gives or takes a session's authority, Detection Finding (2004) for what should not have been tried and for gaps, API Activity (6003) for
// the rest; all with the profile security_control. The record as it is stands in `unmapped`.
nlohmann::json ocsf_of(const nlohmann::json& record);

}  // namespace remit::cli
