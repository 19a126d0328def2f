// Approvals that a person is asked for.
#include "daemon/questions.h"

#include <netinet/in.h>

#include <algorithm>

#include "base/clock.h"
#include "base/uuid.h"
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

uint64_t wait_of(const policy::Policy& policy, uint16_t tool, uint16_t rule) {
    for (const policy::Grant& grant : policy.grants) {
        if (grant.tool == tool && grant.rule == rule && grant.approval_wait_ns) return *grant.approval_wait_ns;
    }
    return policy::kDefaultApprovalWaitNs;
}

// From what the kernel saw, never from the agent's words; a program's own name is marked as such.
std::string text_of(const session::Session& session, const remit_event& event, const std::string& object) {
    const policy::Policy& policy = session.policy->policy;
    std::string text = "session " + session.id + " (policy " + policy.name + ")";
    text += event.crossing == REMIT_EXEC ? " wants to run " : " wants to reach ";
    text += object + " with tool " + policy::tool_name(policy, event.tool);
    text += "; process " + std::to_string(event.pid) + " of uid " + std::to_string(event.uid);
    return text + "; by " + policy::rule_text(policy, event.tool, event.rule, event.reason);
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
        if ((*at)->session == session && (*at)->tool == tool) return at->get();
    }
    return nullptr;
}

Approval* Questions::ask_person(session::Session& session, const remit_event& event) {
    const uint64_t now = boot_ns();
    if (Approval* known = find(session.kernel_id, event.tool)) {
        if (known->answer == Approval::Answer::kOpen) return known;
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
    approval->deadline_ns = now + wait_of(policy, event.tool, event.rule);
    recorder_.approval_asked(event, approval->id, approval->text);
    approvals_.push_back(std::move(approval));
    return approvals_.back().get();
}

std::optional<Asked> Questions::find_asked(const remit_event& event) const {
    for (auto at = approvals_.rbegin(); at != approvals_.rend(); ++at) {
        const Approval& each = **at;
        if (each.session != event.session || each.tool != event.tool) continue;
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

Result<const Approval*> Questions::answer(const std::string& id, bool approve, const std::string& reason, const session::Actor& actor) {
    std::vector<Approval*> found;
    for (const auto& each : approvals_) {
        if (each->id == id || (id.size() >= kShortestPrefix && each->id.starts_with(id))) found.push_back(each.get());
    }
    if (found.empty()) return Error{Code::kMissing, "no question " + id, "remit pending lists those that are open"};
    if (found.size() > 1) return Error{Code::kUsage, id + " names more than one question", "write more of the id"};
    Approval& approval = *found.front();
    if (approval.answer != Approval::Answer::kOpen)
        return Error{Code::kRefused, "question " + approval.id + " was answered already",
                     "it is asked again when the crossing is tried again"};
    const session::Session* session = sessions_.registry().find_kernel_id(approval.session);
    if (!session) return Error{Code::kRefused, "the session of question " + approval.id + " is over", ""};
    // Root could do it anyway; anybody else who started the session needs a second person.
    if (approve && actor.uid != 0 && actor.uid == session->starter.uid)
        return Error{Code::kNotPermitted, "who started a session cannot approve for it",
                     "another member of group remit, or root, has to answer"};
    close(approval, approve, reason, &actor);
    return &approval;
}

void Questions::close(Approval& approval, bool approved, const std::string& why, const session::Actor* actor) {
    approval.answer = approved ? Approval::Answer::kApproved : Approval::Answer::kRejected;
    approval.answered_ns = boot_ns();
    auto waiting = std::move(approval.waiting);
    approval.waiting.clear();
    session::Session* session = sessions_.registry().find_kernel_id(approval.session);
    if (session) {
        if (approved)
            sessions_.approve(*session, approval.tool);
        else
            sessions_.reject(*session, approval.tool);
        recorder_.approval_answered(*session, approval.id, approval.tool_name, approved, why, actor);
    }
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
            verdict.text += approved ? "" : actor ? " (a person said no)" : " (nobody answered in time)";
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
            close(each, false, "nobody answered in time", nullptr);
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
