// A session in user space, decided by the very code that decides in the kernel: examples and explanations run on it. No I/O, no clock of
// its own: time goes on when it is told to.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/tables.h"
#include "policy/model.h"
#include "policy/rules.h"

namespace remit::policy {

// What one crossing came to.
struct Outcome {
    remit_verdict verdict{};
    remit_toolset toolset{};
    Marks gained{};
    uint64_t uses = 0;  // taken of verdict.rule so far, this one included; 0 where they are not limited
};

class Simulation {
public:
    // Both must outlive the simulation; tables are the policy's.
    Simulation(const Policy& policy, const Tables& tables);

    // Programs and unix sockets are taken to be what the policy expects at that name: the content, and who listens.
    Outcome exec(std::string_view path);
    Outcome connect(const Target& target);
    Outcome listen(const Target& local);
    Outcome reach_unix(const std::string& name);
    // Gives nothing and takes nothing: what the name is good for is decided at the connect.
    Outcome resolve(const std::string& name) const;
    Outcome cross(const remit_toolset& toolset);
    // The object is the session's own: its loopback, its sockets.
    Outcome cross_own();

    void advance(uint64_t ns) { now_ns_ += ns; }
    // A person says yes, for as long as the tool's grant says; no; an operator grants the tool for the rest of the session.
    void approve(uint16_t tool);
    void reject(uint16_t tool) { add_mark(session_.rejected, tool); }
    void grant(uint16_t tool);
    void revoke() { session_.state = REMIT_REVOKED; }
    // From here on it is a session below the one so far, of the same policy.
    void begin_below();
    // Marks as if a crossing had given them.
    void see(uint32_t mark) { add_mark(session_.seen, mark); }

    const remit_session& session() const { return session_; }
    uint64_t age_ns() const { return now_ns_ - session_.start_ns; }
    // When and by which rules a crossing would be judged now; valid while the simulation is.
    remit_case now() const;
    // Decides and takes nothing.
    remit_verdict decide(const remit_toolset& toolset) const;

private:
    // One above: what it has left counts for those below.
    struct Above {
        remit_session session;
        std::map<uint32_t, remit_use> uses;
    };

    const remit_grant* grant_of(const remit_verdict& verdict) const;
    int left_above(const remit_grant& grant) const;
    void take(Outcome& outcome);
    static void take(const remit_verdict& verdict, const remit_grant& grant, const remit_session& session, uint64_t now_ns, remit_use& use);
    const Tables& tables() const { return own_tables_ ? *own_tables_ : tables_; }

    const Policy& policy_;
    const Tables& tables_;
    std::optional<Tables> own_tables_;  // once an operator granted something, or it is below another session
    remit_session session_{};
    std::map<uint32_t, remit_use> uses_;
    std::map<uint32_t, uint64_t> approvals_;
    std::vector<Above> above_;  // the topmost first
    remit_rules rules_;
    uint64_t now_ns_;
};

}  // namespace remit::policy
