// Everything that is written into the trail goes through here: crossings with their exact numbers, sessions' lives, people's acts. Keeps
// the ledger of numbers, so that records + gaps = crossings that the kernel counted. Owned by daemon/service.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "abi/event.h"
#include "daemon/assurance.h"
#include "daemon/counters.h"
#include "daemon/event_record.h"
#include "daemon/folds.h"
#include "daemon/traffic.h"
#include "kernel/kernel.h"
#include "session/names.h"
#include "session/registry.h"
#include "trail/gaps.h"
#include "trail/writer.h"

namespace remit::daemon {

// How a crossing came to its verdict, when a question was asked about it.
struct Asked {
    std::string id;
    bool answered = false;
};

class Recorder {
public:
    Recorder(trail::Writer& writer, session::Registry& registry, kernel::Tier tier, const Guarantees& guarantees);

    trail::Ledger& ledger() { return ledger_; }
    // Where records find the names of addresses.
    void know(const session::Names& names) { names_ = &names; }
    // What was answered in the look-up that the kernel recorded under this number, just now.
    void answered(uint32_t cpu, uint64_t n, std::vector<std::string> answers, std::vector<std::string> withheld);

    void crossing(const remit_event& event, const std::optional<Asked>& asked);
    // A task that was moved, or an attempt that was refused; count: how many of its kind. The single ones are synced.
    void notice(const remit_event& event, uint64_t count, const std::string& target_path, const std::string& why);
    // The question's own record, not final.
    void approval_asked(const remit_event& event, const std::string& id, const std::string& text);
    // A tool that an agent asked for; actor: the process that did.
    void tool_requested(const session::Session& session, const std::string& id, const std::string& tool, const std::string& text,
                        const session::Actor& actor);
    struct Decided {
        std::string id, tool;
        bool approved = false;
        policy::Approval given{};  // for how long
        std::string why;
    };
    void approval_answered(const session::Session& session, const Decided& answered, const session::Actor* actor);
    // A socket that had been let through was ended, because a mark made a deny with `cut` bite; gained_ns: boot time of that crossing.
    void socket_cut(const session::Session& session, const remit_stamp& stamp, uint16_t rule, uint64_t gained_ns);
    // What an operator changed in mid-session: kinds grant and config.
    struct Change {
        trail::Kind kind = trail::Kind::kConfig;
        std::string what;  // "renew", "reload"; empty for a grant
        std::string tool, rule;
        std::optional<uint64_t> uses{};
        std::optional<uint64_t> lasts_ns{};
        std::string why;
    };
    void changed(const session::Session& session, const Change& change, const session::Actor* actor);
    void session(trail::Kind kind, const session::Session& session, const session::Actor* actor, std::optional<int> exit_status = {});
    void policy(trail::Kind kind, const trail::PolicyChange& change, const session::Actor* actor);
    void software(trail::Kind kind, const trail::Software& software);
    void key(const trail::KeyChange& change);

    // The kernel's totals: what is missing for too long becomes gaps. grace 0: everything that is missing now.
    void settle(const std::vector<remit_totals>& totals, uint64_t grace_ns = trail::Ledger::kGraceNs);
    void hooks(const kernel::Kernel& kernel, bool adopted);
    // A record that the writer could not keep: its numbers are missing again.
    void lost(const trail::Record& record);
    // Repeats that have waited for a second to be one record, or all that wait.
    void write_folded(bool all);

    // Forgets what is kept of sessions that nobody knows any more.
    void forget_unknown();
    // What records say of a session, under the generation and with the labels that it had.
    std::shared_ptr<const trail::Session> describe(const session::Session& session, uint32_t generation, uint64_t labels);
    std::string path_of(const session::Session& session, const remit_file& file) const;
    const Counters& counters() const { return counters_; }
    // Of the sessions whose end was recorded.
    const TrafficSums& traffic_before() const { return traffic_before_; }
    HostOf hosts_of(const session::Session& session) const;
    uint64_t unsound() const { return unsound_; }
    void count_unsound() { unsound_++; }

private:
    struct Known {
        std::shared_ptr<const trail::Session> session;
        uint32_t generation = 0;
        uint64_t labels = 0;
        std::unordered_set<size_t> refused;  // hashes of (object, reason): the first of each is synced
    };

    EventContext context_of(const remit_event& event, session::Session* session);
    void submit(trail::Record record);
    void labels_gained(const remit_event& event, const EventContext& context);
    bool first_refusal(uint64_t kernel_id, const trail::Record& record);

    trail::Writer& writer_;
    session::Registry& registry_;
    const std::string tier_;
    const Guarantees& guarantees_;
    trail::Ledger ledger_;
    Folds folds_;
    Counters counters_;
    TrafficSums traffic_before_;
    std::unordered_map<uint64_t, Known> known_;
    const session::Names* names_ = nullptr;
    struct Answered {
        std::vector<std::string> answers, withheld;
    };
    std::map<std::pair<uint32_t, uint64_t>, Answered> answered_;
    uint64_t unsound_ = 0;
};

}  // namespace remit::daemon
