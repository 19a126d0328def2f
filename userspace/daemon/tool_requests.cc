// Tools that agents ask for: questions that no crossing raised. The text says what the kernel knows; the agent's words are marked as its
// own.
#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "daemon/approvers.h"
#include "daemon/questions.h"
#include "policy/names.h"

namespace remit::daemon {

namespace {

// Open at a time for one session.
constexpr size_t kMaxRequested = 4;
// After a no or silence, the same tool is not asked for again for this long.
constexpr uint64_t kNotAgainNs = 600 * kSecondNs;
// A person reads it in a table.
constexpr size_t kMaxReasonBytes = 200;

// Quoted, and nothing in it ends the quotation.
std::string quoted(const std::string& reason) {
    std::string text = printable(std::string_view(reason).substr(0, kMaxReasonBytes));
    std::ranges::replace(text, '"', '\'');
    return "\"" + text + (reason.size() > kMaxReasonBytes ? "…\"" : "\"");
}

policy::Approval asked_for(const policy::Policy& policy, uint16_t tool, const ToolWish& wish) {
    policy::Approval asked{.wait_ns = policy::kDefaultApprovalWaitNs};
    if (wish.lasts_ns != 0) {
        asked.scope = policy::Approval::Scope::kTimed;
        asked.lasts_ns = wish.lasts_ns;
    }
    for (const policy::Grant& grant : policy.grants)
        if (grant.tool == tool && grant.approval && asked.by.empty()) asked.by = grant.approval->by;
    return asked;
}

std::string text_of(const session::Session& session, const Approval& approval, const ToolWish& wish, const session::Actor& actor) {
    std::string text = "session " + session.id + " (policy " + session.policy->policy.name + ") asks for tool " + approval.tool_name;
    text += "; process " + std::to_string(actor.pid) + " of uid " + std::to_string(actor.uid);
    if (!approval.asked_for.by.empty()) text += "; " + approval.asked_for.by + " answers";
    text += "; a yes holds " + policy::scope_words(approval.asked_for);
    return text + (wish.reason.empty() ? "" : "; the agent says " + quoted(wish.reason));
}

// By an operator, for a time that is not over; a grant of some uses may be used up, and does not count.
bool was_given(const session::Session& session, const std::string& tool, uint64_t now_ns) {
    return session.own && std::ranges::any_of(session.own->grants, [&](const session::OperatorGrant& grant) {
               return grant.tool == tool && grant.max_uses == 0 && (grant.until_ns == 0 || now_ns - session.start_ns < grant.until_ns);
           });
}

Result<uint16_t> find_tool(const session::Session& session, const std::string& name) {
    const policy::Policy& policy = session.policy->policy;
    const int tool = policy.find_tool(name);
    if (tool < 0)
        return Error{Code::kMissing, "policy " + policy.name + " has no tool \"" + printable(name) + "\"", "remit whoami lists its tools"};
    if (policy::standing_of(policy, static_cast<uint16_t>(tool)) == "denied")
        return Error{Code::kRefused, "a deny of policy " + policy.name + " takes the tool \"" + name + "\" away, and beats every grant",
                     "the author of the policy has to lift it"};
    return static_cast<uint16_t>(tool);
}

}  // namespace

Approval* Questions::find_requested(uint64_t session, uint16_t tool) {
    for (auto at = approvals_.rbegin(); at != approvals_.rend(); ++at) {
        if ((*at)->session == session && (*at)->tool == tool && (*at)->requested) return at->get();
    }
    return nullptr;
}

Result<Approval*> Questions::ask_for_tool(session::Session& session, const ToolWish& wish, const session::Actor& actor) {
    if (session.state != session::State::kArmed)
        return Error{Code::kRefused, "the session is " + std::string(session::state_name(session.state)), "start a new session"};
    if (auto may = may_be_given(session); !may) return std::move(may).error();
    auto tool = find_tool(session, wish.tool);
    if (!tool) return std::move(tool).error();
    const policy::Policy& policy = session.policy->policy;
    const uint64_t now = boot_ns();
    if (policy::standing_of(policy, *tool) == "granted" || was_given(session, wish.tool, now)) return static_cast<Approval*>(nullptr);
    Approval* known = find_requested(session.kernel_id, *tool);
    if (known && known->answer == Approval::Answer::kOpen) return known;
    if (known && known->answer == Approval::Answer::kRejected && now - known->answered_ns < kNotAgainNs)
        return Error{Code::kRefused, "tool " + wish.tool + " was asked for and not given",
                     "ask again in " + format_duration((kNotAgainNs - (now - known->answered_ns)) / kSecondNs * kSecondNs + kSecondNs)};
    const auto open_ones = std::ranges::count_if(approvals_, [&](const auto& each) {
        return each->session == session.kernel_id && each->requested && each->answer == Approval::Answer::kOpen;
    });
    if (static_cast<size_t>(open_ones) >= kMaxRequested)
        return Error{Code::kRefused, "the session asks for " + std::to_string(open_ones) + " tools already", "wait for their answers"};
    auto approval = std::make_unique<Approval>();
    approval->id = new_uuid();
    approval->requested = true;
    approval->session = session.kernel_id;
    approval->tool = *tool;
    approval->tool_name = policy::tool_name(policy, *tool);
    approval->asked_for = asked_for(policy, *tool, wish);
    approval->text = text_of(session, *approval, wish, actor);
    approval->asked_at = format_time(wall_ns());
    approval->asked_ns = now;
    approval->deadline_ns = now + approval->asked_for.wait_ns;
    recorder_.tool_requested(session, approval->id, approval->tool_name, approval->text, actor);
    approvals_.push_back(std::move(approval));
    return approvals_.back().get();
}

void Questions::tell_when_answered(Approval& approval, Approval::Asker asker) {
    std::erase_if(approval.askers, [&](const Approval::Asker& each) { return each.connection == asker.connection; });
    approval.askers.push_back(std::move(asker));
}

void Questions::forget_asker(uint64_t connection) {
    for (const auto& each : approvals_)
        std::erase_if(each->askers, [&](const Approval::Asker& asker) { return asker.connection == connection; });
}

}  // namespace remit::daemon
