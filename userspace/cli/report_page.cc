#include <algorithm>
#include <cmath>
#include <cstdio>

#include "api/refusal.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/fields.h"
#include "cli/report.h"

namespace remit::cli {
namespace {

using nlohmann::json;

// Rows of a table, and nodes of a column of the graph; what is beyond is counted.
constexpr size_t kMostRows = 500;
constexpr size_t kMostNodes = 14;
constexpr int kWidth = 1000;

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--bg:#fbfbf9;--fg:#1d2126;--dim:#667078;--line:#dcdfe0;--card:#fff;--ok:#1f7a52;--no:#b3302a;--warn:#9a6700;--accent:#3158a8}
@media(prefers-color-scheme:dark){:root{--bg:#15181b;--fg:#e6e8ea;--dim:#98a2aa;--line:#30363b;--card:#1c2024;--ok:#57c28d;--no:#f0837b;--warn:#e0ad45;--accent:#8fb0f5}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 24px 64px}h1{font-size:26px;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:17px;margin:36px 0 10px}p{margin:6px 0}.dim{color:var(--dim)}.ok{color:var(--ok)}.no{color:var(--no)}.warn{color:var(--warn)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}.card b{display:block;font-size:24px;line-height:1.2}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:12px 0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}th{color:var(--dim);font-weight:500;text-align:left}
th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;max-width:420px;overflow-wrap:break-word}th{white-space:nowrap}td.n,th.n{text-align:right;white-space:nowrap}
td.t{white-space:nowrap}code{font:12.5px ui-monospace,monospace}svg{width:100%;height:auto;display:block}
svg text{fill:var(--fg);font:12px system-ui,sans-serif}svg .dim{fill:var(--dim)}.seal{border-left:4px solid var(--ok);padding:8px 14px;background:var(--card)}
.seal.bad{border-color:var(--no)}footer{margin-top:40px;color:var(--dim);font-size:13px}
@media print{:root{--bg:#fff;--card:#fff}main{padding:0;max-width:none}h2{break-after:avoid}tr,svg,.card{break-inside:avoid}}
)css";

std::string number(uint64_t value) {
    std::string digits = std::to_string(value);
    for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, "\u2009");
    return digits;
}

std::string short_time(const std::string& ts) {
    return ts.size() < 23 ? html(ts) : html(ts.substr(11, 12));
}

std::string plural(uint64_t count, const char* one) {
    return number(count) + " " + one + (count == 1 ? "" : "s");
}

void row(std::string& out, const char* name, const std::string& value) {
    if (!value.empty()) out += std::string("<dt>") + name + "</dt><dd>" + html(value) + "</dd>";
}

class Page {
public:
    explicit Page(const Report& report) : report_(report) {}
    std::string text();

private:
    void head();
    void sessions();
    void cards();
    void time_line();
    void graph();
    void refusals();
    void passed();
    void events();
    void grants();
    void integrity();
    void table_head(std::initializer_list<const char*> names);
    static uint64_t bytes_of(const ReportedSession& session, const char* key) { return number_of(session.totals, key); }

    const Report& report_;
    std::string out_;
};

std::string title_of(const Report& report) {
    if (report.sessions.empty()) return "session";
    const json& words = report.sessions.begin()->second.words;
    const std::string name = text_of(words, "name");
    return name.empty() ? text_of(words, "id") : name;
}

void Page::head() {
    out_ +=
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Remit: " +
        html(title_of(report_)) + "</title><style>" + kStyle + "</style></head><body><main>";
    out_ += "<h1>" + html(title_of(report_)) + "</h1><p class=\"dim\">What the audit trail of Remit says of this session" +
            std::string(report_.sessions.size() > 1 ? " and those that it started" : "") + ".</p>";
}

void Page::cards() {
    uint64_t sent = 0, got = 0;
    for (const auto& [id, session] : report_.sessions) {
        sent += bytes_of(session, "bytes_out");
        got += bytes_of(session, "bytes_in");
    }
    const auto card = [&](const std::string& value, const char* what, const char* style) {
        out_ += "<div class=\"card\"><b class=\"" + std::string(style) + "\">" + value + "</b>" + what + "</div>";
    };
    out_ += "<div class=\"cards\">";
    card(number(report_.passed), "crossings passed", "ok");
    card(number(report_.refused), "refused", report_.refused > 0 ? "no" : "");
    card(number(report_.held), "held for a person", report_.held > 0 ? "warn" : "");
    card(report_.end_ns > report_.begin_ns ? html(format_duration(report_.end_ns - report_.begin_ns)) : "0s", "from first to last record",
         "");
    card(format_bytes(sent), "sent", "");
    card(format_bytes(got), "received", "");
    out_ += "</div>";
}

void Page::sessions() {
    for (const auto& [id, session] : report_.sessions) {
        const json& words = session.words;
        out_ += "<h2>" + std::string(text_of(words, "root") == id || text_of(words, "root").empty() ? "Who, for whom" : "Started by it") +
                "</h2><dl>";
        row(out_, "Session", id);
        row(out_, "Name", text_of(words, "name"));
        row(out_, "Agent", text_of(words, "agent"));
        row(out_, "On behalf of", text_of(words, "on_behalf_of"));
        row(out_, "Purpose", text_of(words, "purpose"));
        row(out_, "Task", text_of(words, "task"));
        std::string claimed;
        if (const json& list = part_of(words, "claimed"); list.is_array())
            for (const json& each : list) claimed += (claimed.empty() ? "" : ", ") + (each.is_string() ? each.get<std::string>() : "");
        row(out_, "Of these claimed by the starter", claimed);
        const json& actor = part_of(session.start, "actor");
        if (actor.is_object())
            row(out_, "Started by", "uid " + std::to_string(number_of(actor, "uid")) + ", pid " + std::to_string(number_of(actor, "pid")));
        row(out_, "Policy", text_of(words, "policy") + ", SHA-256 " + text_of(words, "policy_sha256"));
        row(out_, "Mode, tier", text_of(words, "mode") + ", " + text_of(words, "tier"));
        row(out_, "Host", text_of(session.start, "host"));
        row(out_, "From", session.started.empty() ? "before this trail begins" : session.started);
        row(out_, "To",
            session.ended.empty() ? "it goes on, or the trail ends before it"
                                  : session.ended + " (" + session.end + (session.end_why.empty() ? "" : ": " + session.end_why) + ")");
        out_ += "</dl>";
    }
}

// A line a tool, a mark a moment: above what passed, below what was refused.
void Page::time_line() {
    std::map<std::string, uint64_t> tools;
    for (const auto& [key, moments] : report_.time_line)
        for (const auto& [at, count] : moments) tools[key.first] += count;
    if (tools.empty()) return;
    constexpr int kLeft = 150, kRow = 28, kTop = 22;
    const double span = std::max<double>(1, static_cast<double>(report_.end_ns - report_.begin_ns));
    const int height = kTop + kRow * static_cast<int>(tools.size()) + 10;
    out_ += "<h2>When</h2><div class=\"scroll\"><svg role=\"img\" aria-label=\"crossings by tool over time\" viewBox=\"0 0 " +
            std::to_string(kWidth) + " " + std::to_string(height) + "\">";
    out_ +=
        "<text class=\"dim\" x=\"" + std::to_string(kLeft) + "\" y=\"12\">" + html(format_time(report_.begin_ns).substr(0, 19)) + "</text>";
    out_ += "<text class=\"dim\" x=\"" + std::to_string(kWidth) + "\" y=\"12\" text-anchor=\"end\">" +
            html(format_time(report_.end_ns).substr(0, 19)) + "</text>";
    int top = kTop;
    for (const auto& [tool, total] : tools) {
        const int middle = top + kRow / 2;
        out_ +=
            "<text x=\"0\" y=\"" + std::to_string(middle + 4) + "\">" + html(tool.empty() ? "(no tool)" : tool.substr(0, 20)) + "</text>";
        out_ += "<line x1=\"" + std::to_string(kLeft) + "\" x2=\"" + std::to_string(kWidth) + "\" y1=\"" + std::to_string(middle) +
                "\" y2=\"" + std::to_string(middle) + "\" stroke=\"var(--line)\"/>";
        for (const bool passed : {true, false}) {
            const auto found = report_.time_line.find({tool, passed});
            if (found == report_.time_line.end()) continue;
            // One mark a pixel's width, as high as there are many.
            std::map<int, uint64_t> marks;
            for (const auto& [at, count] : found->second)
                marks[kLeft + static_cast<int>(static_cast<double>(at - report_.begin_ns) / span * (kWidth - kLeft - 3))] += count;
            for (const auto& [x, count] : marks) {
                const int high = std::min(kRow / 2 - 2, 3 + static_cast<int>(2 * std::log2(static_cast<double>(count) + 1)));
                out_ += "<rect x=\"" + std::to_string(x) + "\" width=\"3\" y=\"" + std::to_string(passed ? middle - high : middle) +
                        "\" height=\"" + std::to_string(high) + "\" fill=\"var(" + (passed ? "--ok" : "--no") + ")\"><title>" +
                        number(count) + (passed ? " passed" : " refused") + "</title></rect>";
            }
        }
        top += kRow;
    }
    out_ += "</svg></div><p class=\"dim\">Above the line what passed, below it what was refused.</p>";
}

// Session, tools, objects: as wide as it is often.
void Page::graph() {
    struct Flow {
        uint64_t passed = 0, refused = 0;
        uint64_t total() const { return passed + refused; }
    };
    std::map<std::string, Flow> tools;
    std::map<std::pair<std::string, std::string>, Flow> objects;
    for (const auto& [alike, found] : report_.crossings) {
        const std::string tool = std::get<2>(alike).empty() ? "(no tool)" : std::get<2>(alike);
        const bool passed = std::get<6>(alike) == "passed";
        for (Flow* flow : {&tools[tool], &objects[{tool, std::get<1>(alike)}]}) (passed ? flow->passed : flow->refused) += found.count;
    }
    if (tools.empty()) return;
    std::vector<std::pair<std::pair<std::string, std::string>, Flow>> shown(objects.begin(), objects.end());
    std::stable_sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) { return a.second.total() > b.second.total(); });
    const size_t left_out = shown.size() > kMostNodes * 2 ? shown.size() - kMostNodes * 2 : 0;
    shown.resize(shown.size() - left_out);
    std::stable_sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) { return a.first.first < b.first.first; });
    constexpr int kRow = 26, kToolX = 330, kObjectX = 600;
    const int height = kRow * static_cast<int>(std::max(shown.size(), tools.size())) + 20;
    const auto y_of = [&](size_t at, size_t count) {
        return static_cast<int>((static_cast<double>(at) + 0.5) * (height - 20) / static_cast<double>(count)) + 10;
    };
    const auto path = [&](int x1, int y1, int x2, int y2, const Flow& flow) {
        const int middle = (x1 + x2) / 2;
        const double wide = 1 + std::log2(static_cast<double>(flow.total()) + 1);
        char width[32];
        std::snprintf(width, sizeof width, "%.1f", wide);
        out_ += "<path fill=\"none\" opacity=\".55\" stroke-width=\"" + std::string(width) + "\" stroke=\"var(" +
                (flow.refused == 0  ? "--ok"
                 : flow.passed == 0 ? "--no"
                                    : "--warn") +
                ")\" d=\"M" + std::to_string(x1) + " " + std::to_string(y1) + "C" + std::to_string(middle) + " " + std::to_string(y1) +
                " " + std::to_string(middle) + " " + std::to_string(y2) + " " + std::to_string(x2) + " " + std::to_string(y2) + "\"/>";
    };
    const auto label = [&](int x, int y, const std::string& text, const std::string& counts) {
        out_ += "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y + 4) + "\">" +
                html(text.size() > 48 ? text.substr(0, 47) + "\u2026" : text) + " <tspan class=\"dim\">" + counts + "</tspan></text>";
    };
    const auto counts_of = [&](const Flow& flow) {
        return (flow.passed > 0 ? number(flow.passed) + " passed" : "") + (flow.passed > 0 && flow.refused > 0 ? ", " : "") +
               (flow.refused > 0 ? number(flow.refused) + " refused" : "");
    };
    out_ += "<h2>What it reached for</h2><div class=\"scroll\"><svg role=\"img\" aria-label=\"session, tools and objects\" viewBox=\"0 0 " +
            std::to_string(kWidth) + " " + std::to_string(height) + "\">";
    std::map<std::string, int> tool_y;
    size_t at = 0;
    for (const auto& [tool, flow] : tools) {
        tool_y[tool] = y_of(at++, tools.size());
        path(130, height / 2, kToolX - 8, tool_y[tool], flow);
    }
    for (size_t i = 0; i < shown.size(); i++)
        path(kToolX + 180, tool_y[shown[i].first.first], kObjectX - 8, y_of(i, shown.size()), shown[i].second);
    label(0, height / 2, title_of(report_).substr(0, 18), "");
    for (const auto& [tool, flow] : tools) label(kToolX, tool_y[tool], tool.substr(0, 14), number(flow.total()));
    for (size_t i = 0; i < shown.size(); i++) label(kObjectX, y_of(i, shown.size()), shown[i].first.second, counts_of(shown[i].second));
    out_ += "</svg></div>";
    if (left_out > 0) out_ += "<p class=\"dim\">" + plural(left_out, "rarer object") + " not drawn; the tables have them.</p>";
}

