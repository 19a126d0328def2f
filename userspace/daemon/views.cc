#include "daemon/views.h"

#include <algorithm>

#include "base/words.h"
#include "policy/names.h"
#include "policy/narrow.h"
#include "session/policies.h"

namespace remit::daemon {

namespace {

// Claims are shown and recorded everywhere; longer ones say nothing more.
constexpr size_t kMaxClaimBytes = 256;

// Below others only what is passed on counts.
std::string_view standing_of(const session::Session& session, uint16_t tool) {
    const policy::Policy& policy = session.policy->policy;
    const std::string_view standing = policy::standing_of(policy, tool);
    const auto passed_on = [&](const policy::Grant& grant) { return grant.tool == tool && grant.delegable; };
    if (session.parent == 0 || standing == "denied" || std::ranges::any_of(policy.grants, passed_on)) return standing;
    return "not granted";
}

void fill_tools(api_v1::Session& out, const session::Session& session) {
    const policy::Policy& policy = session.policy->policy;
    for (size_t i = 0; i < policy.tools.size(); i++) {
        const auto number = static_cast<uint16_t>(i);
        auto* tool = out.add_tools();
        tool->set_name(policy.tools[i].name);
        tool->set_about(policy.tools[i].about);
        tool->set_standing(std::string(standing_of(session, number)));
        for (const policy::Grant& grant : policy.grants) {
            if (grant.tool != number) continue;
            if (tool->rule().empty()) tool->set_rule(policy.rules[grant.rule].text);
            tool->add_grants(policy.rules[grant.rule].text);
        }
    }
}

}  // namespace

api_v1::Failure failure_of(const Error& error, const std::vector<policy::Diagnostic>& diagnostics) {
    api_v1::Failure failure;
    failure.set_code(static_cast<int>(error.code));
    failure.set_message(error.message);
    failure.set_hint(error.hint);
    for (const policy::Diagnostic& each : diagnostics) {
        auto* out = failure.add_diagnostics();
        out->set_file(each.file);
        out->set_line(each.position.line);
        out->set_column(each.position.column);
        out->set_warning(each.severity == policy::Severity::kWarning);
        out->set_code(each.code);
        out->set_message(each.message);
        out->set_hint(each.hint);
    }
    return failure;
}

void fill_session(api_v1::Session& out, const session::Session& session, const remit_session& counts, kernel::Tier tier,
                  const Guarantees& guarantees, uint64_t now_ns, bool tools) {
    const policy::Policy& policy = session.policy->policy;
    out.set_id(session.id);
    out.mutable_lineage()->Assign(session.lineage.begin(), session.lineage.end());
    out.set_policy(policy.name);
    out.set_policy_sha256(policy::identity_of(policy));
    out.set_attached_by(session.attached_by);
    out.mutable_claims()->set_name(session.claims.name);
    out.mutable_claims()->set_agent(session.claims.agent);
    out.mutable_claims()->set_on_behalf_of(session.claims.on_behalf_of);
    out.mutable_claims()->set_purpose(session.claims.purpose);
    out.mutable_claims()->set_task(session.claims.task);
    out.set_state(std::string(session::shown_state(session)));
    out.set_mode(std::string(mode_word(policy.mode)));
    out.set_tier(tier == kernel::Tier::kLsm ? "lsm" : "base");
    out.set_cgroup(session.cgroup);
    out.set_generation(session.generation);
    out.set_passed(counts.passed);
    out.set_refused(counts.refused);
    out.set_bytes_out(counts.bytes_out);
    out.set_bytes_in(counts.bytes_in);
    out.set_packets_out(counts.packets_out);
    out.set_packets_in(counts.packets_in);
    out.set_started(session.started_at);
    out.set_expires(session.expires_at);
    if (session.expires_ns > now_ns) out.set_remaining_ns(session.expires_ns - now_ns);
    for (const std::string& mark : policy::mark_names(policy, counts.seen)) out.add_seen(mark);
    for (const std::string& shortfall : shortfalls_of(session, tier, guarantees)) out.add_shortfalls(shortfall);
    if (tools) fill_tools(out, session);
}

std::vector<std::string> shortfalls_of(const session::Session& session, kernel::Tier tier, const Guarantees& guarantees) {
    std::vector<std::string> shortfalls;
    if (tier == kernel::Tier::kBase) {
        shortfalls.emplace_back("scripts: partial (base tier: the interpreter is judged, the script is recorded as claimed)");
        if (!session.holds_exec)
            shortfalls.emplace_back("exec errors: none (base tier without hold: a refused program is killed at its start)");
    }
    if (tier == kernel::Tier::kBase && session.origin == session::Origin::kAttach)
        shortfalls.emplace_back("families: partial (attached in the base tier: socket families beside IPv4 and IPv6 are not refused)");
    std::vector<std::string> named{"unix-sockets", "listeners"};
    if (tier == kernel::Tier::kLsm) named.emplace_back("lsm-tier");
    for (const std::string& lacked : lacks_of(session.policy->policy, guarantees)) {
        if (std::find(named.begin(), named.end(), lacked) == named.end()) named.push_back(lacked);
    }
    for (std::string& each : shortfalls_among(guarantees, named)) shortfalls.push_back(std::move(each));
    if (session.starter.uid == 0)
        for (std::string& each : shortfalls_among(guarantees, {"root-sessions"})) shortfalls.push_back(std::move(each));
    return shortfalls;
}

void fill_traffic(api_v1::Session& out, const std::vector<trail::Traffic>& traffic) {
    for (const trail::Traffic& each : traffic) {
        auto* told = out.add_traffic();
        told->set_tool(each.tool);
        told->set_protocol(each.endpoint.protocol);
        told->set_address(each.endpoint.address);
        told->set_port(each.endpoint.port);
        told->set_host(each.endpoint.host);
        told->set_listened(each.listened);
        told->set_bytes_out(each.bytes_out);
        told->set_bytes_in(each.bytes_in);
        told->set_packets_out(each.packets_out);
        told->set_packets_in(each.packets_in);
    }
}

policy::Source source_of(const api_v1::PolicySource& source) {
    policy::Source out;
    for (const auto& file : source.files()) out.files.push_back({file.name(), file.text()});
    return out;
}

session::Claims claims_of(const api_v1::Claims& claims) {
    auto cut = [](const std::string& text) { return text.substr(0, kMaxClaimBytes); };
    return {cut(claims.name()), cut(claims.agent()), cut(claims.on_behalf_of()), cut(claims.purpose()), cut(claims.task())};
}

}  // namespace remit::daemon
