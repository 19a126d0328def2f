#include "policy/fold.h"

#include <algorithm>
#include <bit>
#include <set>

#include "policy/pattern.h"

namespace remit::policy {
namespace {

// So many programs of one folder, and folders of programs in one folder, are listed one by one; more become a pattern.
constexpr size_t kMaxListed = 16;
constexpr size_t kMaxFolders = 8;
// So many addresses at least make a prefix, and of its addresses one in 2^slack at least was used; more slack where lines are too many.
constexpr uint64_t kFewest = 4;
constexpr uint32_t kSlack = 3;
constexpr uint32_t kMostSlack = 12;
constexpr size_t kMaxPrefixes = 48;
constexpr uint32_t kWidestIpv4 = kIpv4Bits + 16;
constexpr uint32_t kWidestIpv6 = 64;
constexpr uint64_t kMany = 16;
constexpr size_t kMaxRanges = 16;

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

// A folder whose programs all come from below a common one of this kind is not folded further: "/usr/**" says nothing.
bool may_hold_all(const std::string& folder) {
    return std::ranges::count(folder, '/') >= 2;
}

bool can_be_said(const std::string& pattern, const std::string& path) {
    const Result<Pattern> parsed = parse_pattern(pattern);
    return parsed && parsed->matches(path);
}

class Paths {
public:
    Paths(const std::map<std::string, uint64_t>& uses, const std::function<bool(const std::string&)>& allowed)
        : uses_(uses), allowed_(allowed) {}

    std::vector<Folded> fold(std::vector<std::string>& unsaid) {
        for (const auto& [path, count] : uses_) lines_[say(path)].insert(path);
        if (const auto none = lines_.find(""); none != lines_.end()) {
            unsaid.assign(none->second.begin(), none->second.end());
            lines_.erase(none);
        }
        fold_folders();
        fold_trees();
        std::vector<Folded> out;
        for (const auto& [text, paths] : lines_) {
            Folded line{text, paths.size(), 0};
            for (const std::string& path : paths) line.uses += uses_.at(path);
            out.push_back(std::move(line));
        }
        return out;
    }

private:
    // The path itself, or what comes nearest; empty: nothing does.
    std::string say(const std::string& path) const {
        if (path.find('*') == std::string::npos && can_be_said(path, path)) return path;
        for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder))
            for (const char* rest : {"/*", "/**"})
                if (can_be_said(folder + rest, path) && allowed_(folder + rest)) return folder + rest;
        return "";
    }

    void replace(const std::string& pattern, const std::vector<std::string>& lines) {
        if (!parse_pattern(pattern) || !allowed_(pattern)) return;
        std::set<std::string> paths;
        for (const std::string& line : lines) {
            paths.insert(lines_[line].begin(), lines_[line].end());
            lines_.erase(line);
        }
        lines_[pattern].insert(paths.begin(), paths.end());
    }

    void fold_folders() {
        std::map<std::string, std::vector<std::string>> folders;
        for (const auto& [line, paths] : lines_) folders[folder_of(line)].push_back(line);
        for (const auto& [folder, lines] : folders)
            if (lines.size() > kMaxListed && !folder.empty()) replace(folder + "/*", lines);
    }

    // From the deepest folders up, so that what was folded counts as one.
    void fold_trees() {
        std::set<std::pair<size_t, std::string>, std::greater<>> parents;
        for (const auto& [line, paths] : lines_)
            for (std::string at = folder_of(folder_of(line)); may_hold_all(at); at = folder_of(at))
                parents.emplace(std::ranges::count(at, '/'), at);
        for (const auto& [depth, parent] : parents) {
            std::set<std::string> children;
            std::vector<std::string> below;
            for (auto line = lines_.lower_bound(parent + "/"); line != lines_.end() && line->first.starts_with(parent + "/"); ++line) {
                below.push_back(line->first);
                const std::string rest = line->first.substr(parent.size() + 1);
                if (const size_t slash = rest.find('/'); slash != std::string::npos) children.insert(rest.substr(0, slash));
            }
            if (children.size() > kMaxFolders) replace(parent + "/**", below);
        }
    }

    const std::map<std::string, uint64_t>& uses_;
    const std::function<bool(const std::string&)>& allowed_;
    std::map<std::string, std::set<std::string>> lines_;
};

class Addresses {
public:
    Addresses(const std::map<Address, uint64_t>& uses, const std::function<bool(const Prefix&)>& allowed, uint32_t slack)
        : all_(uses.begin(), uses.end()), allowed_(allowed), slack_(slack) {}

