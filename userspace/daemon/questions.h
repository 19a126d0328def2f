// Questions: programs that the kernel has not seen (answered here at once), and approvals that a person is asked for (answered by
// `remit approve`, or by silence). Decides nothing itself: it teaches the kernel and asks it again. Owned by daemon/service.h.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/event.h"
#include "daemon/recorder.h"
#include "kernel/kernel.h"
#include "session/files.h"
#include "session/lifecycle.h"

namespace remit::daemon {

// An execve that a keeper holds.
struct HeldExec {
    uint64_t session = 0;  // kernel id
    pid_t tid = 0;         // in the daemon's pid namespace
    session::ExecName name;
    uint64_t held_ns = 0;  // boot time
};

// error 0: let it go on. held: not final, a person is asked.
struct ExecVerdict {
    int error = 0;
    bool cacheable = false;
    uint32_t generation = 0;
    std::string text;
    bool held = false;
    uint64_t wait_ns = 0;
};
using Reply = std::function<void(const ExecVerdict&)>;

// An approval that was asked for.
struct Approval {
    struct Waiting {
        uint64_t key = 0;  // of the caller, for withdraw
        HeldExec exec;
        Reply reply;
    };
    // Who asked for a tool and waits to be told.
    struct Asker {
        uint64_t connection = 0;
        std::function<void(const Approval&)> tell;
    };
    enum class Answer { kOpen, kApproved, kRejected };

    std::string id;
    uint64_t session = 0;  // kernel id
    uint16_t tool = 0;
    std::string tool_name;
    policy::Approval asked_for{};  // what the grant says: by whom, for how long, until when
    std::string text;              // of kernel facts
    std::string asked_at;
    uint64_t asked_ns = 0;
    uint64_t deadline_ns = 0;
    Answer answer = Answer::kOpen;
    uint64_t answered_ns = 0;
    std::vector<Waiting> waiting;

    bool requested = false;  // an agent asked for the tool: a yes is an operator's grant
    std::vector<Asker> askers;
};

// For how long, how often, and why an operator grants a tool.
struct Terms {
    uint64_t lasts_ns = 0;  // 0: to the session's end
    uint32_t uses = 0;      // 0: no limit
    std::string reason;
};

// What an agent says when it asks for a tool.
struct ToolWish {
    std::string tool;
    std::string reason;     // its own words
    uint64_t lasts_ns = 0;  // 0: for the rest of the session
};

// What a person answers. given: for how long, instead of what the grant says.
struct Decision {
    bool approve = false;
    std::optional<policy::Approval> given{};
    std::string reason{};
};

class Questions {
public:
    Questions(kernel::Kernel& kernel, session::Lifecycle& sessions, Recorder& recorder);

    // A question of the kernel, or a final crossing that is pending.
    void on_event(const remit_event& event);
    // Answers now or, when a person has to be asked, first with `held` and then once more. key: names it for withdraw().
    void on_held_exec(uint64_t key, const HeldExec& exec, const Reply& reply);
    void withdraw(uint64_t key);

    using Grant = std::function<Result<void>(session::Session&, const std::string& tool, const Terms&, const session::Actor&)>;
    void grant_by(Grant grant) { grant_ = std::move(grant); }
    // tool_requests.cc: the question that an agent's wish is, whether it is open already or new; nothing: the session has the tool.
    // kRefused: it was answered with no a moment ago, too much is open, or no person may give it.
    Result<Approval*> ask_for_tool(session::Session& session, const ToolWish& wish, const session::Actor& actor);
    // One that a connection asks for is told to it once, when it is answered; of each question one a connection.
    static void tell_when_answered(Approval& approval, Approval::Asker asker);
    void forget_asker(uint64_t connection);

    // The approval that a crossing waited for, if it did.
    std::optional<Asked> find_asked(const remit_event& event) const;
    std::vector<const Approval*> open() const;
    // By id or unique prefix. Anybody who got here may say no; a yes is for those whom may_approve() names.
    Result<const Approval*> answer(const std::string& id, const Decision& decision, const session::Actor& actor);
    // Silence is a refusal; the approvals of sessions that are over are dropped.
    void on_time(uint64_t now_ns);

private:
    void resolve_program(const remit_event& event, session::Session& session);
    void resolve_unix(const remit_event& event, session::Session& session);
    bool learn_from(const remit_event& event, session::Session& session, pid_t seen_by);
    ExecVerdict judge(session::Session& session, const HeldExec& exec, remit_ask& asked, remit_toolset& toolset);
    ExecVerdict refuse(const session::Session& session, const remit_ask& asked) const;
    // Nothing when a person refused this tool just now.
    Approval* ask_person(session::Session& session, const remit_event& event);
    Approval* find(uint64_t session, uint16_t tool);
    Approval* find_requested(uint64_t session, uint16_t tool);
    Result<void> take_effect(session::Session& session, const Approval& approval, const Decision& decision, const session::Actor* actor);
    Result<Approval*> find_open(const std::string& id);
    Result<void> close(Approval& approval, const Decision& decision, const session::Actor* actor);
    void answer_waiting(Approval& approval, const Decision& decision, const session::Actor* actor);

    kernel::Kernel& kernel_;
    session::Lifecycle& sessions_;
    Recorder& recorder_;
    Grant grant_;
    std::deque<std::unique_ptr<Approval>> approvals_;  // open, and answered lately
};

}  // namespace remit::daemon
