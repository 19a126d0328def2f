// Fields of records that were read back: absent and of another type are the same. Pure; used within cli/.
#pragma once

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace remit::cli {

inline const nlohmann::json& part_of(const nlohmann::json& object, const char* key) {
    static const nlohmann::json kNone;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? *found : kNone;
}

inline std::string text_of(const nlohmann::json& object, const char* key) {
    const nlohmann::json& value = part_of(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

// A number, or a decimal string as the trail writes those that may pass 2^53; 0 where it is neither, or below 0.
inline uint64_t number_of(const nlohmann::json& object, const char* key) {
    const nlohmann::json& value = part_of(object, key);
    if (value.is_number_integer()) return value.is_number_unsigned() || value.get<int64_t>() > 0 ? value.get<uint64_t>() : 0;
    uint64_t number = 0;
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number;
}

}  // namespace remit::cli