    std::vector<FoldedPrefix> fold() {
        if (!all_.empty()) visit(0, all_.size(), 0);
        return std::move(out_);
    }

private:
    // All addresses of first..last share this many bits.
    void visit(size_t first, size_t last, uint32_t bits) {
        const Address& low = all_[first].first;
        if (last - first == 1) return add({low, 128}, first, last);
        // What they all share is the least that holds them; only networks of IPv6 are taken whole.
        const uint32_t shared = shared_bits(low, all_[last - 1].first);
        if (is_ipv4(low) || bits > kWidestIpv6 || shared < kWidestIpv6)
            bits = std::max(bits, shared);
        else
            bits = kWidestIpv6;
        const Prefix prefix = prefix_around(low, bits);
        const bool mixed = bits < kIpv4Bits && is_ipv4(low) != is_ipv4(all_[last - 1].first);
        if (!mixed && is_dense(prefix, is_ipv4(low), last - first) && allowed_(prefix)) return add(prefix, first, last);
        size_t middle = first;
        while (middle < last && !(all_[middle].first[bits / 8] >> (7 - bits % 8) & 1)) middle++;
        if (middle > first) visit(first, middle, bits + 1);
        if (middle < last) visit(middle, last, bits + 1);
    }

    static uint32_t shared_bits(const Address& a, const Address& b) {
        uint32_t bits = 0;
        while (bits < 128 && same_bits(a, b, bits + 1)) bits++;
        return bits;
    }

    bool is_dense(const Prefix& prefix, bool ipv4, uint64_t count) const {
        if (count < kFewest || prefix.bits < (ipv4 ? kWidestIpv4 : kWidestIpv6)) return false;
        // Hosts of one IPv6 network take addresses anywhere in its lower half: there, being many is being dense.
        if (!ipv4 && prefix.bits == kWidestIpv6) return count >= kMany;
        return 128 - prefix.bits <= static_cast<uint32_t>(std::bit_width(count)) - 1 + slack_;
    }

    void add(const Prefix& prefix, size_t first, size_t last) {
        FoldedPrefix folded{prefix, last - first, 0};
        for (size_t i = first; i < last; i++) folded.uses += all_[i].second;
        out_.push_back(folded);
    }

    std::vector<std::pair<Address, uint64_t>> all_;
    const std::function<bool(const Prefix&)>& allowed_;
    uint32_t slack_;
    std::vector<FoldedPrefix> out_;
};

}  // namespace

std::vector<Folded> fold_paths(const std::map<std::string, uint64_t>& uses, const std::function<bool(const std::string& pattern)>& allowed,
                               std::vector<std::string>& unsaid) {
    return Paths(uses, allowed).fold(unsaid);
}

std::vector<FoldedPrefix> fold_addresses(const std::map<Address, uint64_t>& uses, const std::function<bool(const Prefix&)>& allowed) {
    std::vector<FoldedPrefix> folded;
    for (uint32_t slack = kSlack; slack <= kMostSlack; slack += 3) {
        folded = Addresses(uses, allowed, slack).fold();
        if (folded.size() <= kMaxPrefixes) break;
    }
    return folded;
}

std::vector<Ports> fold_ports(const std::vector<uint16_t>& sorted, const std::function<bool(Ports gap)>& allowed) {
    std::vector<Ports> ranges;
    for (uint16_t port : sorted) {
        if (!ranges.empty() && ranges.back().last + 1 == port)
            ranges.back().last = port;
        else if (ranges.empty() || ranges.back().last != port)
            ranges.push_back({port, port});
    }
    const auto gap_behind = [&](size_t i) {
        return Ports{static_cast<uint16_t>(ranges[i].last + 1), static_cast<uint16_t>(ranges[i + 1].first - 1)};
    };
    std::set<std::pair<uint16_t, uint16_t>> kept;  // gaps that something refused is in
    while (ranges.size() > kMaxRanges) {
        size_t smallest = ranges.size();
        for (size_t i = 0; i + 1 < ranges.size(); i++)
            if (!kept.contains({gap_behind(i).first, gap_behind(i).last}) &&
                (smallest == ranges.size() || gap_behind(i).width() < gap_behind(smallest).width()))
                smallest = i;
        if (smallest == ranges.size()) break;
        if (const Ports gap = gap_behind(smallest); !allowed(gap)) {
            kept.emplace(gap.first, gap.last);
            continue;
        }
        ranges[smallest].last = ranges[smallest + 1].last;
        ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(smallest) + 1);
    }
    return ranges;
}

}  // namespace remit::policy
