// Programs that the kernel has not seen: found by the name that the task gave, taught to the kernel, and asked about again.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "api/refusal.h"
#include "base/clock.h"
#include "base/words.h"
#include "daemon/process.h"
#include "daemon/questions.h"
#include "policy/names.h"
#include "session/cgroup.h"

namespace remit::daemon {

namespace {

template <size_t N>
void copy_text(char (&to)[N], const std::string& from) {
    const size_t length = std::min(from.size(), N - 1);
    std::memcpy(to, from.data(), length);
    to[length] = 0;
}

remit_ask ask_of(const session::Session& session, const HeldExec& exec, const ProcessFacts& facts) {
    remit_ask ask{};
    ask.session = session.kernel_id;
    ask.slot = session.slot;
    ask.task_start_ns = facts.start_ns;
    ask.boot_ns = exec.held_ns != 0 ? exec.held_ns : boot_ns();
    ask.pid = static_cast<uint32_t>(facts.pid);
    ask.tid = static_cast<uint32_t>(exec.tid);
    ask.ppid = static_cast<uint32_t>(facts.parent);
    ask.uid = facts.uid;
    ask.gid = facts.gid;
    copy_text(ask.comm, facts.comm);
    return ask;
}

// What the kernel would have said had it raised the question itself.
remit_event event_of(const session::Session& session, const remit_ask& ask, const remit_toolset& toolset) {
    remit_event event{};
    event.abi = REMIT_ABI_VERSION;
    event.boot_ns = boot_ns();
    event.session = ask.session;
    event.slot = ask.slot;
    event.generation = session.generation;
    event.tables = session.policy->tables_id;
    event.task_start_ns = ask.task_start_ns;
    std::copy(std::begin(toolset.covers), std::end(toolset.covers), event.covers);
    event.program = ask.program;
    event.file = ask.file;
    event.pid = ask.pid;
    event.tid = ask.tid;
    event.ppid = ask.ppid;
    event.uid = ask.uid;
    event.gid = ask.gid;
    event.tool = ask.verdict.tool;
    event.rule = ask.verdict.rule;
    event.flags = REMIT_EVENT_QUESTION;
    event.crossing = REMIT_EXEC;
    event.verdict = ask.verdict.kind;
    event.reason = ask.verdict.reason;
    event.effect = REMIT_HELD;
    event.mode = session.policy->policy.mode;
    std::memcpy(event.comm, ask.comm, sizeof event.comm);
    std::memcpy(event.path, ask.path, sizeof event.path);
    return event;
}

// The verdict cannot change while the generation stands: an unconditional grant, and no deny that could come to bite.
bool lasting(const policy::Policy& policy, const Tables& tables, const remit_ask& ask, const remit_toolset& toolset) {
    if (policy.mode != REMIT_ENFORCE) return true;
    uint64_t denied = 0;
    for (int i = 0; i < REMIT_TOOL_WORDS; i++) denied |= tables.head.denied[i] & toolset.covers[i];
    return ask.verdict.kind == REMIT_ALLOW && ask.verdict.rule == REMIT_NO_RULE && denied == 0;
}

bool same_file(const remit_file& a, const remit_file& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace

void Questions::on_held_exec(uint64_t key, const HeldExec& exec, const Reply& reply) {
    session::Session* session = sessions_.registry().find_kernel_id(exec.session);
    if (!session) return reply({});
    remit_ask asked{};
    remit_toolset toolset{};
    ExecVerdict verdict = judge(*session, exec, asked, toolset);
    if (!verdict.held) return reply(verdict);
    Approval* approval = ask_person(*session, event_of(*session, asked, toolset));
    if (!approval) {
        verdict = refuse(*session, asked);
        verdict.text += " (a person said no a moment ago)";
        return reply(verdict);
    }
    const uint64_t now = boot_ns();
    verdict.wait_ns = approval->deadline_ns > now ? approval->deadline_ns - now : 0;
    verdict.text = api::held_line("exec", asked.path, approval->tool_name, approval->id);
    approval->waiting.push_back({key, exec, reply});
    reply(verdict);
}

// held in the result: a person's approval is missing. Whatever cannot be found out is let go on: the kernel decides in any case.
ExecVerdict Questions::judge(session::Session& session, const HeldExec& exec, remit_ask& asked, remit_toolset& toolset) {
    ExecVerdict verdict;
    verdict.generation = session.generation;
    const auto facts = read_process(exec.tid);
    auto root = session::open_root_of(exec.tid);
    if (!facts || !root) return verdict;
    auto found = session::open_named(exec.tid, *root, exec.name);
    if (!found) return verdict;
    std::vector<session::FoundFile> files = session::open_chain(*root, *std::move(found));
    const size_t chain = files.size();
    if (Fd running(::open(("/proc/" + std::to_string(exec.tid) + "/exe").c_str(), O_PATH | O_CLOEXEC)); running) {
        std::string path = session::path_in_root(*root, running);
        files.push_back({std::move(running), std::move(path)});
    }
    for (session::FoundFile& each : files) each.path = session::path_in_session(*session.root, *root, each);
    auto learned = sessions_.programs().learn(*session.policy, *session.root, files);
    if (!learned) return verdict;
    asked = ask_of(session, exec, *facts);
    if (learned->size() > chain) asked.program = learned->back().file;
    // The base tier judges what is mapped in the end, the LSM tier each file on the way there.
    for (size_t i = kernel_.tier() == kernel::Tier::kLsm ? 0 : chain - 1; i < chain; i++) {
        const session::Learned& one = (*learned)[i];
        if (!one.known()) return verdict;
        asked.file = one.file;
        toolset = one.toolset;
        copy_text(asked.path,
                  one.path.empty() ? exec.name.path : one.path);  // without a path in the session, the name that the caller gave
        if (!kernel_.ask(asked)) return verdict;
        if (asked.passes) continue;
        verdict.held = asked.verdict.kind == REMIT_PENDING && asked.verdict.reason == REMIT_REASON_APPROVAL;
        return verdict.held ? verdict : refuse(session, asked);
    }
    verdict.cacheable = lasting(session.policy->policy, session.policy->tables, asked, toolset);
    return verdict;
}

ExecVerdict Questions::refuse(const session::Session& session, const remit_ask& asked) const {
    const policy::Policy& policy = session.policy->policy;
    api::Refusal refusal;
    refusal.session = session.id;
    refusal.crossing = "exec";
    refusal.object = asked.path;
    refusal.tool = policy::tool_name(policy, asked.verdict.tool);
    refusal.rule = policy::rule_text(policy, asked.verdict.tool, asked.verdict.rule, asked.verdict.reason);
    refusal.reason = reason_word(asked.verdict.reason);
    refusal.verdict = verdict_word(asked.verdict.kind);
    ExecVerdict verdict;
    verdict.error = EACCES;
    verdict.generation = session.generation;
    verdict.text = api::refusal_line(refusal);
    return verdict;
}

// The kernel refused it; the retry shall pass if a tool covers it. The task may be gone by now: then its parent, any process of the session
// and the daemon itself see the same file under that name, or the identity says that they do not.
void Questions::resolve_program(const remit_event& event, session::Session& session) {
    std::vector<pid_t> candidates{static_cast<pid_t>(event.pid), static_cast<pid_t>(event.ppid)};
    const auto processes = session::processes_below(session.cgroup);
    if (!processes.empty()) candidates.push_back(processes.front());
    candidates.push_back(::getpid());
    for (pid_t each : candidates) {
        if (learn_from(event, session, each)) return;
    }
}

bool Questions::learn_from(const remit_event& event, session::Session& session, pid_t seen_by) {
    auto root = session::open_root_of(seen_by);
    if (!root) return false;
    auto found = session::open_named(seen_by, *root, {event.path});
    if (!found) return false;
    std::vector<session::FoundFile> chain = session::open_chain(*root, *std::move(found));
    for (session::FoundFile& each : chain) each.path = session::path_in_session(*session.root, *root, each);
    auto learned = sessions_.programs().learn(*session.policy, *session.root, chain);
    if (!learned) return false;
    return std::any_of(learned->begin(), learned->end(), [&](const session::Learned& one) { return same_file(one.file, event.file); });
}

}  // namespace remit::daemon
