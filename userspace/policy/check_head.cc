// What stands once in a policy: its name, mode, lifetime and children.
#include "policy/draft.h"

namespace remit::policy {
namespace {

void check_children(Draft& draft, const pb::Policy& policy, const Place& place) {
    for (int i = 0; i < policy.child_size(); i++) {
        const pb::Child& child = policy.child(i);
        const uint32_t depth = child.has_depth() ? child.depth() : 1;
        if (depth == 0 || depth >= REMIT_MAX_LINEAGE)
            draft.error(place.at("child", i), "bad-depth",
                        "sessions lie 1 to " + std::to_string(REMIT_MAX_LINEAGE - 1) + " below the first", "leave child out for none");
        else
            draft.policy.children.push_back({child.policy(), depth, place.at("child", i)});
    }
}

// What the policy asks of the host beyond deciding.
void check_host_wishes(Draft& draft, const pb::Policy& policy, const Place& place) {
    draft.policy.degrade = policy.degrade();
    draft.policy.strict_code = policy.strict_code();
    draft.policy.user_namespaces = policy.user_namespaces();
    draft.policy.unix_any = policy.unix() == pb::Policy::ANY;
    draft.policy.self_approve = policy.self_approve();
    if (draft.policy.unix_any)
        draft.warn(place.at("unix"), "unix-any", "on kernels that cannot judge unix sockets (before 6.7) a session reaches all of them",
                   "brokers among them: docker, D-Bus, ssh-agent; GRANTED is the default");
}

}  // namespace

void check_head(Draft& draft) {
    const pb::Policy& policy = draft.files[0]->policy;
    const Place place = draft.root(0);
    Policy& out = draft.policy;
    if (!policy.has_name()) {
        if (!place.damaged()) draft.error(place.here(), "missing-name", "the policy has no name", "begin it with name: \"…\"");
    } else if (check_name(draft, place.at("name"), "policy", policy.name())) {
        out.name = policy.name();
    }
    check_text(draft, place.at("version"), "version", policy.version());
    check_text(draft, place.at("about"), "about", policy.about());
    out.version = policy.version();
    out.about = policy.about();
    out.mode = policy.mode() == pb::Policy::ENFORCE ? REMIT_ENFORCE : policy.mode() == pb::Policy::AUDIT ? REMIT_AUDIT : REMIT_LEARN;
    const bool allows = policy.otherwise() == pb::Policy::ALLOW;
    out.otherwise = allows ? REMIT_OTHERWISE_ALLOW : REMIT_OTHERWISE_DENY;
    out.otherwise_text = std::string("otherwise ") + (allows ? "ALLOW" : "DENY") + " (" +
                         (policy.has_otherwise() ? shown(draft, place.at("otherwise")) : "the default") + ")";
    if (allows)
        draft.warn(place.at("otherwise"), "otherwise-allow", "everything that no tool covers is allowed",
                   "DENY is the default; AUDIT shows what a session would miss");
    out.refuse_on_audit_failure = policy.on_audit_failure() == pb::Policy::REFUSE;
    if (policy.has_lifetime() && check_duration(draft, place.at("lifetime"), "lifetime", policy.lifetime(), out.lifetime_ns) &&
        out.lifetime_ns == 0)
        draft.error(place.at("lifetime"), "bad-duration", "a lifetime of nothing ends every session at once", "leave it out for no end");
    check_host_wishes(draft, policy, place);
    check_children(draft, policy, place);
}

}  // namespace remit::policy
