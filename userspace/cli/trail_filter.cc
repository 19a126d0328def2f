#include "cli/trail_filter.h"

#include "base/clock.h"
#include "cli/render.h"

namespace remit::cli {

Result<void> TrailFilter::settle() {
    if (since.empty()) return {};
    if (auto time = parse_time(since)) {
        filter.since = format_time(*time);
        return {};
    }
    if (auto ago = parse_duration(since)) {
        filter.since = format_time(wall_ns() - std::min(*ago, wall_ns()));
        return {};
    }
    return Error{Code::kUsage, "--since " + since + " is neither a time nor a duration", "write it as 30m, or 2026-11-24T09:31:02Z"};
}

bool TrailFilter::takes(const nlohmann::json& record) const {
    return trail::matches(record, filter) && (!refused || refusal_of(record));
}

void add_trail_filter(CLI::App& verb, TrailFilter& filter) {
    verb.add_option("--session", filter.filter.session, "The beginning of a session's id, or its name");
    verb.add_option("--kind", filter.filter.kind, "crossing, session_start, policy_loaded …");
    verb.add_option("--crossing", filter.filter.crossing, "exec, connect, send");
    verb.add_option("--tool", filter.filter.tool, "Only of this tool");
    verb.add_option("--reason", filter.filter.reason, "ONLY_AFTER, NO_TOOL …");
    verb.add_option("--effect", filter.filter.effect, "passed, refused, held, killed, dropped");
    verb.add_option("--since", filter.since, "30m, or a time");
    verb.add_flag("--refused", filter.refused, "Only what was refused or held");
}

}  // namespace remit::cli
