// remit trail check: does every record hold what a profile of auditing asks for. Needs no daemon, proves nothing (trail verify does).
#include <array>
#include <functional>
#include <memory>

#include "cli/fields.h"
#include "cli/table.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "trail/reader.h"

namespace remit::cli {
namespace {

using nlohmann::json;

bool has(const json& record, std::initializer_list<const char*> path) {
    const json* at = &record;
    for (const char* key : path) at = &part_of(*at, key);
    return !at->is_null() && !(at->is_string() && at->get_ref<const std::string&>().empty());
}

bool is_crossing(const json& record) {
    return text_of(record, "kind") == "crossing";
}

bool is_end(const json& record) {
    const std::string kind = text_of(record, "kind");
    return kind == "session_revoked" || kind == "session_expired" || kind == "socket_cut";
}

// What one field of a profile asks of a record.
struct Demand {
    const char* name;
    const char* where;              // of our records, for the table
    bool (*concerns)(const json&);  // records that must have it
    bool (*holds)(const json&);
    bool when_present;  // where it is absent, that is told and is no failure
};

// The audit events of AIMS (draft-klrc-aiagent-auth, "Agent Monitoring, Observability and Remediation").
constexpr std::array<Demand, 7> kAims{{
    {"authenticated agent identifier", "session.id, process.exec_id", is_crossing,
     [](const json& r) {
         return has(r, {"session", "id"}) && has(r, {"process", "exec_id"});
     },
     false},
    {"delegated subject, when present", "session.on_behalf_of", is_crossing,
     [](const json& r) {
         return has(r, {"session", "on_behalf_of"});
     },
     true},
    {"resource or tool", "object, tool, tools", is_crossing, [](const json& r) { return part_of(r, "object").is_object(); }, false},
    {"action and decision", "crossing, verdict, effect, decided_by", is_crossing,
     [](const json& r) { return has(r, {"crossing"}) && has(r, {"verdict"}) && has(r, {"effect"}) && has(r, {"decided_by"}); }, false},
    {"timestamp and correlation", "ts, boot, and cpu with n or crossing_id", is_crossing,
     [](const json& r) { return has(r, {"ts"}) && has(r, {"boot"}) && (has(r, {"crossing_id"}) || (has(r, {"cpu"}) && has(r, {"n"}))); },
     false},
    {"attestation or risk state", "session.policy_sha256, mode, tier, labels", is_crossing,
     [](const json& r) {
         return has(r, {"session", "policy_sha256"}) && has(r, {"session", "mode"}) && has(r, {"session", "tier"});
     },
     false},
    {"revocation and its cause", "kind, why, rule, actor", is_end,
     [](const json& r) {
         const bool expired = text_of(r, "kind") == "session_expired";  // the lifetime that its start tells of
         return has(r, {"session", "id"}) && (expired || has(r, {"why"}) || has(r, {"rule"}) || has(r, {"actor"}));
     },
     false},
}};

struct Tally {
    uint64_t records = 0, lacking = 0;
    uint64_t first_lacking = 0;  // seq
};

struct Options {
    TrailPaths paths;
    trail::Filter filter;
    std::string profile;
};

std::string standing_of(const Demand& demand, const Tally& tally) {
    if (tally.records == 0) return "nothing to check";
    if (tally.lacking == 0) return "yes";
    return demand.when_present ? "not in all" : "no";
}

int check(Cli& cli, const Options& options) {
    std::array<Tally, kAims.size()> tallies{};
    uint64_t records = 0;
    auto read = trail::read_trail(options.paths.resolved(), options.filter, [&](std::string_view, const json& record) {
        records++;
        for (size_t i = 0; i < kAims.size(); i++) {
            if (!kAims[i].concerns(record)) continue;
            Tally& tally = tallies[i];
            tally.records++;
            if (kAims[i].holds(record)) continue;
            if (tally.lacking++ == 0) tally.first_lacking = number_of(record, "seq");
        }
        return true;
    });
    if (!read) return cli.fail(read.error());
    if (records == 0) return cli.fail(Error{Code::kMissing, "no record to check", "give a trail's folder, or another --session"});
    bool all = true;
    Table table({"field", "in", "records", "lacking", "held"});
    json shown = json::array();
    for (size_t i = 0; i < kAims.size(); i++) {
        const Tally& tally = tallies[i];
        const std::string standing = standing_of(kAims[i], tally);
        all &= standing != "no";
        table.add({kAims[i].name, kAims[i].where, std::to_string(tally.records), std::to_string(tally.lacking),
                   standing + (tally.lacking > 0 ? " (first: seq " + std::to_string(tally.first_lacking) + ")" : "")});
        table.tint(4, standing == "no" ? kRed : standing == "yes" ? kGreen : kYellow);
        shown.push_back(
            {{"field", kAims[i].name}, {"in", kAims[i].where}, {"records", tally.records}, {"lacking", tally.lacking}, {"held", standing}});
    }
    if (cli.json)
        cli.print({{"profile", options.profile}, {"holds", all}, {"fields", shown}});
    else
        cli.out << table.to_text(cli.colour) << std::flush;
    return all ? 0 : static_cast<int>(Code::kRefused);
}

}  // namespace

void add_trail_check(CLI::App& trail, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(trail, "check", "Whether every record holds what a profile of auditing asks for; exits 1 where one does not",
                              "remit trail check --profile aims --session fix-1432");
    add_trail_paths(*verb, options->paths);
    verb->add_option("--profile", options->profile, "aims: the seven audit fields of the IETF draft on agents' identity")
        ->check(CLI::IsMember({"aims"}))
        ->required();
    verb->add_option("--session", options->filter.session, "Only of this session: the beginning of its id, or its name");
    verb->callback([&cli, options] { cli.status = check(cli, *options); });
}

}  // namespace remit::cli
