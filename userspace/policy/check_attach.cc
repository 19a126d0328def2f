// Which cgroups the policy is for. What the host says about them (the daemon's own cgroup, other policies) is the installing one's to ask.
#include "policy/attach.h"
#include "policy/draft.h"

namespace remit::policy {
namespace {

constexpr int kMaxGlobs = 64;

void check_glob(Draft& draft, const std::string& text, Position position) {
    Result<Pattern> pattern = parse_pattern(text);
    if (!pattern) return draft.error(position, "bad-attach", pattern.error().message, pattern.error().hint);
    if (text.ends_with("/**"))
        return draft.error(position, "bad-attach", "\"" + text + "\" means cgroups of every depth",
                           "end it with /*: whatever lies below a bound cgroup is its session's");
    if (fixed_folder(*pattern) == "/")
        return draft.error(position, "bad-attach", "\"" + text + "\" stands for cgroups right below the root, where the host's own are",
                           "name the folder above them: \"/agents.slice/*\"");
    for (const Attach& each : draft.policy.attaches) {
        if (each.pattern.text == text)
            return draft.error(position, "duplicate-attach", "\"" + text + "\" stands in " + shown(draft, each.position) + " already",
                               "leave one of them out");
    }
    draft.policy.attaches.push_back({*std::move(pattern), position});
}

}  // namespace

void check_attaches(Draft& draft) {
    const pb::Policy& policy = draft.files[0]->policy;
    const Place place = draft.root(0);
    if (policy.attach_size() > kMaxGlobs)
        return draft.error(place.at("attach", kMaxGlobs), "bad-attach", "a policy has at most 64 attach globs", "use more stars");
    for (int i = 0; i < policy.attach_size(); i++) {
        const Place each = place.in("attach", i);
        check_glob(draft, policy.attach(i).cgroup(), policy.attach(i).has_cgroup() ? each.at("cgroup") : each.here());
    }
}

}  // namespace remit::policy
