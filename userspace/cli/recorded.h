// A trail's crossings for policy/: what its JSON lines say of objects, sessions and answers. Used by the verbs that judge or learn from a
// trail.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/cli.h"
#include "policy/recorded.h"

namespace remit::cli {

struct RecordedSession {
    std::string id, name, mode, policy;
    uint64_t boot_ns = 0;
};

// Called in the order of the trail; each may be empty.
struct OnRecorded {
    std::function<void(const RecordedSession&)> start{};
    std::function<void(const policy::Recorded&, const RecordedSession&)> crossing{};
    std::function<void(const std::string& session, uint64_t boot_ns, const std::string& tool)> approved{};
};

// What the object of a crossing's line was, and who reached for it.
policy::Recorded recorded_of(const nlohmann::json& line);

// Final crossings only. session: the beginning of an id, or a name; empty: all.
Result<void> read_recorded(const std::vector<std::string>& paths, const std::string& session, const OnRecorded& on);

}  // namespace remit::cli
