#include "policy/pattern.h"

#include "abi/limits.h"
#include "base/text.h"

namespace remit::policy {
namespace {

// Greedy with one place to go back to, so that the time is bounded by the product of the lengths, however many stars there are.
bool matches_component(std::string_view pattern, std::string_view name) {
    size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            p++;
            n++;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') p++;
    return p == pattern.size();
}

// What is wrong with it as the name of a unix socket; empty when nothing is.
std::string name_fault(std::string_view name) {
    const bool abstract = name.starts_with('@');
    if (name.empty() || (!abstract && name.front() != '/')) return "is no absolute path and no abstract name";
    if (name.size() < 2) return "names no socket";
    if (name.size() - (abstract ? 1 : 0) > REMIT_UNIX_NAME_BYTES - 1) return "is longer than a socket's name can be";
    if (!is_safe(name)) return "holds characters that cannot be shown";
    if (name.find('*') != std::string_view::npos) return "has a *, and sockets are named one by one";
    return abstract || is_plain_path(name) ? "" : "is not in its plain form";
}

}  // namespace

Result<void> check_unix_name(std::string_view name) {
    const std::string fault = name_fault(name);
    if (fault.empty()) return {};
    return Error{Code::kBadData, "\"" + std::string(name) + "\" " + fault,
                 "at most 107 bytes: an absolute path without \"//\", \".\" and \"..\", or \"@\" and an abstract name"};
}

bool Pattern::matches(std::string_view path) const {
    if (exact) return path == text;
    if (!path.starts_with(std::string_view(text).substr(0, fixed))) return false;
    const auto wanted = split(text, '/'), given = split(path, '/');
    const bool below = wanted.back() == "**";
    if (below ? given.size() < wanted.size() : given.size() != wanted.size()) return false;
    for (size_t i = 0; i < wanted.size(); i++) {
        if (below && i + 1 == wanted.size()) return !given.back().empty();
        if (i > 0 && given[i].empty()) return false;
        if (!matches_component(wanted[i], given[i])) return false;
    }
    return true;
}

bool is_plain_path(std::string_view path) {
    if (path.size() < 2 || path.front() != '/' || path.find('\0') != std::string_view::npos) return false;
    for (std::string_view component : split(path.substr(1), '/'))
        if (component.empty() || component == "." || component == "..") return false;
    return true;
}

Result<Pattern> parse_pattern(std::string_view text) {
    const auto bad = [&](std::string message, std::string hint) {
        return Error{Code::kBadData, "\"" + std::string(text) + "\" " + message, std::move(hint)};
    };
    if (text.empty() || text.front() != '/') return bad("is no absolute path", "begin it with /");
    if (!is_safe(text)) return bad("holds characters that cannot be shown", "a path of UTF-8 without control characters");
    if (!is_plain_path(text)) return bad("is not in its plain form", "leave out \"//\", \".\", \"..\" and a slash at the end");
    const auto components = split(text, '/');
    for (size_t i = 0; i < components.size(); i++) {
        const bool last = i + 1 == components.size();
        if (components[i].find("**") != std::string_view::npos && !(last && components[i] == "**"))
            return bad("has ** in the middle", "** stands for everything below a folder, and only at the end: \"/usr/lib/git-core/**\"");
    }
    const size_t star = text.find('*');
    return Pattern{std::string(text), star == std::string_view::npos, std::min(star, text.size())};
}

}  // namespace remit::policy
