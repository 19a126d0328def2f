// A record as its exact line: the bytes that are hashed. Used by the writer; the format is docs/trail.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trail/record.h"

namespace remit::trail {

// Where a line stands in the trail and in the world.
struct Place {
    uint64_t seq = 0;
    std::string_view prev;      // 64 hex digits
    uint64_t boot_time_at = 0;  // wall time, in ns, of the moment at which boot time was 0
    std::string_view host;
    std::string_view boot;  // id of the boot
};

// Appends the line without its line feed.
void append_line(std::string& out, const Record& record, const Place& place);

std::string_view kind_word(Kind kind);

}  // namespace remit::trail