void Page::table_head(std::initializer_list<const char*> names) {
    out_ += "<div class=\"scroll\"><table><thead><tr>";
    for (const char* name : names) out_ += std::string("<th>") + name + "</th>";
    out_ += "</tr></thead><tbody>";
}

void Page::refusals() {
    out_ += "<h2>Refused, and why</h2>";
    if (report_.refused == 0) {
        out_ += "<p>Nothing was refused.</p>";
        return;
    }
    table_head({"Count", "First", "Last", "What", "Tool", "Why", "By"});
    size_t rows = 0;
    for (const auto& [alike, found] : report_.crossings) {
        const auto& [crossing, object, tool, rule, verdict, reason, effect] = alike;
        if (effect == "passed" || ++rows > kMostRows) continue;
        out_ += "<tr><td class=\"n\">" + number(found.count) + "</td><td class=\"t\">" + short_time(found.first) + "</td><td class=\"t\">" +
                short_time(found.last) + "</td><td>" + html(crossing) + " <code>" + html(object) + "</code></td><td>" + html(tool) +
                "</td><td><span class=\"no\">" + html(reason) + "</span> " + html(api::reason_in_words(reason)) +
                (rule.empty() ? "" : "<br><span class=\"dim\">" + html(rule) + "</span>") + "</td><td><code>" + html(found.by) +
                "</code></td></tr>";
    }
    out_ += "</tbody></table></div>";
    if (rows > kMostRows) out_ += "<p class=\"dim\">" + plural(rows - kMostRows, "further row") + " left out.</p>";
}

