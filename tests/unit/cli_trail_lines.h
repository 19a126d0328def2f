// Lines of a trail as far as the verbs read them, for tests that judge or learn from one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace remit::cli::testing {

using nlohmann::json;

// A trail in the making; times in seconds since the session's start.
class TrailLines {
public:
    explicit TrailLines(std::string mode = "audit") : mode_(std::move(mode)) {}

    TrailLines& start(const std::string& session) { return add("session_start", session, 0, {}); }
    TrailLines& approved(const std::string& session, double at, const std::string& tool) {
        return add("approval_answered", session, at, {{"answer", "approve"}, {"tool", tool}});
    }
    TrailLines& crossing(const std::string& session, double at, const std::string& kind, json object, json more = {}) {
        json fields{{"crossing", kind}, {"object", std::move(object)}, {"effect", "passed"}, {"verdict", "deny"}, {"reason", "NO_TOOL"}};
        if (!more.is_null()) fields.update(more);
        return add("crossing", session, at, std::move(fields));
    }
    TrailLines& exec(const std::string& session, double at, const std::string& path, json more = {}) {
        return crossing(session, at, "exec", {{"path", path}, {"dev", "254:0"}, {"ino", "7"}}, std::move(more));
    }
    TrailLines& connect(const std::string& session, double at, const std::string& address, int port, json more = {},
                        const char* protocol = "tcp") {
        return crossing(session, at, "connect", {{"protocol", protocol}, {"address", address}, {"port", port}}, std::move(more));
    }
    const std::string& text() const { return text_; }

private:
    TrailLines& add(const char* kind, const std::string& session, double at, json fields) {
        json line{{"kind", kind},
                  {"boot_ns", std::to_string(static_cast<uint64_t>((1000 + at) * 1e9))},
                  {"session", {{"id", session}, {"name", session}, {"mode", mode_}, {"policy", "p"}}}};
        if (!fields.is_null()) line.update(fields);
        text_ += line.dump() + "\n";
        return *this;
    }
    std::string mode_;
    std::string text_;
};

}  // namespace remit::cli::testing
