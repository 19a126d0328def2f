// What a trail says of one session or tree, gathered for a page. Pure but for reading the files; used by report_verb.cc and report_page.cc.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "trail/verify.h"

namespace remit::cli {

// A session, by its records' words; times are RFC 3339, or empty where the trail does not say.
struct ReportedSession {
    nlohmann::json words;  // as in its last record: id, policy, name, whom it is for, …
    std::string started, ended;
    std::string end;  // "session_end", "session_revoked" …
    std::string end_why;
    nlohmann::json start;  // the record
    nlohmann::json totals;
};

// Crossings that are alike, with how often.
struct ReportedCrossings {
    uint64_t count = 0;
    std::string first, last;
    std::string by;  // the program, of the last
};

// Something that happened to the session, or that a person did.
struct ReportedEvent {
    std::string ts, kind, text, who;
};

struct Report {
    // Crossing, object, tool, rule, verdict, reason, effect.
    using Alike = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string, std::string>;
    // Tool and whether it passed, to (seconds since `begin`, count).
    using Line = std::map<std::pair<std::string, bool>, std::map<uint64_t, uint64_t>>;

    std::map<std::string, ReportedSession> sessions;  // by id
    std::map<Alike, ReportedCrossings> crossings;
    Line time_line;
    std::vector<ReportedEvent> events;
    std::set<std::string> rules;       // that decided something
    std::vector<std::string> granted;  // by the policy's text, where that was given
    uint64_t begin_ns = 0, end_ns = 0;
    uint64_t passed = 0, refused = 0, held = 0;
    trail::Verification integrity;
};

// wanted: the beginning of an id, or a name; of a session with children the whole tree. kMissing: the trail knows none of that name.
Result<Report> gather_report(const std::vector<std::string>& paths, const std::string& wanted, const trail::Witness& witness);

// One page of HTML that needs nothing else: no script, no network. All that came from outside is escaped.
std::string report_page(const Report& report);

// Its section of what was sent and received by tool and endpoint; empty where the trail does not say.
std::string traffic_table(const Report& report);

// For text between tags and for values between double quotes; what is not safe to show becomes U+FFFD.
std::string html(std::string_view text);

}  // namespace remit::cli
