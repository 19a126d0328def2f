// What the naive evaluator and the product say of one crossing, in the same words. For the tests that compare them.
#pragma once

#include <netinet/in.h>

#include <cstdlib>

#include "base/words.h"
#include "policy/attribute.h"
#include "policy/names.h"
#include "policy/rules.h"
#include "policy/tables.h"
#include "unit/naive_random.h"

namespace remit::policy::testing {

constexpr uint64_t kSecond = 1'000'000'000;

inline int from_environment(const char* name, int otherwise) {
    const char* given = std::getenv(name);
    return given ? static_cast<int>(std::strtol(given, nullptr, 10)) : otherwise;
}

inline std::string show(const naive::Answer& answer) {
    return answer.verdict + " " + answer.reason + " " + answer.tool + (answer.passes ? ", passes" : "");
}

inline std::string show(const naive::Crossing& crossing) {
    using To = naive::Crossing::To;
    const std::string at = ":" + std::to_string(crossing.port) + (crossing.udp ? "/udp" : "");
    switch (crossing.to) {
        case To::kProgram:
            return "exec " + crossing.name;
        case To::kSocket:
            return "unix " + crossing.name;
        case To::kHost:
            return "connect " + crossing.name + at;
        default:
            return (crossing.to == To::kListener ? "listen " : "connect ") + naive::dotted(crossing.address) + at;
    }
}

inline naive::Answer answer_of(const Policy& policy, const remit_verdict& verdict) {
    static constexpr const char* kVerdicts[] = {"DENY", "ALLOW", "PENDING"};
    const std::string reason = verdict.reason == REMIT_GRANTED ? "" : std::string(reason_word(verdict.reason));
    return {kVerdicts[verdict.kind], reason, tool_name(policy, verdict.tool), remit_passes(&verdict, policy.mode) != 0};
}

inline Target target_of(const naive::Crossing& crossing) {
    using To = naive::Crossing::To;
    Target target{{}, static_cast<uint16_t>(crossing.port), static_cast<uint16_t>(crossing.udp ? IPPROTO_UDP : IPPROTO_TCP)};
    if (crossing.to == To::kHost)
        target.host = crossing.name;
    else
        target.address = *parse_address(naive::dotted(crossing.address));
    if (crossing.to == To::kListener) target.protocol |= REMIT_LISTENS;
    return target;
}

// What covers the object, by the policy or by the tables made of it, as a session would be told.
inline remit_toolset toolset_of(const Policy& policy, const Tables& tables, const naive::Crossing& crossing) {
    using To = naive::Crossing::To;
    switch (crossing.to) {
        case To::kProgram:
            return program_toolset(policy, expected_program(policy, crossing.name));
        case To::kSocket:
            return unix_toolset(policy, {crossing.name});
        case To::kHost:
            return attribute_endpoint(policy, target_of(crossing)).toolset;
        default:
            return find_endpoint(tables, target_of(crossing));
    }
}

}  // namespace remit::policy::testing
