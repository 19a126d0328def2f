// Takes the bytes of a fuzzer apart: whatever is asked for comes out, zeros behind the end. And the check that the fuzzers live by.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

// Says what did not hold and ends the process: libFuzzer keeps the input.
#define REMIT_HOLDS(condition)                                                             \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (false)

namespace remit::fuzz {

class Input {
public:
    Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

    template <typename T>
    T take() {
        T value{};
        const size_t bytes = sizeof(T) < size_ ? sizeof(T) : size_;
        if (bytes > 0) std::memcpy(&value, data_, bytes);
        data_ += bytes;
        size_ -= bytes;
        return value;
    }
    // 0..bound-1.
    uint32_t below(uint32_t bound) { return bound <= 256 ? take<uint8_t>() % bound : take<uint32_t>() % bound; }
    bool flip() { return take<uint8_t>() & 1; }
    std::string_view rest() const { return {reinterpret_cast<const char*>(data_), size_}; }
    size_t left() const { return size_; }

private:
    const uint8_t* data_;
    size_t size_;
};

}  // namespace remit::fuzz
