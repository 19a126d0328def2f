#include "cli/mcp_server.h"

#include <algorithm>
#include <array>

#include "cli/app.h"

namespace remit::cli {
namespace {

using nlohmann::json;

// Oldest first; the last is offered to whoever asks for one that is not here.
constexpr std::array kVersions{"2024-11-05", "2025-03-26", "2025-06-18"};
// The only one in which several messages may stand in an array.
constexpr const char* kBatches = "2025-03-26";
constexpr const char* kStructured = "2025-06-18";

// Calls need 4; values are copied by recursion.
constexpr int kMaxDepth = 32;

constexpr const char* kInstructions =
    "This session is kept within a policy by Remit: programs and endpoints that the policy does not grant are refused by the kernel. When "
    "something fails with \"Permission denied\" or \"Operation not permitted\", call `why`. Do not try to go round a refusal: call "
    "`request` for the tool that it names, or go on without it.";

enum JsonRpc { kParse = -32700, kInvalid = -32600, kNoMethod = -32601, kBadParameters = -32602 };

// Bodies of answers: what `answered` puts under an id.
json result(json value) {
    return {{"result", std::move(value)}};
}

json fault(JsonRpc code, const std::string& message) {
    return {{"error", {{"code", code}, {"message", message}}}};
}

json answered(const json& id, json body) {
    body["jsonrpc"] = "2.0";
    body["id"] = id;
    return body;
}

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json schema_of(const McpTool& tool) {
    json properties = json::object(), required = json::array();
    for (const McpParameter& each : tool.parameters) {
        json& property = properties[each.name] = {{"type", each.number ? "integer" : "string"}, {"description", each.about}};
        if (each.number) property["minimum"] = 1;
        if (!each.choices.empty()) property["enum"] = each.choices;
        if (each.required) required.push_back(each.name);
    }
    json schema{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = required;
    return schema;
}

bool fits(const McpParameter& parameter, const json& value) {
    if (parameter.number) return value.is_number_unsigned() && value.get<uint64_t>() >= 1;
    return value.is_string() &&
           (parameter.choices.empty() || std::ranges::find(parameter.choices, value.get<std::string>()) != parameter.choices.end());
}

// What is wrong with them; empty: nothing.
std::string mistake_in(const McpTool& tool, const json& arguments) {
    if (!arguments.is_object()) return "arguments are no object";
    for (const McpParameter& each : tool.parameters)
        if (each.required && !arguments.contains(each.name)) return tool.name + " needs \"" + each.name + "\"";
    for (const auto& [name, value] : arguments.items()) {
        const auto known = std::ranges::find(tool.parameters, name, &McpParameter::name);
        if (known == tool.parameters.end()) return tool.name + " has no argument \"" + name + "\"";
        if (!fits(*known, value)) return "\"" + name + "\" of " + tool.name + " has to be " + known->about;
    }
    return "";
}

}  // namespace

std::optional<std::string> McpServer::answer(std::string_view line) {
    bool deep = false;
    const auto is_shallow = [&deep](int depth, json::parse_event_t, const json&) {
        deep |= depth > kMaxDepth;
        return depth <= kMaxDepth;
    };
    const json message = json::parse(line, is_shallow, false);
    if (deep) return dump(answered(nullptr, fault(kInvalid, "the message is nested too deeply")));
    if (message.is_discarded()) return dump(answered(nullptr, fault(kParse, "no JSON")));
    if (!message.is_array() || version_ != kBatches) {
        const std::optional<json> one = answer_one(message);
        return one ? std::optional(dump(*one)) : std::nullopt;
    }
    if (message.empty()) return dump(answered(nullptr, fault(kInvalid, "an empty batch")));
    json answers = json::array();
    for (const json& each : message)
        if (std::optional<json> one = answer_one(each)) answers.push_back(*std::move(one));
    return answers.empty() ? std::nullopt : std::optional(dump(answers));
}

std::string McpServer::too_long() {
    return dump(answered(nullptr, fault(kInvalid, "the line is too long")));
}

std::optional<json> McpServer::answer_one(const json& message) {
    if (!message.is_object() || message.value("jsonrpc", json()) != "2.0")
        return answered(nullptr, fault(kInvalid, "no JSON-RPC 2.0 message"));
    const bool asks = message.contains("id");
    const json id = message.value("id", json());
    if (asks && !id.is_string() && !id.is_number_integer())
        return answered(nullptr, fault(kInvalid, "an id is a string or a whole number"));
    if (!message.contains("method") && (message.contains("result") || message.contains("error"))) return std::nullopt;
    const json method = message.value("method", json());
    if (!method.is_string()) return answered(id, fault(kInvalid, "a message has a method"));
    if (!asks) return std::nullopt;
    return answered(id, dispatch(method, message.value("params", json::object())));
}

json McpServer::dispatch(const std::string& method, const json& parameters) {
    if (!parameters.is_object()) return fault(kBadParameters, "params are no object");
    if (method == "ping") return result(json::object());
    if (method == "initialize") return initialize(parameters);
    if (method != "tools/list" && method != "tools/call") return fault(kNoMethod, "no method \"" + method + "\"");
    if (version_.empty()) return fault(kInvalid, "initialize comes first");
    return method == "tools/list" ? list() : call(parameters);
}

json McpServer::initialize(const json& parameters) {
    const json wanted = parameters.value("protocolVersion", json());
    if (!wanted.is_string()) return fault(kBadParameters, "initialize needs \"protocolVersion\"");
    const auto known = std::ranges::find(kVersions, wanted.get<std::string>());
    version_ = known == kVersions.end() ? kVersions.back() : *known;
    return result({{"protocolVersion", version_},
                   {"capabilities", {{"tools", json::object()}}},
                   {"serverInfo", {{"name", "remit"}, {"version", kVersion}}},
                   {"instructions", kInstructions}});
}

json McpServer::list() const {
    json tools = json::array();
    for (const McpTool& tool : tools_)
        tools.push_back({{"name", tool.name}, {"description", tool.about}, {"inputSchema", schema_of(tool)}});
    return result({{"tools", tools}});
}

json McpServer::call(const json& parameters) const {
    const json name = parameters.value("name", json());
    if (!name.is_string()) return fault(kBadParameters, "tools/call needs \"name\"");
    const auto tool = std::ranges::find(tools_, name.get<std::string>(), &McpTool::name);
    if (tool == tools_.end()) return fault(kBadParameters, "no tool \"" + name.get<std::string>() + "\"");
    const json arguments = parameters.value("arguments", json::object());
    if (const std::string mistake = mistake_in(*tool, arguments); !mistake.empty()) return fault(kBadParameters, mistake);
    const McpResult called = tool->call(arguments);
    json out{{"content", json::array({{{"type", "text"}, {"text", dump(called.content)}}})}, {"isError", called.error}};
    if (version_ == kStructured) out["structuredContent"] = called.content;
    return result(std::move(out));
}

void BoundedLines::feed(std::string_view bytes, const std::function<void(std::optional<std::string_view>)>& on_line) {
    while (!bytes.empty()) {
        const size_t end = bytes.find('\n');
        const std::string_view piece = bytes.substr(0, end);
        if (!skipping_ && line_.size() + piece.size() > most_) {
            skipping_ = true;
            line_.clear();
            on_line(std::nullopt);
        }
        if (!skipping_) line_ += piece;
        if (end == std::string_view::npos) return;
        if (!skipping_ && !line_.empty()) on_line(line_);
        line_.clear();
        skipping_ = false;
        bytes.remove_prefix(end + 1);
    }
}

}  // namespace remit::cli
