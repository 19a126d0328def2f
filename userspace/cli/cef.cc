#include "cli/cef.h"

#include "base/clock.h"
#include "cli/fields.h"
#include "cli/render.h"

namespace remit::cli {
namespace {

using nlohmann::json;

constexpr const char* kProduct = "CEF:0|Remit|Remit|0.1.0|";
constexpr int kLow = 3, kMedium = 6, kHigh = 8;

int severity_of(const json& record) {
    const std::string kind = text_of(record, "kind");
    if (kind == "audit_gap" || kind == "touch_refused" || kind == "task_moved") return kHigh;
    return refusal_of(record) || kind == "session_revoked" ? kMedium : kLow;
}

class Extension {
public:
    void add(const char* key, const std::string& value) {
        if (value.empty()) return;
        text_ += (text_.empty() ? "" : " ") + std::string(key) + "=" + cef_value(value);
    }
    void add(const char* key, uint64_t value) {
        if (value != 0) add(key, std::to_string(value));
    }
    // A field of one's own, with its label.
    void add_own(int nth, const char* label, const std::string& value) {
        if (value.empty()) return;
        const std::string key = "cs" + std::to_string(nth);
        add((key + "Label").c_str(), std::string(label));
        add(key.c_str(), value);
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

std::string escaped(std::string_view text, char special) {
    std::string out;
    for (const char c : text) {
        if (c == '\n' || c == '\r') {
            out += special == '=' ? (c == '\n' ? "\\n" : "\\r") : " ";
            continue;
        }
        if (c == special || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

std::string cef_head(std::string_view text) {
    return escaped(text, '|');
}

std::string cef_value(std::string_view text) {
    return escaped(text, '=');
}

std::string cef_of(const json& record) {
    const json &session = part_of(record, "session"), &process = part_of(record, "process"), &object = part_of(record, "object");
    const std::string kind = text_of(record, "kind"), crossing = text_of(record, "crossing"), reason = text_of(record, "reason");
    Extension extension;
    const auto time = parse_time(text_of(record, "ts"));
    extension.add("rt", time ? *time / 1'000'000 : 0);
    extension.add("dvchost", text_of(record, "host"));
    extension.add("externalId", std::to_string(number_of(record, "seq")));
    extension.add("act", text_of(record, "effect"));
    extension.add("outcome", text_of(record, "verdict"));
    extension.add("reason", reason);
    extension.add("cnt", number_of(record, "count"));
    extension.add("suser", text_of(session, "on_behalf_of"));
    extension.add("spid", number_of(process, "pid"));
    extension.add("suid", process.is_object() ? std::to_string(number_of(process, "uid")) : "");
    extension.add("sproc", text_of(part_of(process, "program"), "path"));
    extension.add("proto", text_of(object, "protocol"));
    extension.add("dst", text_of(object, "address"));
    extension.add("dpt", number_of(object, "port"));
    extension.add("dhost", text_of(object, "host"));
    extension.add("filePath", text_of(object, "path"));
    extension.add("fileHash", text_of(object, "sha256"));
    extension.add_own(1, "session", text_of(session, "id"));
    extension.add_own(2, "policy", text_of(session, "policy"));
    extension.add_own(3, "rule", text_of(record, "rule"));
    extension.add_own(4, "tool", text_of(record, "tool"));
    extension.add_own(5, "agent", text_of(session, "agent"));
    extension.add_own(6, "task", text_of(session, "task"));
    extension.add("msg", render_line(record.dump(-1, ' ', false, json::error_handler_t::replace), {}));
    const std::string signature = kind == "crossing" ? kind + ":" + crossing : kind;
    const std::string name = kind == "crossing" ? crossing + " " + text_of(record, "verdict") + (reason.empty() ? "" : " " + reason) : kind;
    return kProduct + cef_head(signature) + "|" + cef_head(name) + "|" + std::to_string(severity_of(record)) + "|" + extension.text();
}

}  // namespace remit::cli
