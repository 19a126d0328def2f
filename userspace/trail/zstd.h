// Segments in their archived form: one file into another, and back as a stream. Used within trail/.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"

namespace remit::trail {

// Writes `from` as `to`, compressed, with a checksum over the content, synced under its final name. What was left of an earlier try is
// written anew.
Result<void> compress_file(const std::string& from, const std::string& to);

// The content of a compressed file, in constant memory.
class Inflater {
public:
    // `path` is for errors.
    explicit Inflater(std::string path);
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;
    ~Inflater();

    // Up to `room` bytes of what `fd` holds; 0: the end. Fails with kBadData where the file was altered or cut off.
    Result<size_t> read(int fd, char* out, size_t room);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace remit::trail
