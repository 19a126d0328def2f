#include "cli/report.h"

#include <algorithm>

#include "base/clock.h"
#include "cli/fields.h"
#include "cli/render.h"
#include "trail/reader.h"

namespace remit::cli {
namespace {

using nlohmann::json;

uint64_t time_of(const json& record) {
    const auto time = parse_time(text_of(record, "ts"));
    return time ? *time : 0;
}

// Ids of the sessions that are meant, and of all of their trees.
Result<std::set<std::string>> find_sessions(const std::vector<std::string>& paths, const std::string& wanted) {
    trail::Filter filter;
    filter.session = wanted;
    std::set<std::string> roots;
    auto read = trail::read_trail(paths, filter, [&](std::string_view, const json& record) {
        const json& session = part_of(record, "session");
        const std::string root = text_of(session, "root");
        roots.insert(root.empty() ? text_of(session, "id") : root);
        return true;
    });
    if (!read) return std::move(read).error();
    if (roots.empty())
        return Error{Code::kMissing, "the trail knows no session " + wanted, "`remit trail show --kind session_start` lists them"};
    if (roots.size() > 1)
        return Error{Code::kUsage, "the trail knows " + std::to_string(roots.size()) + " sessions " + wanted,
                     "give one's id: `remit trail show --kind session_start --json` has them"};
    return roots;
}

std::string who_of(const json& record) {
    const json& actor = part_of(record, "actor");
    return actor.is_object() ? "uid " + std::to_string(number_of(actor, "uid")) : text_of(record, "decided_by");
}

class Gatherer {
public:
    explicit Gatherer(Report& report) : report_(report) {}

    void add(const json& record) {
        const std::string kind = text_of(record, "kind"), ts = text_of(record, "ts");
        const uint64_t at = time_of(record);
        if (report_.begin_ns == 0 || at < report_.begin_ns) report_.begin_ns = at;
        report_.end_ns = std::max(report_.end_ns, at);
        ReportedSession& session = report_.sessions[text_of(part_of(record, "session"), "id")];
        session.words = part_of(record, "session");
        if (kind == "session_start") {
            session.started = ts;
            session.start = record;
        }
        if (kind == "session_end" || ((kind == "session_revoked" || kind == "session_expired") && session.end.empty())) {
            if (session.ended.empty()) session.ended = ts;
            if (session.end.empty()) session.end = kind;
            if (session.end_why.empty()) session.end_why = text_of(record, "why");
            if (part_of(record, "totals").is_object()) session.totals = part_of(record, "totals");
        }
        if (kind == "crossing")
            add_crossing(record, ts, at);
        else
            report_.events.push_back({ts, kind, event_text(record, kind), who_of(record)});
    }

private:
    void add_crossing(const json& record, const std::string& ts, uint64_t at) {
        const std::string effect = text_of(record, "effect"), tool = text_of(record, "tool");
        const uint64_t count = std::max<uint64_t>(number_of(record, "count"), 1);
        if (effect == "held") {
            report_.held += count;
            return;
        }
        const bool passed = effect == "passed";
        (passed ? report_.passed : report_.refused) += count;
        ReportedCrossings& alike = report_.crossings[{text_of(record, "crossing"), object_in_words(record), tool, text_of(record, "rule"),
                                                      text_of(record, "verdict"), text_of(record, "reason"), effect}];
        alike.count += count;
        if (alike.first.empty()) alike.first = ts;
        alike.last = ts;
        alike.by = text_of(part_of(part_of(record, "process"), "program"), "path");
        report_.time_line[{tool, passed}][at] += count;
        if (passed) report_.rules.insert(text_of(record, "rule"));
    }

    static std::string event_text(const json& record, const std::string& kind) {
        std::string text;
        const auto add = [&](const std::string& more) {
            if (!more.empty()) text += (text.empty() ? "" : " · ") + more;
        };
        if (kind == "label") add(text_of(record, "label"));
        add(text_of(record, "tool"));
        add(text_of(record, "answer"));
        add(text_of(record, "scope"));
        add(text_of(record, "change"));
        add(text_of(record, kind == "task_moved" ? "move" : "touch"));
        if (part_of(record, "object").is_object()) add(object_in_words(record));
        add(text_of(record, "why"));
        return text;
    }

    Report& report_;
};

}  // namespace

Result<Report> gather_report(const std::vector<std::string>& paths, const std::string& wanted, const trail::Witness& witness) {
    auto roots = find_sessions(paths, wanted);
    if (!roots) return std::move(roots).error();
    Report report;
    Gatherer gatherer(report);
    auto read = trail::read_trail(paths, {}, [&](std::string_view, const json& record) {
        const json& session = part_of(record, "session");
        const std::string root = text_of(session, "root");
        if (session.is_object() && roots->contains(root.empty() ? text_of(session, "id") : root)) gatherer.add(record);
        return true;
    });
    if (!read) return std::move(read).error();
    auto verified = trail::verify(paths, witness);
    if (!verified) return std::move(verified).error();
    report.integrity = *std::move(verified);
    return report;
}

}  // namespace remit::cli
