// The Model Context Protocol as a server of tools: JSON-RPC 2.0, one message a line. Pure: `remit mcp` hands it lines and tools.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::cli {

struct McpParameter {
    std::string name, about;
    bool required = false;
    bool number = false;                 // whole and at least 1; else a string
    std::vector<std::string> choices{};  // none: any string
};

struct McpResult {
    nlohmann::json content;  // an object
    bool error = false;
};

struct McpTool {
    std::string name, about;
    std::vector<McpParameter> parameters;
    std::function<McpResult(const nlohmann::json& arguments)> call;  // with arguments that fit the parameters
};

class McpServer {
public:
    explicit McpServer(std::vector<McpTool> tools) : tools_(std::move(tools)) {}

    // What to write for a line, without line feed. Nothing for notifications and answers.
    std::optional<std::string> answer(std::string_view line);
    // For a line that is too long to be read.
    static std::string too_long();

private:
    using Json = nlohmann::json;
    std::optional<Json> answer_one(const Json& message);
    Json dispatch(const std::string& method, const Json& parameters);
    Json initialize(const Json& parameters);
    Json list() const;
    Json call(const Json& parameters) const;

    std::vector<McpTool> tools_;
    std::string version_;  // negotiated; empty until then
};

// Lines of a stream that comes in pieces; one longer than the bound is told once, and left out up to its end.
class BoundedLines {
public:
    explicit BoundedLines(size_t most) : most_(most) {}
    // on_line: a line without its feed; nothing for one that is too long.
    void feed(std::string_view bytes, const std::function<void(std::optional<std::string_view>)>& on_line);

private:
    size_t most_;
    std::string line_;
    bool skipping_ = false;
};

}  // namespace remit::cli
