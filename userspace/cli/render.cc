#include "cli/render.h"

#include <array>

#include "base/clock.h"
#include "base/text.h"
#include "cli/table.h"

namespace remit::cli {
namespace {

using nlohmann::json;

constexpr size_t kSessionWidth = 14;
constexpr size_t kCrossingWidth = 7;
constexpr size_t kObjectWidth = 38;
constexpr size_t kToolWidth = 12;
constexpr size_t kVerdictWidth = 18;
constexpr size_t kEffectWidth = 7;
constexpr size_t kLatencyWidth = 7;
// Of a UUIDv7 the first 13 characters hold the millisecond of its start: a prefix that names one session.
constexpr size_t kShortId = 13;

const json& field(const json& record, const char* name) {
    static const json kNone;
    auto found = record.is_object() ? record.find(name) : record.end();
    return record.is_object() && found != record.end() ? *found : kNone;
}

std::string plain(const json& value) {
    if (value.is_null()) return "";
    if (value.is_string()) return printable(value.get_ref<const std::string&>());
    return printable(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string text(const json& record, const char* name) {
    return plain(field(record, name));
}

std::string time_of(const json& record, const Style& style) {
    std::string ts = text(record, "ts");  // 2026-11-24T09:31:02.123456789Z
    if (ts.size() < 23) return ts;
    return style.date ? ts.substr(0, 10) + " " + ts.substr(11, 12) : ts.substr(11, 12);
}

std::string session_of(const json& record) {
    const json& session = field(record, "session");
    std::string name = text(session, "name");
    return name.empty() ? text(session, "id").substr(0, kShortId) : name;
}

std::string latency_of(const json& record) {
    const json& latency = field(record, "latency_ns");
    if (!latency.is_number()) return "";
    auto ns = latency.get<double>();
    struct Unit {
        double ns;
        const char* name;
    };
    for (const Unit& unit : {Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "µs"}})
        if (ns >= unit.ns) {
            char shown[32];
            std::snprintf(shown, sizeof(shown), ns >= 10 * unit.ns ? "%.0f" : "%.1f", ns / unit.ns);
            return std::string(shown) + unit.name;
        }
    return std::to_string(static_cast<long>(ns)) + "ns";
}

const char* colour_of(std::string_view effect, std::string_view verdict) {
    if (effect == "held") return kYellow;
    if (effect == "passed") return verdict == "allow" ? kGreen : kYellow;  // audit: would have been refused
    return kRed;
}

std::string render_crossing(const json& record, const Style& style) {
    std::string verdict = text(record, "verdict"), reason = text(record, "reason"), effect = text(record, "effect");
    const char* colour = colour_of(effect, verdict);
    if (!reason.empty() && reason != "GRANTED") verdict += " " + reason;
    std::string line = paint(time_of(record, style), kDim, style.colour);
    line += "  " + pad(session_of(record), kSessionWidth) + " " + pad(text(record, "crossing"), kCrossingWidth) + " ";
    line += pad(object_in_words(record), kObjectWidth) + " " + pad(text(record, "tool"), kToolWidth) + " ";
    line += paint(pad(verdict, kVerdictWidth) + " " + pad(effect, kEffectWidth), colour, style.colour) + " ";
    line += pad(latency_of(record), kLatencyWidth);
    std::string rest = text(record, "rule");
    const json& count = field(record, "count");
    if (count.is_number() && count.get<double>() > 1) rest += (rest.empty() ? "×" : "  ×") + plain(count);
    if (!rest.empty()) line += " " + paint(rest, kDim, style.colour);
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

// What every record has, what is said elsewhere in the line, and what only machines read.
bool is_envelope(const std::string& key) {
    constexpr std::array<std::string_view, 16> kEnvelope{"v",       "seq", "prev", "ts",      "boot_ns",     "host",     "boot",   "kind",
                                                         "session", "cpu", "n",    "process", "crossing_id", "programs", "kernel", "actor"};
    for (std::string_view name : kEnvelope)
        if (key == name) return true;
    return key.ends_with("_hex");
}

std::string shown_field(const std::string& key, const json& value) {
    if (value.is_object() && value.contains("name")) return text(value, "name");  // a policy
    if (key.ends_with("_ns") && value.is_number_unsigned()) return format_duration(value.get<uint64_t>());
    return plain(value);
}

void append_fields(std::string& line, const json& object) {
    for (const auto& [key, value] : object.items()) {
        if (is_envelope(key)) continue;
        std::string name = key.ends_with("_ns") ? key.substr(0, key.size() - 3) : key;
        std::string shown = shown_field(key, value);
        line += " " + printable(name) + "=" + (shown.find(' ') == std::string::npos ? shown : "\"" + shown + "\"");
    }
    if (std::string uid = text(field(object, "actor"), "uid"); !uid.empty()) line += " by uid " + uid;
}

std::string render_other(const json& record, const Style& style) {
    std::string kind = text(record, "kind");
    bool loud = kind == "audit_gap" || kind == "session_revoked" || kind == "session_expired" || kind == "policy_rejected" ||
                kind == "task_moved" || kind == "touch_refused" || kind == "socket_cut";
    std::string line = paint(time_of(record, style), kDim, style.colour) + "  " + pad(session_of(record), kSessionWidth) + " ";
    line += paint(kind, loud ? kRed : kBold, style.colour);
    if (kind == "session_start")
        line += " policy=" + text(field(record, "session"), "policy") + " tier=" + text(field(record, "session"), "tier");
    append_fields(line, record);
    return line;
}

}  // namespace

std::string object_in_words(const json& record) {
    const json& object = field(record, "object");
    for (const char* name : {"path", "name", "abstract"})
        if (std::string found = text(object, name); !found.empty()) return name[0] == 'a' ? "@" + found : found;
    std::string address = text(object, "address"), host = text(object, "host"), port = text(object, "port");
    if (address.find(':') != std::string::npos) address = "[" + address + "]";
    std::string shown = text(object, "protocol");
    if (std::string family = text(object, "family"); !family.empty()) return "socket " + family + " " + text(object, "type") + " " + shown;
    if (!address.empty()) shown += " " + address + (port.empty() ? "" : ":" + port);
    if (!host.empty()) shown += " " + host;
    return shown;
}

std::optional<api::Refusal> refusal_of(const json& record) {
    if (text(record, "kind") != "crossing") return std::nullopt;
    std::string effect = text(record, "effect");
    if (effect.empty() || effect == "passed") return std::nullopt;
    return api::Refusal{text(field(record, "session"), "id"),
                        text(record, "crossing"),
                        object_in_words(record),
                        text(record, "tool"),
                        text(record, "rule"),
                        text(record, "reason"),
                        text(record, "verdict")};
}

std::string render_line(std::string_view json_line, const Style& style) {
    json record = json::parse(json_line, nullptr, false);
    if (!record.is_object()) return printable(json_line);
    // A question that a crossing raised is one that is held; its record has the same fields.
    const std::string kind = text(record, "kind");
    const bool crossing = kind == "crossing" || (kind == "approval_asked" && record.contains("crossing"));
    return crossing ? render_crossing(record, style) : render_other(record, style);
}

}  // namespace remit::cli
