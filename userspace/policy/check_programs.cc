// Programs of a tool: by path, content and kind.
#include <algorithm>

#include "policy/tool_draft.h"

namespace remit::policy {
namespace {

uint8_t kinds_of(const pb::Program& program) {
    return static_cast<uint8_t>((program.anonymous() ? kAnonymous : 0) | (program.loader() ? kLoader : 0) |
                                (program.set_id() ? kSetId : 0) | (program.foreign() ? kForeign : 0));
}

int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<Digest> parse_digest(std::string_view text) {
    Digest digest{};
    if (text.size() != 2 * digest.size() || std::ranges::any_of(text, [](char c) { return digit(c) < 0; })) return std::nullopt;
    for (size_t i = 0; i < digest.size(); i++) digest[i] = static_cast<uint8_t>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return digest;
}

// What cannot stand together.
bool fits_together(ToolDraft& out, const pb::Program& program, const Place& place) {
    const int kinds = std::popcount(kinds_of(program));
    if (program.anonymous() && (kinds > 1 || program.has_path() || program.has_sha256())) {
        out.error(place.at("anonymous"), "bad-program", "anonymous: true stands alone: such programs have no path and no other kind",
                  "write a program { … } for each");
        return false;
    }
    if (program.foreign() && program.has_sha256()) {
        out.error(place.at("sha256"), "bad-program", "the content of a foreign file is whatever its server says next",
                  "name its path without sha256, or copy the program to a file system of the host");
        return false;
    }
    return true;
}

}  // namespace

void read_program(ToolDraft& out, const pb::Program& program, const Place& place) {
    Program read{.kinds = kinds_of(program), .position = place.here()};
    bool fine = fits_together(out, program, place);
    if (program.has_sha256()) {
        read.position = place.at("sha256");
        read.sha256 = parse_digest(program.sha256());
        if (!read.sha256) {
            out.error(read.position, "bad-sha256", "\"" + program.sha256() + "\" is no SHA-256",
                      "64 digits of 0-9 and a-f, as sha256sum prints them");
            fine = false;
        }
    }
    if (program.has_path()) {
        read.position = place.at("path");
        Result<Pattern> pattern = parse_pattern(program.path());
        if (!pattern) return out.error(read.position, "bad-path", pattern.error().message, pattern.error().hint);
        read.pattern = std::move(*pattern);
    } else if (!read.kinds && !program.has_sha256()) {
        if (!place.damaged())
            out.error(place.here(), "missing-field", "the program has no path, no content and no kind",
                      "write program { path: \"/usr/bin/…\" }");
        return;
    }
    if (fine) out.tool.programs.push_back(std::move(read));
}

}  // namespace remit::policy
