// Streams the lines of one file in constant memory. Used within trail/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace remit::trail {

class LineSource {
public:
    // No record comes near: texts and lists are capped, and the numbers of a `hooks` record too.
    static constexpr size_t kLongestLine = size_t{16} << 20;

    static Result<LineSource> open(const std::string& path);

    // True: `line` is the next one without its line feed, valid until the next call. False: the end. What stands behind the last line
    // feed is not a line: rest() holds its bytes, and next() may be called again where the file may have grown.
    Result<bool> next(std::string_view& line);
    std::string_view rest() const { return std::string_view(buffer_).substr(begin_, end_ - begin_); }
    uint64_t number() const { return number_; }  // of the last line, from 1

private:
    Result<bool> fill();

    std::string path_;
    Fd fd_;
    std::string buffer_;
    size_t begin_ = 0;    // of what was not handed out yet
    size_t scanned_ = 0;  // no line feed before this
    size_t end_ = 0;
    uint64_t number_ = 0;
};

}  // namespace remit::trail
