// Approvals that a person is asked for.
#include "daemon/questions.h"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/uuid.h"
#include "daemon/approvers.h"
#include "policy/names.h"

namespace remit::daemon {

namespace {

// Answered approvals are kept for the records of the crossings that waited for them.
constexpr uint64_t kKeptNs = 600 * kSecondNs;
// After a no, the same question is not put again for this long: a loop in a session must not wear a person down.
constexpr uint64_t kNoAgainNs = 60 * kSecondNs;
// An exec that was held reaches the kernel's hook shortly after its answer.
constexpr uint64_t kExecSlackNs = kSecondNs;
// Open at a time for one session; further ones are refused without being asked.
constexpr size_t kMaxOpen = 64;
// Shorter prefixes of ids that sort by time are the same for all questions of an hour.
constexpr size_t kShortestPrefix = 8;

Terms terms_of(const policy::Approval& given, const std::string& reason) {
    using Scope = policy::Approval::Scope;
    return {given.scope == Scope::kTimed ? given.lasts_ns : 0, given.scope == Scope::kOnce ? 1U : 0U, reason};
}

policy::Approval asked_for(const policy::Policy& policy, uint16_t tool, uint16_t rule) {
    const policy::Approval* approval = policy.find_approval(tool, rule);
    return approval ? *approval : policy::Approval{.wait_ns = policy::kDefaultApprovalWaitNs};
}

// From what the kernel saw, never from the agent's words; a program's own name is marked as such.
std::string text_of(const session::Session& session, const remit_event& event, const std::string& object) {
    const policy::Policy& policy = session.policy->policy;
    std::string text = "session " + session.id + " (policy " + policy.name + ")";
    text += event.crossing == REMIT_EXEC ? " wants to run " : " wants to reach ";
    text += object + " with tool " + policy::tool_name(policy, event.tool);
    text += "; process " + std::to_string(event.pid) + " of uid " + std::to_string(event.uid);
    text += "; by " + policy::rule_text(policy, event.tool, event.rule, event.reason);
    const policy::Approval asked = asked_for(policy, event.tool, event.rule);
    if (!asked.by.empty()) text += "; " + asked.by + " answers";
    return text + "; a yes holds " + policy::scope_words(asked);
}

}  // namespace

Questions::Questions(kernel::Kernel& kernel, session::Lifecycle& sessions, Recorder& recorder)
    : kernel_(kernel), sessions_(sessions), recorder_(recorder) {}

void Questions::on_event(const remit_event& event) {
    session::Session* session = sessions_.registry().find_kernel_id(event.session);
    if (!session || !is_sound(event)) return;
    if (event.effect == REMIT_DROPPED && event.protocol == IPPROTO_TCP) sessions_.end_refused_sockets(*session);
    if (event.verdict != REMIT_PENDING) return;
    const bool question = event.flags & REMIT_EVENT_QUESTION;
    if (event.reason == REMIT_REASON_UNKNOWN && event.crossing == REMIT_EXEC && question) resolve_program(event, *session);
    if (event.reason == REMIT_REASON_UNKNOWN && event.crossing == REMIT_UNIX && question) resolve_unix(event, *session);
    if (event.reason == REMIT_REASON_APPROVAL && event.mode == REMIT_ENFORCE && event.effect != REMIT_PASSED) ask_person(*session, event);
}

void Questions::resolve_unix(const remit_event& event, session::Session& session) {
    session::UnixQuestion question;
    question.file = event.file;
    question.name.assign(event.path, std::min<size_t>(event.path_bytes, sizeof event.path));
    question.peer = event.peer;
    question.peer_pid = static_cast<pid_t>(event.peer_pid);
    // What cannot be found out stays unknown, and is refused.
    (void)sessions_.unix_sockets().learn(*session.policy, *session.root, question);
}

Approval* Questions::find(uint64_t session, uint16_t tool) {
    for (auto at = approvals_.rbegin(); at != approvals_.rend(); ++at) {
        if ((*at)->session == session && (*at)->tool == tool && !(*at)->requested) return at->get();
    }
    return nullptr;
}

Approval* Questions::ask_person(session::Session& session, const remit_event& event) {
    const uint64_t now = boot_ns();
    if (Approval* known = find(session.kernel_id, event.tool)) {
        if (known->answer == Approval::Answer::kOpen) return known;
        // Told late: the answer came in between, and the crossing is tried again by whoever made it.
        if (known->answer == Approval::Answer::kApproved && event.boot_ns <= known->answered_ns) return nullptr;
        if (known->answer == Approval::Answer::kRejected && now - known->answered_ns < kNoAgainNs) return nullptr;
    }
    const auto open_ones = std::count_if(approvals_.begin(), approvals_.end(), [&](const auto& each) {
        return each->session == session.kernel_id && each->answer == Approval::Answer::kOpen;
    });
    if (static_cast<size_t>(open_ones) >= kMaxOpen) return nullptr;
    EventContext context;
    context.file_path = recorder_.path_of(session, event.file);
    const policy::Policy& policy = session.policy->policy;
    auto approval = std::make_unique<Approval>();
    approval->id = new_uuid();
    approval->session = session.kernel_id;
    approval->tool = event.tool;
    approval->tool_name = policy::tool_name(policy, event.tool);
    approval->text = text_of(session, event, object_text(record_of(event, context).object));
    approval->asked_at = format_time(wall_ns());
    approval->asked_ns = now;
    approval->asked_for = asked_for(policy, event.tool, event.rule);
    approval->deadline_ns = now + approval->asked_for.wait_ns;
    recorder_.approval_asked(event, approval->id, approval->text);
    approvals_.push_back(std::move(approval));
    return approvals_.back().get();
}

std::optional<Asked> Questions::find_asked(const remit_event& event) const {
    for (auto at = approvals_.rbegin(); at != approvals_.rend(); ++at) {
        const Approval& each = **at;
        if (each.session != event.session || each.tool != event.tool || each.requested) continue;
        if (event.verdict == REMIT_PENDING && event.reason == REMIT_REASON_APPROVAL) return Asked{each.id, false};
        if (each.answer == Approval::Answer::kRejected && event.verdict == REMIT_DENY && event.reason == REMIT_REASON_APPROVAL)
            return Asked{each.id, true};
        const uint64_t began_ns = event.boot_ns - std::min<uint64_t>(event.latency_ns, event.boot_ns);
        const uint64_t slack_ns = event.crossing == REMIT_EXEC ? kExecSlackNs : 0;
        if (each.answer == Approval::Answer::kApproved && event.verdict == REMIT_ALLOW && began_ns <= each.answered_ns + slack_ns)
            return Asked{each.id, true};
        return std::nullopt;
    }
    return std::nullopt;
}

std::vector<const Approval*> Questions::open() const {
    std::vector<const Approval*> found;
    for (const auto& each : approvals_) {
        if (each->answer == Approval::Answer::kOpen) found.push_back(each.get());
    }
    return found;
}

Result<Approval*> Questions::find_open(const std::string& id) {
    std::vector<Approval*> found;
    for (const auto& each : approvals_) {
        if (each->id == id || (id.size() >= kShortestPrefix && each->id.starts_with(id))) found.push_back(each.get());
    }
    if (found.empty()) return Error{Code::kMissing, "no question " + id, "remit pending lists those that are open"};
    if (found.size() > 1) return Error{Code::kUsage, id + " names more than one question", "write more of the id"};
    if (found.front()->answer != Approval::Answer::kOpen)
        return Error{Code::kRefused, "question " + found.front()->id + " was answered already",
                     "it is asked again when the crossing is tried again"};
    return found.front();
}

Result<const Approval*> Questions::answer(const std::string& id, const Decision& decision, const session::Actor& actor) {
    auto approval = find_open(id);
    if (!approval) return std::move(approval).error();
    const session::Session* session = sessions_.registry().find_kernel_id((*approval)->session);
    if (!session) return Error{Code::kRefused, "the session of question " + (*approval)->id + " is over", ""};
    if (decision.approve) {
        if (auto may = may_approve(*session, (*approval)->asked_for.by, actor); !may) return std::move(may).error();
    }
    if (auto closed = close(**approval, decision, &actor); !closed) return std::move(closed).error();
    return *approval;
}

// A yes that the kernel could not be told is none: the question stays open.
Result<void> Questions::close(Approval& approval, const Decision& decision, const session::Actor* actor) {
    session::Session* session = sessions_.registry().find_kernel_id(approval.session);
    const policy::Approval given = decision.given.value_or(approval.asked_for);
    if (session) {
        if (auto done = take_effect(*session, approval, decision, actor); !done) return done;
    }
    approval.answer = decision.approve ? Approval::Answer::kApproved : Approval::Answer::kRejected;
    approval.answered_ns = boot_ns();
    if (session) {
        const Recorder::Decided answered{approval.id, approval.tool_name, decision.approve, given, decision.reason};
        recorder_.approval_answered(*session, answered, actor);
    }
    answer_waiting(approval, decision, actor);
    for (const Approval::Asker& each : std::exchange(approval.askers, {})) each.tell(approval);
    return {};
}

Result<void> Questions::take_effect(session::Session& session, const Approval& approval, const Decision& decision,
                                    const session::Actor* actor) {
    if (approval.requested) {
        if (!decision.approve || !actor) return {};
        return grant_(session, approval.tool_name, terms_of(decision.given.value_or(approval.asked_for), decision.reason), *actor);
    }
    if (decision.approve) return sessions_.approve(session, approval.tool, decision.given.value_or(approval.asked_for));
    sessions_.reject(session, approval.tool);
    return {};
}

void Questions::answer_waiting(Approval& approval, const Decision& decision, const session::Actor* actor) {
    session::Session* session = sessions_.registry().find_kernel_id(approval.session);
    const auto waiting = std::exchange(approval.waiting, {});
    for (const Approval::Waiting& each : waiting) {
        ExecVerdict verdict;
        if (!session) {
            each.reply(verdict);  // the kernel refuses it
            continue;
        }
        remit_ask asked{};
        remit_toolset toolset{};
        verdict = judge(*session, each.exec, asked, toolset);
        if (verdict.held) {
            verdict = refuse(*session, asked);
            verdict.text += decision.approve ? "" : actor ? " (a person said no)" : " (nobody answered in time)";
        }
        each.reply(verdict);
    }
}

void Questions::withdraw(uint64_t key) {
    for (const auto& each : approvals_) std::erase_if(each->waiting, [&](const Approval::Waiting& waiting) { return waiting.key == key; });
}

void Questions::on_time(uint64_t now_ns) {
    for (size_t i = 0; i < approvals_.size(); i++) {
        Approval& each = *approvals_[i];
        if (each.answer == Approval::Answer::kOpen && (now_ns >= each.deadline_ns || !sessions_.registry().find_kernel_id(each.session)))
            (void)close(each, {.approve = false, .reason = "nobody answered in time"}, nullptr);
    }
    for (const auto& each : approvals_) {
        if (each->answer != Approval::Answer::kRejected || now_ns - each->answered_ns < kNoAgainNs ||
            find(each->session, each->tool) != each.get())
            continue;
        if (session::Session* session = sessions_.registry().find_kernel_id(each->session))
            sessions_.forget_rejection(*session, each->tool);
    }
    std::erase_if(approvals_,
                  [&](const auto& each) { return each->answer != Approval::Answer::kOpen && now_ns - each->answered_ns > kKeptNs; });
}

}  // namespace remit::daemon
