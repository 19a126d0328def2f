// What is counted of crossings while they are recorded, for `remit metrics`. Owned by daemon/recorder.h.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "trail/record.h"

namespace remit::daemon {

// Times in buckets that double, as Prometheus has them.
class Histogram {
public:
    // Upper bounds: first_ns, twice that, … ; the last bucket has no bound.
    explicit Histogram(uint64_t first_ns) : first_ns_(first_ns) {}
    void add(uint64_t ns);
    // The lines of one histogram; labels as they stand between braces, may be empty.
    void append(std::string& out, const std::string& name, const std::string& labels) const;

private:
    static constexpr size_t kBounds = 16;
    uint64_t first_ns_;
    std::array<uint64_t, kBounds + 1> buckets_{};
    uint64_t sum_ns_ = 0;
};

class Counters {
public:
    // A final crossing; each one, before it is folded.
    void crossing(const trail::Record& record);
    void gap(uint64_t count) { gaps_ += count; }
    // Everything is refused since, and just now its sockets were ended and that was told.
    void revoked(uint64_t took_ns) { revocations_.add(took_ns); }

    void append(std::string& out) const;

private:
    // Crossing, policy, tool, verdict, reason, effect.
    using Series = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>;

    std::map<Series, uint64_t> crossings_;
    std::map<std::string, Histogram> decisions_;  // by crossing
    Histogram revocations_{100'000};
    uint64_t gaps_ = 0;
};

// `name{a="b"} value` and its head. type: "counter" or "gauge".
void append_head(std::string& out, const std::string& name, const char* type, const char* help);
void append_sample(std::string& out, const std::string& name, const std::string& labels, uint64_t value);
// A label's value between its quotes: backslash, quote and line feed escaped.
std::string label_value(std::string_view text);

}  // namespace remit::daemon
