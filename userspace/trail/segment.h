// The files of a trail: `<UTC start>-<first seq>.jsonl` in one folder, `.jsonl.zst` once they are archived, and what stands at the end of
// the last. Used within trail/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remit::trail {

inline constexpr std::string_view kCompressed = ".zst";
inline constexpr std::string_view kFirstPrev = "0000000000000000000000000000000000000000000000000000000000000000";

struct Segment {
    std::string path;
    uint64_t first_seq = 0;  // by its name
};

std::string segment_name(uint64_t wall_ns, uint64_t first_seq);
bool parse_segment_name(std::string_view path, uint64_t& first_seq);
// When it was begun, by its name, in wall time; 0: the name does not say.
uint64_t segment_start(std::string_view path);
// Of a path that a trail is said to be at: a folder of segments, or one of them? Error: it is not there, or not to be seen.
Result<bool> is_folder(const std::string& path);
// Those of a folder, by their first seq; other files are passed over, and so is the archived form of a segment that is still there as it
// was written.
Result<std::vector<Segment>> list_segments(const std::string& folder);

// The beginning of a line; prev is a view into it.
struct Head {
    uint64_t seq = 0;
    std::string_view prev;
};
// False: the bytes are no line of a trail.
bool parse_head(std::string_view line, Head& head);

// The value of a key that the writer wrote as `"key":"value"` or `"key":number`; empty where it is absent. Sound on whole lines, as a quote
// within a text is always escaped, and only for keys that no inner object has.
std::string_view find_value(std::string_view line, std::string_view key);

// Where a writer goes on.
struct Tail {
    Segment segment;  // the last one; path empty: there is none
    uint64_t whole_bytes = 0;
    uint64_t torn_bytes = 0;  // behind the last line feed: a line that a crash left half-written
    uint64_t next_seq = 0;
    std::string prev{kFirstPrev};
    std::string boot;  // of the last line
};
// Fails where the last whole line is no line of a trail: going on would hide that.
Result<Tail> read_tail(const std::string& folder);

}  // namespace remit::trail
