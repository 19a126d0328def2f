#include "cli/text_diff.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace remit::cli {
namespace {

constexpr size_t kAround = 2;

struct Line {
    char mark;  // ' ', '-', '+'
    std::string_view text;
};

// The longest common subsequence, by a table of the lengths that are left: policies have some hundred lines.
std::vector<Line> align(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
    std::vector<std::vector<uint32_t>> left(a.size() + 1, std::vector<uint32_t>(b.size() + 1));
    for (size_t i = a.size(); i-- > 0;)
        for (size_t j = b.size(); j-- > 0;) left[i][j] = a[i] == b[j] ? left[i + 1][j + 1] + 1 : std::max(left[i + 1][j], left[i][j + 1]);
    std::vector<Line> lines;
    size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j])
            lines.push_back({' ', a[i++]}), j++;
        else if (j == b.size() || (i < a.size() && left[i + 1][j] >= left[i][j + 1]))
            lines.push_back({'-', a[i++]});
        else
            lines.push_back({'+', b[j++]});
    }
    return lines;
}

}  // namespace

std::string text_diff(std::string_view before, std::string_view after) {
    if (before == after) return "";
    const std::vector<Line> lines = align(split(before, '\n'), split(after, '\n'));
    std::string out;
    bool skipped = false;
    for (size_t i = 0; i < lines.size(); i++) {
        const size_t from = i < kAround ? 0 : i - kAround, to = std::min(i + kAround + 1, lines.size());
        const bool near = std::any_of(lines.begin() + static_cast<ptrdiff_t>(from), lines.begin() + static_cast<ptrdiff_t>(to),
                                      [](const Line& line) { return line.mark != ' '; });
        if (near) out += std::string(1, lines[i].mark) + " " + printable(lines[i].text) + "\n";
        if (!near && !skipped) out += "…\n";
        skipped = !near;
    }
    return out;
}

}  // namespace remit::cli