void Page::passed() {
    out_ += "<h2>Passed</h2>";
    table_head({"Count", "First", "Last", "What", "Tool", "By which rule"});
    size_t rows = 0;
    for (const auto& [alike, found] : report_.crossings) {
        const auto& [crossing, object, tool, rule, verdict, reason, effect] = alike;
        if (effect != "passed" || ++rows > kMostRows) continue;
        out_ += "<tr><td class=\"n\">" + number(found.count) + "</td><td class=\"t\">" + short_time(found.first) + "</td><td class=\"t\">" +
                short_time(found.last) + "</td><td>" + html(crossing) + " <code>" + html(object) + "</code></td><td>" + html(tool) +
                "</td><td>" + html(rule) +
                (verdict == "allow" ? "" : " <span class=\"warn\">would be refused: " + html(reason) + "</span>") + "</td></tr>";
    }
    out_ += "</tbody></table></div>";
    if (rows > kMostRows) out_ += "<p class=\"dim\">" + plural(rows - kMostRows, "further row") + " left out.</p>";
}

void Page::events() {
    out_ += "<h2>Labels, approvals, changes</h2>";
    table_head({"When", "What", "", "Who"});
    size_t rows = 0;
    for (const ReportedEvent& event : report_.events) {
        if (++rows > kMostRows) continue;
        const bool bad =
            event.kind == "session_revoked" || event.kind == "touch_refused" || event.kind == "task_moved" || event.kind == "socket_cut";
        out_ += "<tr><td class=\"t\">" + short_time(event.ts) + "</td><td class=\"t " +
                (bad                     ? "no"
                 : event.kind == "label" ? "warn"
                                         : "") +
                "\">" + html(event.kind) + "</td><td>" + html(event.text) + "</td><td>" + html(event.who) + "</td></tr>";
    }
    out_ += "</tbody></table></div>";
    if (rows > kMostRows) out_ += "<p class=\"dim\">" + plural(rows - kMostRows, "further row") + " left out.</p>";
}

