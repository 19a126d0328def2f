#include "cli/ocsf.h"

#include <array>
#include <string_view>

#include "base/clock.h"
#include "cli/fields.h"
#include "cli/render.h"

namespace remit::cli {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "1.8.0";

enum class Class { kProcess = 1007, kDetection = 2004, kAuthorize = 3003, kNetwork = 4001, kApi = 6003 };

constexpr int kOther = 99;
constexpr int kInformational = 1, kMedium = 3, kHigh = 4;
constexpr int kAllowed = 1, kDenied = 2;
// disposition_id of the profile.
constexpr int kDispositionAllowed = 1, kDispositionBlocked = 2, kDispositionDropped = 6, kDispositionDelayed = 14, kDispositionRevoked = 24;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    for (std::string_view each : words)
        if (word == each) return true;
    return false;
}

Class class_of(const std::string& kind, const std::string& crossing) {
    if (kind == "approval_asked" && crossing.empty()) return Class::kAuthorize;  // for a tool, without a crossing
    if (kind == "crossing" || kind == "approval_asked") return crossing == "exec" ? Class::kProcess : Class::kNetwork;
    if (kind == "socket_cut") return Class::kNetwork;
    if (is_one_of(kind, {"session_start", "session_end", "session_revoked", "session_expired", "approval_answered", "grant"}))
        return Class::kAuthorize;
    if (is_one_of(kind, {"touch_refused", "task_moved", "audit_gap", "label"})) return Class::kDetection;
    return Class::kApi;
}

int activity_of(Class wanted, const json& record, const std::string& kind) {
    const std::string effect = text_of(record, "effect"), crossing = text_of(record, "crossing");
    switch (wanted) {
        case Class::kProcess:
            return 1;  // Launch
        case Class::kNetwork:
            if (kind == "socket_cut") return 3;  // Reset
            if (effect == "held") return kOther;
            if (effect != "passed") return 5;                                                               // Refuse
            return crossing == "listen" ? 7 : crossing == "send" ? 6 : crossing == "resolve" ? kOther : 1;  // Listen, Traffic, Open
        case Class::kAuthorize:
            return is_one_of(kind, {"session_start", "grant"}) || text_of(record, "answer") == "approve" ? 1 : kOther;
        case Class::kDetection:
            return 1;  // Create
        case Class::kApi:
            return is_one_of(kind, {"policy_loaded", "daemon_start", "boot"}) ? 1 : kind == "segment_pruned" ? 4 : 3;
    }
    return kOther;
}

bool is_refusal(const std::string& effect) {
    return is_one_of(effect, {"refused", "killed", "dropped"});
}

int severity_of(const std::string& kind, const std::string& effect) {
    if (is_one_of(kind, {"audit_gap", "touch_refused", "task_moved"})) return kHigh;
    return is_refusal(effect) || is_one_of(kind, {"session_revoked", "policy_rejected"}) ? kMedium : kInformational;
}

int disposition_of(const std::string& kind, const std::string& effect) {
    if (kind == "session_revoked" || kind == "session_expired") return kDispositionRevoked;
    if (effect == "held") return kDispositionDelayed;
    if (effect == "dropped") return kDispositionDropped;
    return is_refusal(effect) ? kDispositionBlocked : kDispositionAllowed;
}

json without_empty(json object) {
    for (auto at = object.begin(); at != object.end();)
        at = at->is_null() || (at->is_string() && at->get_ref<const std::string&>().empty()) ||
                     ((at->is_object() || at->is_array()) && at->empty())
                 ? object.erase(at)
                 : std::next(at);
    return object;
}

json file_of(const json& program) {
    const std::string path = text_of(program, "path"), sha256 = text_of(program, "sha256");
    json file = without_empty({{"name", path.substr(path.rfind('/') + 1)}, {"path", path}, {"type_id", 1}});
    if (!sha256.empty()) file["hashes"] = json::array({{{"algorithm_id", 3}, {"value", sha256}}});
    return path.empty() ? json() : file;
}

json session_of(const json& session) {
    return without_empty({{"uid", text_of(session, "id")}, {"uid_alt", text_of(session, "name")}, {"created_time_dt", nullptr}});
}

// Who acts: the process of the session, on behalf of somebody; or the operator.
json actor_of(const json& record) {
    const json &process = part_of(record, "process"), &session = part_of(record, "session"), &person = part_of(record, "actor");
    json actor = json::object();
    if (process.is_object()) {
        json shown = without_empty({{"pid", number_of(process, "pid")},
                                    {"name", text_of(process, "comm")},
                                    {"uid", text_of(process, "exec_id")},
                                    {"file", file_of(part_of(process, "program"))},
                                    {"user", {{"uid", std::to_string(number_of(process, "uid"))}, {"type_id", 0}}}});
        if (const uint64_t parent = number_of(process, "ppid"); parent != 0) shown["parent_process"] = {{"pid", parent}};
        actor["process"] = std::move(shown);
    }
    if (person.is_object())
        actor["user"] = {{"uid", std::to_string(number_of(person, "uid"))}, {"type_id", 1}};
    else if (const std::string owner = text_of(session, "on_behalf_of"); !owner.empty())
        actor["user"] = {{"name", owner}, {"type_id", 1}};
    if (session.is_object()) actor["session"] = session_of(session);
    if (const std::string agent = text_of(session, "agent"); !agent.empty()) actor["app_name"] = agent;
    if (actor.empty()) actor["app_name"] = "remitd";
    return actor;
}

