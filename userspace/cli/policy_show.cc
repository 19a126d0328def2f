// remit policy show: what a policy says, tool by tool; or its source as it stands. Needs no daemon.
#include <memory>

#include "base/clock.h"
#include "base/text.h"
#include "base/words.h"
#include "cli/good_policy.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "policy/names.h"
#include "policy/phrases.h"

namespace remit::cli {
namespace {

struct Options {
    std::string policy, folder;
    bool source = false;
};

nlohmann::json grants_of(const policy::Policy& policy, uint16_t tool) {
    nlohmann::json grants = nlohmann::json::array();
    for (const policy::Grant& grant : policy.grants)
        if (grant.tool == tool)
            grants.push_back({{"rule", policy.rules[grant.rule].text}, {"conditions", policy::conditions_in_words(policy, grant)}});
    return grants;
}

nlohmann::json to_json(const policy::Policy& policy) {
    nlohmann::json tools = nlohmann::json::array(), denies = nlohmann::json::array();
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++)
        tools.push_back({{"name", policy.tools[tool].name},
                         {"about", policy.tools[tool].about},
                         {"standing", policy::standing_of(policy, tool)},
                         {"grants", grants_of(policy, tool)},
                         {"covers", policy::covers_in_words(policy, tool)}});
    for (const policy::Deny& deny : policy.denies)
        denies.push_back({{"rule", policy.rules[deny.rule].text},
                          {"tools", policy::denied_tools(policy, deny)},
                          {"when", policy::deny_in_words(policy, deny)}});
    return {{"name", policy.name},
            {"version", policy.version},
            {"about", policy.about},
            {"sha256", policy.identity},
            {"mode", mode_word(policy.mode)},
            {"lifetime", policy.lifetime_ns ? format_duration(policy.lifetime_ns) : ""},
            {"otherwise", policy.otherwise_text},
            {"tools", tools},
            {"denies", denies}};
}

std::string in_words(const nlohmann::json& grants) {
    std::vector<std::string> words;
    for (const nlohmann::json& grant : grants)
        if (const std::string conditions = grant["conditions"]; !conditions.empty()) words.push_back(conditions);
    return join(words, "; or ");
}

void print(Cli& cli, const nlohmann::json& shown) {
    Table facts({});
    for (const char* key : {"name", "version", "about", "sha256", "mode", "lifetime", "otherwise"})
        if (const std::string value = shown[key]; !value.empty()) facts.add({key, value});
    cli.out << facts.to_text(cli.colour);
    for (const nlohmann::json& tool : shown["tools"]) {
        const std::string standing = tool["standing"], conditions = in_words(tool["grants"]), about = tool["about"];
        const char* colour = standing == "granted" ? kGreen : standing == "conditional" ? kYellow : kRed;
        cli.out << "\n"
                << paint(printable(tool["name"].get<std::string>()), kBold, cli.colour) << ": " << paint(standing, colour, cli.colour);
        if (!conditions.empty()) cli.out << " " << printable(conditions);
        if (!about.empty()) cli.out << "  (" << printable(about) << ")";
        cli.out << "\n";
        for (const std::string line : tool["covers"]) cli.out << "    " << printable(line) << "\n";
    }
    if (!shown["denies"].empty()) cli.out << "\n";
    for (const nlohmann::json& deny : shown["denies"])
        cli.out << printable(deny["rule"].get<std::string>()) << " " << printable(deny["when"].get<std::string>()) << "\n";
}

// Line feeds and tabs as they are; what else would steer a terminal is made safe.
std::string safe_text(const std::string& bytes) {
    std::string out;
    for (std::string_view rest = bytes; !rest.empty();) {
        const size_t end = std::min(rest.find_first_of("\n\t"), rest.size());
        out += printable(rest.substr(0, end));
        if (end < rest.size()) out += rest[end];
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

int show_source(Cli& cli, const Options& options) {
    auto source = read_named_policy(options.policy, options.folder);
    if (!source) return cli.fail(source.error());
    nlohmann::json files = nlohmann::json::array();
    for (const policy::SourceFile& file : source->files) {
        if (!cli.json && !files.empty()) cli.out << "\n# " << printable(file.name) << "\n";
        if (!cli.json) cli.out << safe_text(file.bytes);
        files.push_back({{"name", file.name}, {"text", file.bytes}});
    }
    if (cli.json) cli.print(nlohmann::json{{"files", files}});
    return 0;
}

int show(Cli& cli, const Options& options) {
    if (options.source) return show_source(cli, options);
    auto policy = good_policy(cli, options.policy, options.folder);
    if (!policy) return cli.status;
    if (cli.json)
        cli.print(to_json(policy->policy));
    else
        print(cli, to_json(policy->policy));
    return 0;
}

}  // namespace

void add_policy_show(CLI::App& policy, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(policy, "show", "Show what a policy says, tool by tool", "remit policy show coding");
    verb->add_option("policy", options->policy, "The name of an installed policy, or a file")->required();
    verb->add_flag("--source", options->source, "Its text and that of its imports");
    add_policy_dir(*verb, options->folder);
    verb->callback([&cli, options] { cli.status = show(cli, *options); });
}

}  // namespace remit::cli
