#include "policy/replay.h"

#include "base/words.h"
#include "policy/attribute.h"
#include "policy/names.h"
#include "policy/tables.h"

namespace remit::policy {
namespace {

// The object's tools under this policy; false: why says what the record lacks for that.
bool toolset_of(const Policy& policy, const Tables& tables, const Recorded& crossing, remit_toolset& toolset, std::string& why) {
    switch (crossing.object) {
        case Recorded::Object::kProgram:
            if (!crossing.sha256 && !crossing.kinds && wants_hash(policy, {crossing.path})) {
                why = "the policy asks for the program's content, and the record does not hold it";
                return false;
            }
            toolset = program_toolset(policy, ProgramFacts{{crossing.path}, crossing.kinds, crossing.writable, crossing.sha256});
            return true;
        case Recorded::Object::kEndpoint:
        case Recorded::Object::kListener:
            toolset = find_endpoint(tables, crossing.target);
            return true;
        case Recorded::Object::kUnix:
            toolset = unix_toolset(policy, {crossing.path});
            if (!toolset.peer_endpoint) return true;
            if (crossing.peer.empty()) {
                why = "the policy asks who listens behind the socket, and the record does not say";
                return false;
            }
            if (remit_no_tool(peer_toolset(policy, toolset.peer_endpoint, {crossing.peer}).covers)) toolset = {};
            return true;
        case Recorded::Object::kSocket:
            toolset = family_toolset(policy, crossing.family, crossing.protocol);
            return true;
        default:
            why = crossing.unclear;
            return false;
    }
}

std::string words_of(const remit_verdict& verdict) {
    std::string words(verdict_word(verdict.kind));
    if (verdict.reason != REMIT_GRANTED) words += " " + std::string(reason_word(verdict.reason));
    return words;
}

}  // namespace

void Replay::start(const std::string& session, uint64_t boot_ns) {
    sessions_.try_emplace(session, policy_, tables_, boot_ns);
}

Simulation& Replay::at(const std::string& session, uint64_t boot_ns) {
    start(session, boot_ns);
    Played& played = sessions_.at(session);
    // Records of two processors may stand a little out of order: time does not go back.
    const uint64_t age = boot_ns > played.start_ns ? boot_ns - played.start_ns : 0;
    if (age > played.simulation.age_ns()) played.simulation.advance(age - played.simulation.age_ns());
    return played.simulation;
}

void Replay::approve(const std::string& session, uint64_t boot_ns, const std::string& tool) {
    if (const int number = policy_.find_tool(tool); number >= 0) at(session, boot_ns).approve(static_cast<uint16_t>(number));
}

Judged Replay::cross(const Recorded& crossing, bool* again) {
    Simulation& session = at(crossing.session, crossing.boot_ns);
    Judged judged;
    remit_toolset toolset{};
    if (crossing.object != Recorded::Object::kOwn && !toolset_of(policy_, tables_, crossing, toolset, judged.undecided)) {
        if (again) *again = true;
        return judged;
    }
    const Outcome outcome = crossing.object == Recorded::Object::kOwn ? session.cross_own() : session.cross(toolset);
    judged.verdict = outcome.verdict;
    judged.words = words_of(outcome.verdict);
    judged.rule = rule_text(policy_, outcome.verdict.tool, outcome.verdict.rule, outcome.verdict.reason);
    if (again) *again = !(outcome.verdict.flags & (REMIT_TAKES_USE | REMIT_TAKES_RATE | REMIT_TAKES_APPROVAL)) && outcome.gained == Marks{};
    return judged;
}

}  // namespace remit::policy
