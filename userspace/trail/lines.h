// Streams the lines of one file in constant memory. Used within trail/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "trail/zstd.h"

namespace remit::trail {

class LineSource {
public:
    // No record comes near: texts and lists are capped, and the numbers of a `hooks` record too.
    static constexpr size_t kLongestLine = size_t{16} << 20;

    // Of a segment as it was written, or archived (`.zst`), also where it was archived just now.
    static Result<LineSource> open(const std::string& path);

    // True: `line` is the next one without its line feed, valid until the next call. False: the end. What stands behind the last line
    // feed is not a line: rest() holds its bytes, and next() may be called again where the file may have grown.
    Result<bool> next(std::string_view& line);
    std::string_view rest() const { return std::string_view(buffer_).substr(begin_, end_ - begin_); }
    uint64_t number() const { return number_; }  // of the last line, from 1

private:
    Result<bool> fill();
    Result<size_t> read_some(char* out, size_t room);

    std::string path_;
    Fd fd_;
    std::optional<Inflater> inflater_;  // of an archived segment
    std::string buffer_;
    size_t begin_ = 0;    // of what was not handed out yet
    size_t scanned_ = 0;  // no line feed before this
    size_t end_ = 0;
    uint64_t number_ = 0;
};

}  // namespace remit::trail
