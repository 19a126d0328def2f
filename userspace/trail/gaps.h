// Accounts for the kernel's per-CPU crossing numbers, so that records + gaps = crossings, exactly. Owned by the daemon's epoll thread;
// its state travels in the `hooks` record and is taken up from there after a restart.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/clock.h"

namespace remit::trail {

// Numbers first..last, both included.
struct Range {
    uint64_t first = 0;
    uint64_t last = 0;

    uint64_t count() const { return last - first + 1; }
    bool operator==(const Range&) const = default;
};

// One CPU in the `hooks` record: numbers below `accounted` stand in the trail before that record, but for the missing ones.
struct CpuNumbers {
    uint32_t cpu = 0;
    uint64_t crossings = 0;  // the kernel's total at that time
    uint64_t accounted = 0;
    std::vector<Range> missing;

    bool operator==(const CpuNumbers&) const = default;
};

struct Gap {
    uint32_t cpu = 0;
    Range numbers;
};

// Records come in any order, with numbers from 0 for each CPU. Memory grows with the holes alone: at most kMostHoles a CPU after each
// settle().
class Ledger {
public:
    // A number that has not come this long after a later one (or the kernel's total) was seen is lost.
    static constexpr uint64_t kGraceNs = kSecondNs;
    static constexpr size_t kMostHoles = 4096;

    // A record with this number is about to be written. False: it was already, or a gap already stands for it; then it must not be.
    bool claim(uint32_t cpu, uint64_t n, uint64_t now_ns);
    // What was claimed or given out as a gap could not be written: it is missing again, and a gap at the next settle().
    void unclaim(uint32_t cpu, Range numbers, uint64_t now_ns);
    // The kernel's totals, index = cpu. Returns what is lost by now; each is then the caller's to record, or to unclaim().
    std::vector<Gap> settle(std::span<const uint64_t> totals, uint64_t now_ns, uint64_t grace_ns = kGraceNs);

    std::vector<CpuNumbers> state(std::span<const uint64_t> totals) const;
    // Goes on from the state of a `hooks` record; everything that it misses is missing since now.
    void restore(std::span<const CpuNumbers> state, uint64_t now_ns);
    // A line after that record stands for these numbers; known ones are passed over.
    void note(uint32_t cpu, Range numbers, uint64_t now_ns);

private:
    struct Hole {
        uint64_t last = 0;
        uint64_t since_ns = 0;
    };
    struct Cpu {
        uint64_t next = 0;               // all numbers below are accounted for, but for the holes
        std::map<uint64_t, Hole> holes;  // by their first number; disjoint
    };

    Cpu& at(uint32_t cpu);
    static void reach(Cpu& cpu, uint64_t next, uint64_t now_ns);
    static bool fill(Cpu& cpu, Range numbers);

    std::vector<Cpu> cpus_;
};

}  // namespace remit::trail
