// A line of the trail as one line for people: watch, `trail show`, `why` and the demo show the same. Pure; outside text is made safe for
// terminals.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "api/refusal.h"

namespace remit::cli {

struct Style {
    bool colour = false;
    bool date = false;  // the day as well as the time
};

// Time, session, crossing, object, tool, verdict and reason, effect, latency, rule; other kinds: time, session, kind and what they say.
// Without line feed. A line that is no JSON object comes out as it is, made safe.
std::string render_line(std::string_view json_line, const Style& style);

// The parts, for verbs that say more. "tcp 10.0.0.1:443", "/usr/bin/git".
std::string object_in_words(const nlohmann::json& record);
// A refused, killed, dropped or held crossing; nothing for other records.
std::optional<api::Refusal> refusal_of(const nlohmann::json& record);

}  // namespace remit::cli
