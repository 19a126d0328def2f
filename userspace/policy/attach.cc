#include "policy/attach.h"

#include <algorithm>

#include "base/text.h"

namespace remit::policy {

namespace {

// The first components of a path: "/a/b" of "/a/b/c" for 2.
std::string_view first_folders(std::string_view path, size_t count) {
    size_t at = 0;
    for (size_t i = 0; i <= count; i++) {
        at = path.find('/', i == 0 ? 0 : at + 1);
        if (at == std::string_view::npos) return path;
    }
    return path.substr(0, at);
}

Pattern shorter(const Pattern& pattern, size_t depth) {
    Pattern out{std::string(first_folders(pattern.text, depth))};
    out.fixed = std::min(out.text.find('*'), out.text.size());
    out.exact = out.fixed == out.text.size();
    return out;
}

// Is there a name that both match? By what can be left to be matched of each, star by star.
bool names_overlap(std::string_view a, std::string_view b) {
    std::vector<std::vector<bool>> reached(a.size() + 1, std::vector<bool>(b.size() + 1, false));
    for (size_t i = a.size() + 1; i-- > 0;) {
        for (size_t j = b.size() + 1; j-- > 0;) {
            const bool a_star = i < a.size() && a[i] == '*', b_star = j < b.size() && b[j] == '*';
            bool here = i == a.size() && j == b.size();
            if (a_star) here = here || reached[i + 1][j] || (j < b.size() && reached[i][j + 1]);
            if (b_star) here = here || reached[i][j + 1] || (i < a.size() && reached[i + 1][j]);
            if (i < a.size() && j < b.size() && a[i] == b[j]) here = here || reached[i + 1][j + 1];
            reached[i][j] = here;
        }
    }
    return reached[0][0];
}

}  // namespace

size_t depth_of(std::string_view path) {
    return static_cast<size_t>(std::ranges::count(path, '/'));
}

std::string_view fixed_folder(const Pattern& pattern) {
    const std::string_view text = pattern.text;
    if (pattern.exact) return text;
    return text.substr(0, std::max<size_t>(text.rfind('/', pattern.fixed), 1));
}

bool overlap(const Pattern& a, const Pattern& b) {
    const auto in_a = split(a.text, '/'), in_b = split(b.text, '/');
    if (in_a.size() != in_b.size()) return false;
    return std::ranges::equal(in_a, in_b, names_overlap);
}

Match match(const std::vector<Glob>& globs, std::string_view cgroup) {
    const size_t depth = depth_of(cgroup);
    Match found;
    bool deeper = false;
    for (const Glob& glob : globs) {
        const size_t wanted = depth_of(glob.pattern.text);
        if (wanted > depth) {
            deeper = deeper || shorter(glob.pattern, depth).matches(cgroup);
            continue;
        }
        if (!glob.pattern.matches(first_folders(cgroup, wanted))) continue;
        const size_t before = found.glob ? depth_of(found.glob->pattern.text) : 0;
        if (wanted > before) found = {Match::Kind::kBind, &glob};
        if (wanted == before && glob.policy != found.glob->policy) found = {Match::Kind::kConflict, found.glob, &glob};
    }
    if (found.kind == Match::Kind::kBind && deeper) found.kind = Match::Kind::kPassage;
    return found;
}

std::vector<Match> conflicts(const std::vector<Glob>& globs) {
    std::vector<Match> found;
    for (size_t i = 0; i < globs.size(); i++) {
        for (size_t j = i + 1; j < globs.size(); j++) {
            if (globs[i].policy != globs[j].policy && overlap(globs[i].pattern, globs[j].pattern))
                found.push_back({Match::Kind::kConflict, &globs[i], &globs[j]});
        }
    }
    return found;
}

}  // namespace remit::policy
