#include "policy/check.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "policy/draft.h"
#include "policy/tables.h"

namespace remit::policy {
namespace {

// Of a name: what fits in a line of a record and needs no quoting in a shell.
constexpr size_t kMaxNameBytes = 63;

std::string meant(std::string_view word, const std::vector<std::string>& candidates, std::string otherwise) {
    const std::optional<std::string> close = nearest(word, candidates);
    return close ? "did you mean \"" + *close + "\"?" : std::move(otherwise);
}

std::vector<std::string> names_of_tools(const Policy& policy) {
    std::vector<std::string> names;
    for (const Tool& tool : policy.tools) names.push_back(tool.name);
    return names;
}

}  // namespace

size_t Draft::error_count() const {
    return static_cast<size_t>(std::ranges::count(diagnostics, Severity::kError, &Diagnostic::severity));
}

std::string shown(const Draft& draft, Position position) {
    return draft.source.files[position.file].name + ":" + std::to_string(position.line);
}

bool check_name(Draft& draft, Position position, std::string_view what, const std::string& name) {
    const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
    if (!name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, fits) &&
        std::isalnum(static_cast<unsigned char>(name[0])))
        return true;
    draft.error(position, "bad-name", "\"" + name + "\" cannot be the name of a " + std::string(what),
                "letters, digits, \"-\", \"_\" and \".\", beginning with a letter or digit, at most 63");
    return false;
}

void check_text(Draft& draft, Position position, std::string_view field, const std::string& text) {
    if (!is_safe(text))
        draft.error(position, "bad-text", "\"" + std::string(field) + "\" holds characters that cannot be shown",
                    "one line of UTF-8, without control characters");
}

bool check_duration(Draft& draft, Position position, std::string_view field, const std::string& text, uint64_t& ns) {
    Result<uint64_t> parsed = parse_duration(text);
    if (parsed) {
        ns = *parsed;
        return true;
    }
    draft.error(position, "bad-duration", std::string(field) + ": " + parsed.error().message, parsed.error().hint);
    return false;
}

int check_tool_name(Draft& draft, Position position, const std::string& name) {
    const int tool = draft.policy.find_tool(name);
    if (tool < 0)
        draft.error(position, "unknown-tool", "there is no tool \"" + name + "\"",
                    meant(name, names_of_tools(draft.policy), "declare it with tool { name: \"" + name + "\" … }, or import it"));
    return tool;
}

int check_mark_name(Draft& draft, Position position, const std::string& name) {
    const int mark = draft.policy.find_mark(name);
    if (mark >= 0) return mark;
    std::vector<std::string> names = names_of_tools(draft.policy);
    names.insert(names.end(), draft.policy.labels.begin(), draft.policy.labels.end());
    draft.error(position, "unknown-mark", "there is no tool and no label \"" + name + "\"",
                meant(name, names, "name a tool of this policy, or a label that one of its tools gives"));
    return -1;
}

Checked check(const Source& source, const Probe& probe) {
    if (source.files.empty()) return {.diagnostics = {{.code = "bad-import", .message = "there is no policy"}}};
    Draft draft{.source = source};
    check_imports(draft);
    if (draft.files[0]->complete) {
        check_head(draft);
        check_attaches(draft);
        check_tools(draft);
        check_grants(draft);
        check_denies(draft);
        read_examples(draft);
    }
    draft.policy.identity = identity(source);
    Checked checked;
    if (draft.files[0]->complete) {
        Result<Tables> tables = compile(draft.policy);
        if (!tables) {
            draft.error({}, "too-large", tables.error().message, tables.error().hint);
        } else {
            check_reach(draft, *tables);
            check_ties(draft, *tables);
            if (draft.clean()) play_examples(draft, *tables);
            if (draft.clean()) checked.tables = std::move(*tables);
        }
        check_warnings(draft, probe);
    }
    std::ranges::stable_sort(draft.diagnostics, {}, &Diagnostic::position);
    for (Diagnostic& diagnostic : draft.diagnostics) {  // they quote the author's bytes, and go to terminals, records and messages
        diagnostic.file = printable(diagnostic.file);
        diagnostic.message = printable(diagnostic.message);
        diagnostic.hint = printable(diagnostic.hint);
    }
    if (checked.tables) checked.policy = std::move(draft.policy);
    checked.diagnostics = std::move(draft.diagnostics);
    checked.examples = std::move(draft.played);
    return checked;
}

}  // namespace remit::policy
