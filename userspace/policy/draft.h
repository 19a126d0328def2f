// A policy in the making, and what is said about it. Used by the check_*.cc only.
#pragma once

#include <bit>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/attribute.h"
#include "policy/check.h"
#include "policy/hosts.h"
#include "policy/parse.h"

namespace remit::policy {

struct Draft {
    const Source& source;
    Policy policy{};
    std::vector<Diagnostic> diagnostics{};
    std::vector<PlayedExample> played{};
    std::vector<std::unique_ptr<Parsed>> files{};  // as source.files
    std::vector<size_t> order{};                   // files that are reached from the main one
    // By tool: it names something that is not supported yet, or that did not parse. What it covers is not all known.
    std::vector<bool> partial{};
    std::set<uint16_t> partial_rules{};  // grants with errors: not all their conditions are known

    void error(Position position, std::string code, std::string message, std::string hint = "") {
        diagnostics.push_back(
            {position, source.shown(position.file), Severity::kError, std::move(code), std::move(message), std::move(hint)});
    }
    void warn(Position position, std::string code, std::string message, std::string hint = "") {
        diagnostics.push_back(
            {position, source.shown(position.file), Severity::kWarning, std::move(code), std::move(message), std::move(hint)});
    }
    void not_supported(Position position, std::string what, std::string hint) {
        error(position, "not-supported", std::move(what) + " is not supported yet", std::move(hint));
    }
    Place root(size_t file) const { return Place(*files[file], static_cast<uint32_t>(file)); }
    size_t error_count() const;
    bool clean() const { return !has_errors(diagnostics); }
};

// "shell.textproto:12", for other places that a message names.
std::string shown(const Draft& draft, Position position);

void check_imports(Draft& draft);  // fills files and order
void check_head(Draft& draft);
void check_attaches(Draft& draft);
void check_tools(Draft& draft);
void check_grants(Draft& draft);
void check_denies(Draft& draft);
void check_reach(Draft& draft, const Tables& tables);  // grants and denies that can never do anything
void check_ties(Draft& draft, const Tables& tables);
void read_examples(Draft& draft);
void play_examples(Draft& draft, const Tables& tables);
void check_warnings(Draft& draft, const Probe& probe);

// The toolsets of all objects that the policy itself names; programs are the host's to say.
template <typename Use>
void each_toolset(const Policy& policy, const Tables& tables, Use use) {
    for (const Tables::Port& port : tables.ports) use(port.toolset);
    for (const Tables::Family& family : tables.families) use(family.toolset);
    for (const UnixEndpoint& endpoint : policy.unix_endpoints) use(unix_toolset(policy, {endpoint.name}));
    const Hosts hosts(policy);
    hosts.each_text([&](const std::string& text) {
        for (const remit_toolset& toolset : name_toolsets(policy, hosts, text)) use(toolset);
    });
    use(tables.anonymous);
}

inline int count_tools(const __u64* tools) {
    int count = 0;
    for (int i = 0; i < REMIT_TOOL_WORDS; i++) count += std::popcount(tools[i]);
    return count;
}

// Small shared checks; each says what is wrong at the place it is given, and returns whether the value can be used.
bool check_name(Draft& draft, Position position, std::string_view what, const std::string& name);
// A text for people: it is shown on terminals and in records as it stands.
void check_text(Draft& draft, Position position, std::string_view field, const std::string& text);
bool check_duration(Draft& draft, Position position, std::string_view field, const std::string& text, uint64_t& ns);
// A tool or a label, by name; says "did you mean". -1 when there is none.
int check_tool_name(Draft& draft, Position position, const std::string& name);
int check_mark_name(Draft& draft, Position position, const std::string& name);

}  // namespace remit::policy