void Page::grants() {
    out_ += "<h2>Grants</h2><ul>";
    for (const std::string& rule : report_.rules)
        if (!rule.empty()) out_ += "<li><span class=\"ok\">used</span> " + html(rule) + "</li>";
    for (const std::string& grant : report_.granted)
        if (!report_.rules.contains(grant)) out_ += "<li><span class=\"warn\">never used</span> " + html(grant) + "</li>";
    out_ += "</ul>";
    if (report_.granted.empty())
        out_ += "<p class=\"dim\">A trail names the rules that decided; with --policy the page also lists those that never did.</p>";
}

void Page::integrity() {
    const trail::Verification& found = report_.integrity;
    const bool whole = found.verdict == trail::Verdict::kWhole;
    out_ += "<h2>Can this be relied on?</h2><div class=\"seal" + std::string(whole ? "" : " bad") + "\">";
    if (whole)
        out_ += "<p><b class=\"ok\">The trail is whole.</b> Every one of its " + plural(found.records, "record") + " (seq " +
                number(found.first_seq) + " to " + number(found.last_seq) + ") is what the one behind it says.</p>";
    else
        out_ += "<p><b class=\"no\">The trail is not whole.</b> <code>" + html(found.file) + ":" + std::to_string(found.line) +
                "</code>: " + html(found.problem) + "</p>";
    if (found.signed_lines > 0)
        out_ += "<p>The first " + number(found.signed_lines) + " records are under a signed checkpoint.</p>";
    else
        out_ += found.checkpoints > 0 ? "<p>No signature was looked at: no key was at hand.</p>" : "<p>No checkpoint stands in it yet.</p>";
    if (found.pruned_lines > 0)
        out_ += "<p>The first " + number(found.pruned_lines) + " records were let go by the host's retention, and the trail says so.</p>";
    out_ += "<p>" +
            (found.gaps == 0
                 ? std::string("No crossing is missing from it.")
                 : number(found.gaps) + " crossings of this host, of any session, stand in it as gaps: counted, and not described.") +
            "</p></div>";
}

std::string Page::text() {
    head();
    cards();
    sessions();
    time_line();
    graph();
    out_ += traffic_table(report_);
    refusals();
    events();
    grants();
    passed();
    integrity();
    out_ += "<footer>Made by <code>remit report</code> from the trail alone. Times are UTC.</footer></main></body></html>\n";
    return std::move(out_);
}

}  // namespace

std::string html(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string report_page(const Report& report) {
    return Page(report).text();
}

}  // namespace remit::cli