json endpoint_of(const json& object) {
    json endpoint = without_empty({{"ip", text_of(object, "address")}, {"hostname", text_of(object, "host")}, {"name", nullptr}});
    if (const uint64_t port = number_of(object, "port"); port != 0) endpoint["port"] = port;
    if (endpoint.empty()) {
        const std::string path = text_of(object, "path"), abstract = text_of(object, "abstract"), name = text_of(object, "name");
        endpoint["name"] = !path.empty() ? path : !abstract.empty() ? "@" + abstract : !name.empty() ? name : "unknown";
    }
    return endpoint;
}

json device_of(const json& record) {
    return {{"type_id", 1}, {"hostname", text_of(record, "host")}};
}

void put_class(json& event, Class wanted, const json& record, const std::string& kind) {
    const json &object = part_of(record, "object"), &session = part_of(record, "session");
    switch (wanted) {
        case Class::kProcess: {
            json process = without_empty({{"file", file_of(object)}, {"name", text_of(object, "path")}});
            if (process.empty()) process["name"] = text_of(object, "script_claimed");
            event["process"] = process;
            return;
        }
        case Class::kNetwork: {
            event[text_of(record, "crossing") == "listen" ? "src_endpoint" : "dst_endpoint"] = endpoint_of(object);
            const std::string protocol = text_of(object, "protocol");
            event["connection_info"] =
                without_empty({{"protocol_name", protocol}, {"direction_id", text_of(record, "crossing") == "listen" ? 1 : 2}});
            return;
        }
        case Class::kAuthorize: {
            const std::string owner = text_of(session, "on_behalf_of"), tool = text_of(record, "tool");
            event["user"] = without_empty({{"name", owner.empty() ? text_of(session, "agent") : owner}, {"type_id", 0}});
            if (!event["user"].contains("name")) event["user"]["name"] = "unknown";
            event["session"] = session_of(session);
            event["privileges"] = json::array({tool.empty() ? "policy:" + text_of(session, "policy") : "tool:" + tool});
            return;
        }
        case Class::kDetection: {
            const std::string what = text_of(record, kind == "task_moved" ? "move" : kind == "label" ? "label" : "touch");
            event["finding_info"] = {{"title", kind + (what.empty() ? "" : ": " + what)},
                                     {"uid", text_of(record, "boot") + "-" + std::to_string(number_of(record, "seq"))},
                                     {"types", json::array({kind})}};
            return;
        }
        case Class::kApi: {
            const std::string change = text_of(record, "change");
            event["api"] = {{"operation", kind + (change.empty() ? "" : ":" + change)}, {"service", {{"name", "remitd"}}}};
            event["src_endpoint"] = {{"hostname", text_of(record, "host")}};
            return;
        }
    }
}

}  // namespace

json ocsf_of(const json& record) {
    const std::string kind = text_of(record, "kind"), effect = text_of(record, "effect");
    const json& session = part_of(record, "session");
    const Class wanted = class_of(kind, text_of(record, "crossing"));
    const int class_uid = static_cast<int>(wanted), activity = activity_of(wanted, record, kind);
    const auto time = parse_time(text_of(record, "ts"));
    json event{{"category_uid", class_uid / 1000},
               {"class_uid", class_uid},
               {"activity_id", activity},
               {"type_uid", class_uid * 100 + activity},
               {"severity_id", severity_of(kind, effect)},
               {"time", time ? *time / 1'000'000 : 0},
               {"metadata",
                {{"version", kSchema},
                 {"product", {{"name", "Remit"}, {"vendor_name", "Remit"}}},
                 {"profiles", json::array({"host", "security_control"})},
                 {"sequence", number_of(record, "seq")},
                 {"uid", text_of(record, "boot") + "-" + std::to_string(number_of(record, "seq"))},
                 {"log_name", "trail"},
                 {"original_time", text_of(record, "ts")}}},
               {"device", device_of(record)},
               {"actor", actor_of(record)},
               {"action_id", is_refusal(effect) || kind == "session_revoked" || kind == "session_expired" ? kDenied : kAllowed},
               {"disposition_id", disposition_of(kind, effect)},
               {"message", render_line(record.dump(-1, ' ', false, json::error_handler_t::replace), {})},
               {"unmapped", record}};
    if (const std::string policy = text_of(session, "policy"); !policy.empty())
        event["policy"] = without_empty({{"name", policy}, {"uid", text_of(session, "policy_sha256")}});
    if (const std::string rule = text_of(record, "rule"); !rule.empty()) event["firewall_rule"] = {{"name", rule}};
    if (const uint64_t count = number_of(record, "count"); count > 1) event["count"] = count;
    if (const std::string reason = text_of(record, "reason"); !reason.empty()) event["status_detail"] = reason;
    event["status_id"] = is_refusal(effect) ? 2 : 1;
    put_class(event, wanted, record, kind);
    return event;
}

}  // namespace remit::cli
