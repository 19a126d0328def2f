// Recorded crossings judged again: by one policy, by the code that decides in the kernel, in the order and at the times of the record. For
// `remit policy diff --replay` and the proof of a draft. Usable by everyone above policy/.
#pragma once

#include <map>
#include <string>

#include "base/tables.h"
#include "policy/recorded.h"
#include "policy/simulate.h"

namespace remit::policy {

// What a policy says of a recorded crossing, or why it cannot be said.
struct Judged {
    remit_verdict verdict{};
    std::string words;  // "allow", "deny ONLY_AFTER"
    std::string rule;
    std::string undecided;  // not empty: the rest means nothing
};

class Replay {
public:
    // Both must outlive it.
    Replay(const Policy& policy, const Tables& tables) : policy_(policy), tables_(tables) {}

    // Boot time of a session's start; a session without one starts with its first crossing.
    void start(const std::string& session, uint64_t boot_ns);
    // A person said yes; a tool that the policy does not have is passed over.
    void approve(const std::string& session, uint64_t boot_ns, const std::string& tool);
    // One of crossing.count. `again`: the next one of the same record cannot come out otherwise.
    Judged cross(const Recorded& crossing, bool* again = nullptr);

private:
    struct Played {  // stays where it is made: a simulation points into itself
        Played(const Policy& policy, const Tables& tables, uint64_t start) : simulation(policy, tables), start_ns(start) {}
        Simulation simulation;
        uint64_t start_ns;
    };
    Simulation& at(const std::string& session, uint64_t boot_ns);

    const Policy& policy_;
    const Tables& tables_;
    std::map<std::string, Played> sessions_;
};

}  // namespace remit::policy
