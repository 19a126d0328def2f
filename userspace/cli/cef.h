// A record of the trail as a line of ArcSight's Common Event Format, version 0. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace remit::cli {

// Without line feed.
std::string cef_of(const nlohmann::json& record);

// What is escaped is another in the head (| and \) than in an extension's value (= and \ and line ends).
std::string cef_head(std::string_view text);
std::string cef_value(std::string_view text);

}  // namespace remit::cli
