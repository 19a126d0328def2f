#include "trail/reader.h"

#include <nlohmann/json.hpp>

#include "trail/lines.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

using nlohmann::json;

std::string_view text_of(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return {};
    return found->get_ref<const std::string&>();
}

bool session_matches(const json& line, const std::string& wanted) {
    const auto session = line.find("session");
    if (session == line.end() || !session->is_object()) return false;
    return text_of(*session, "id").starts_with(wanted) || text_of(*session, "name") == wanted;
}

bool tool_matches(const json& line, const std::string& wanted) {
    if (text_of(line, "tool") == wanted) return true;
    const auto tools = line.find("tools");
    if (tools == line.end() || !tools->is_array()) return false;
    for (const json& tool : *tools)
        if (tool == wanted) return true;
    return false;
}

Result<std::vector<Segment>> segments_of(const std::string& path) {
    auto folder = is_folder(path);
    if (!folder) return std::move(folder).error();
    if (*folder) return list_segments(path);
    return std::vector<Segment>{{path, 0}};
}

// False: stopped by on_line.
Result<bool> read_segment(const std::string& path, const Filter& filter, const OnLine& on_line) {
    auto source = LineSource::open(path);
    if (!source) return std::move(source).error();
    std::string_view raw;
    auto more = source->next(raw);
    for (; more && *more; more = source->next(raw)) {
        // Kind and time stand at the beginning: most lines need not be parsed.
        if (!filter.kind.empty() && find_value(raw, "kind") != filter.kind) continue;
        if (!filter.since.empty() && find_value(raw, "ts") < filter.since) continue;
        const json line = json::parse(raw, nullptr, false);
        if (!line.is_object())
            return Error{Code::kBadData, path + ":" + std::to_string(source->number()) + ": no record of a trail",
                         "`remit trail verify` says what happened to it"};
        if (matches(line, filter) && !on_line(raw, line)) return false;
    }
    if (!more) return std::move(more).error();
    return true;
}

}  // namespace

bool matches(const json& line, const Filter& filter) {
    if (!filter.session.empty() && !session_matches(line, filter.session)) return false;
    if (!filter.tool.empty() && !tool_matches(line, filter.tool)) return false;
    if (!filter.since.empty() && text_of(line, "ts") < filter.since) return false;
    const std::pair<const char*, const std::string*> words[] = {{"kind", &filter.kind},
                                                                {"crossing", &filter.crossing},
                                                                {"verdict", &filter.verdict},
                                                                {"reason", &filter.reason},
                                                                {"effect", &filter.effect}};
    for (const auto& [key, wanted] : words)
        if (!wanted->empty() && text_of(line, key) != *wanted) return false;
    return true;
}

Result<void> read_trail(const std::vector<std::string>& paths, const Filter& filter, const OnLine& on_line) {
    for (const std::string& path : paths) {
        auto segments = segments_of(path);
        if (!segments) return std::move(segments).error();
        for (const Segment& segment : *segments) {
            auto read = read_segment(segment.path, filter, on_line);
            if (!read) return std::move(read).error();
            if (!*read) return {};
        }
    }
    return {};
}

}  // namespace remit::trail
