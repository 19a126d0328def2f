#include "trail/gaps.h"

#include <algorithm>
#include <iterator>

namespace remit::trail {
namespace {

// Since when: nothing is on its way that could fill the hole.
constexpr uint64_t kKnownLost = 0;

}  // namespace

Ledger::Cpu& Ledger::at(uint32_t cpu) {
    if (cpu >= cpus_.size()) cpus_.resize(cpu + 1);
    return cpus_[cpu];
}

// Opens a hole for what lies between the numbers seen so far and `next`.
void Ledger::reach(Cpu& cpu, uint64_t next, uint64_t now_ns) {
    if (next <= cpu.next) return;
    cpu.holes.emplace_hint(cpu.holes.end(), cpu.next, Hole{next - 1, now_ns});
    cpu.next = next;
}

// Takes the numbers out of the holes. False: none of them was missing.
bool Ledger::fill(Cpu& cpu, Range numbers) {
    bool any = false;
    auto hole = cpu.holes.upper_bound(numbers.first);
    if (hole != cpu.holes.begin() && std::prev(hole)->second.last >= numbers.first) --hole;
    while (hole != cpu.holes.end() && hole->first <= numbers.last) {
        any = true;
        const uint64_t first = hole->first;
        const Hole old = hole->second;
        hole = cpu.holes.erase(hole);
        if (first < numbers.first) cpu.holes.emplace_hint(hole, first, Hole{numbers.first - 1, old.since_ns});
        if (old.last > numbers.last) cpu.holes.emplace_hint(hole, numbers.last + 1, Hole{old.last, old.since_ns});
    }
    return any;
}

bool Ledger::claim(uint32_t cpu_number, uint64_t n, uint64_t now_ns) {
    Cpu& cpu = at(cpu_number);
    if (n < cpu.next) return fill(cpu, {n, n});
    reach(cpu, n, now_ns);
    cpu.next = n + 1;
    return true;
}

void Ledger::unclaim(uint32_t cpu_number, Range numbers, uint64_t now_ns) {
    Cpu& cpu = at(cpu_number);
    reach(cpu, numbers.last + 1, now_ns);
    fill(cpu, numbers);
    cpu.holes.emplace(numbers.first, Hole{numbers.last, kKnownLost});
}

void Ledger::note(uint32_t cpu_number, Range numbers, uint64_t now_ns) {
    Cpu& cpu = at(cpu_number);
    reach(cpu, numbers.last + 1, now_ns);
    fill(cpu, numbers);
}

std::vector<Gap> Ledger::settle(std::span<const uint64_t> totals, uint64_t now_ns, uint64_t grace_ns) {
    std::vector<Gap> gaps;
    for (uint32_t number = 0; number < totals.size(); ++number) {
        Cpu& cpu = at(number);
        reach(cpu, totals[number], now_ns);
        size_t too_many = cpu.holes.size() > kMostHoles ? cpu.holes.size() - kMostHoles : 0;
        for (auto hole = cpu.holes.begin(); hole != cpu.holes.end();) {
            const bool due = hole->second.since_ns == kKnownLost || now_ns - hole->second.since_ns >= grace_ns;
            if (!due && too_many == 0) {
                ++hole;
                continue;
            }
            if (!due) --too_many;
            // Neighbours are one gap: a hole that was opened in pieces, or put back in pieces.
            if (!gaps.empty() && gaps.back().cpu == number && gaps.back().numbers.last + 1 == hole->first)
                gaps.back().numbers.last = hole->second.last;
            else
                gaps.push_back({number, {hole->first, hole->second.last}});
            hole = cpu.holes.erase(hole);
        }
    }
    return gaps;
}

std::vector<CpuNumbers> Ledger::state(std::span<const uint64_t> totals) const {
    std::vector<CpuNumbers> all;
    for (uint32_t number = 0; number < std::max(totals.size(), cpus_.size()); ++number) {
        CpuNumbers& one = all.emplace_back();
        one.cpu = number;
        if (number < totals.size()) one.crossings = totals[number];
        if (number >= cpus_.size()) continue;
        one.accounted = cpus_[number].next;
        for (const auto& [first, hole] : cpus_[number].holes) {
            if (!one.missing.empty() && one.missing.back().last + 1 == first)
                one.missing.back().last = hole.last;
            else
                one.missing.push_back({first, hole.last});
        }
    }
    return all;
}

void Ledger::restore(std::span<const CpuNumbers> state, uint64_t now_ns) {
    cpus_.clear();
    for (const CpuNumbers& one : state) {
        Cpu& cpu = at(one.cpu);
        cpu.next = one.accounted;
        for (const Range& hole : one.missing) cpu.holes.emplace(hole.first, Hole{hole.last, now_ns});
    }
}

}  // namespace remit::trail
