#include "trail/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include "base/clock.h"
#include "base/fd.h"
#include "trail/chain.h"
#include "trail/lines.h"

namespace remit::trail {
namespace {

constexpr std::string_view kSuffix = ".jsonl";
constexpr std::string_view kHead = R"({"v":1,"seq":)";
constexpr std::string_view kPrev = R"(,"prev":")";
constexpr std::string_view kAfterPrev = R"(","ts":")";
constexpr size_t kHashDigits = 64;

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

bool take_number(std::string_view& text, uint64_t& value) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{} || (text[0] == '0' && end.ptr != text.data() + 1)) return false;
    text.remove_prefix(size_t(end.ptr - text.data()));
    return true;
}

// The last `bytes` of what stands before `end`.
Result<std::string> read_before(int fd, uint64_t end, size_t bytes, const std::string& path) {
    std::string piece(std::min<uint64_t>(bytes, end), '\0');
    const uint64_t from = end - piece.size();
    for (size_t done = 0; done < piece.size();) {
        const ssize_t got = pread(fd, piece.data() + done, piece.size() - done, off_t(from + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", path);
        if (got == 0) return Error{Code::kInternal, "read " + path + ": it became shorter", "let only the daemon write the trail"};
        done += size_t(got);
    }
    return piece;
}

struct End {
    std::string line;  // the last whole one, without its line feed; empty: there is none
    uint64_t whole_bytes = 0;
    uint64_t torn_bytes = 0;
};

// Of an archived segment: from its beginning, as it has no other.
Result<End> read_end_compressed(const std::string& path) {
    auto source = LineSource::open(path);
    if (!source) return std::move(source).error();
    End end;
    std::string_view line;
    auto more = source->next(line);
    for (; more && *more; more = source->next(line)) {
        end.line = line;
        end.whole_bytes += line.size() + 1;
    }
    if (!more) return std::move(more).error();
    return end;
}

Result<End> read_end(const std::string& path) {
    if (path.ends_with(kCompressed)) return read_end_compressed(path);
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return errno_error("open", path);
    struct stat info {};
    if (fstat(fd.get(), &info) != 0) return errno_error("stat", path);
    const auto size = uint64_t(info.st_size);
    // Doubles until it holds the last whole line; lines are a few KiB.
    for (size_t window = size_t{64} << 10;; window *= 2) {
        auto piece = read_before(fd.get(), size, window, path);
        if (!piece) return std::move(piece).error();
        const bool all = piece->size() == size;
        const size_t feed = piece->rfind('\n');
        if (feed == std::string::npos) {
            if (all) return End{"", 0, size};
            continue;
        }
        const size_t before = feed == 0 ? std::string::npos : piece->rfind('\n', feed - 1);
        if (before == std::string::npos && !all) continue;
        const size_t begin = before == std::string::npos ? 0 : before + 1;
        const uint64_t torn = piece->size() - feed - 1;
        return End{piece->substr(begin, feed - begin), size - torn, torn};
    }
}

// By errno.
Error cannot_open(const std::string& path) {
    const bool hidden = errno == EACCES;
    Error error = errno_error("open", path);
    error.hint = hidden ? "read the trail as root" : "`remit status` says where the trail is: name that folder, or files of it";
    return error;
}

}  // namespace

std::string segment_name(uint64_t wall_ns, uint64_t first_seq) {
    std::string start = format_time(wall_ns).substr(0, 19) + "Z";
    std::erase_if(start, [](char c) { return c == '-' || c == ':'; });
    return start + "-" + std::to_string(first_seq) + std::string(kSuffix);
}

bool parse_segment_name(std::string_view name, uint64_t& first_seq) {
    if (name.ends_with(kCompressed)) name.remove_suffix(kCompressed.size());
    if (!name.ends_with(kSuffix)) return false;
    name.remove_suffix(kSuffix.size());
    const size_t hyphen = name.rfind('-');
    if (hyphen == std::string_view::npos) return false;
    name.remove_prefix(hyphen + 1);
    return take_number(name, first_seq) && name.empty();
}

uint64_t segment_start(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (name.size() < 16 || name[8] != 'T' || name[15] != 'Z') return 0;
    const auto part = [&](size_t from, size_t count) { return std::string(name.substr(from, count)); };
    const auto time =
        parse_time(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" + part(11, 2) + ":" + part(13, 2) + "Z");
    return time ? *time : 0;
}

Result<bool> is_folder(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return cannot_open(path);
    return S_ISDIR(info.st_mode);
}

Result<std::vector<Segment>> list_segments(const std::string& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
    if (!entries) return cannot_open(folder);
    std::vector<Segment> segments;
    errno = 0;
    while (const dirent* entry = readdir(entries.get())) {
        uint64_t first_seq = 0;
        if (parse_segment_name(entry->d_name, first_seq)) segments.push_back({folder + "/" + entry->d_name, first_seq});
    }
    if (errno != 0) return errno_error("read folder", folder);
    std::sort(segments.begin(), segments.end(),
              [](const Segment& a, const Segment& b) { return a.first_seq != b.first_seq ? a.first_seq < b.first_seq : a.path < b.path; });
    // Archiving was cut off between its last two steps.
    const auto twice = std::unique(segments.begin(), segments.end(), [](const Segment& plain, const Segment& other) {
        return other.path.size() == plain.path.size() + kCompressed.size() && other.path.starts_with(plain.path);
    });
    segments.erase(twice, segments.end());
    return segments;
}

bool parse_head(std::string_view line, Head& head) {
    if (!line.ends_with('}') || !take(line, kHead) || !take_number(line, head.seq) || !take(line, kPrev)) return false;
    head.prev = line.substr(0, kHashDigits);
    const bool hex =
        std::all_of(head.prev.begin(), head.prev.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (head.prev.size() != kHashDigits || !hex) return false;
    line.remove_prefix(kHashDigits);
    return take(line, kAfterPrev);
}

std::string_view find_value(std::string_view line, std::string_view key) {
    std::string wanted;
    wanted.reserve(key.size() + 4);
    wanted += ",\"";
    wanted += key;
    wanted += "\":";
    const size_t at = line.find(wanted);
    if (at == std::string_view::npos) return {};
    line.remove_prefix(at + wanted.size());
    if (line.starts_with('"')) return line.substr(1, line.find('"', 1) - 1);
    return line.substr(0, line.find_first_of(",}"));
}

Result<Tail> read_tail(const std::string& folder) {
    auto segments = list_segments(folder);
    if (!segments) return std::move(segments).error();
    Tail tail;
    if (segments->empty()) return tail;
    tail.segment = segments->back();
    // The last segment may hold no whole line yet; then the chain's end stands in one before.
    for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
        auto end = read_end(segment->path);
        if (!end) return std::move(end).error();
        if (segment == segments->rbegin()) {
            tail.whole_bytes = end->whole_bytes;
            tail.torn_bytes = end->torn_bytes;
        }
        if (end->whole_bytes == 0) continue;
        Head head;
        if (!parse_head(end->line, head))
            return Error{Code::kBadData, "last line of " + segment->path + " is no line of a trail",
                         "run `remit trail verify` on the folder, keep it as evidence, and start with another --log-dir"};
        tail.next_seq = head.seq + 1;
        tail.prev = chain_hash(end->line);
        tail.boot = find_value(end->line, "boot");
        return tail;
    }
    return tail;
}

}  // namespace remit::trail
