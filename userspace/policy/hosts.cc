#include "policy/hosts.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace remit::policy {
namespace {

Effect effect_of(const Hosts::Rule& rule) {
    const Host& host = *rule.host;
    Effect effect{.layer = rule.layer,
                  .tool = rule.tool,
                  .kind = host.wildcard ? kByWildcard : kExactHost,
                  .prefix = host.wildcard ? static_cast<uint32_t>(host.name.size()) : kExactBits,
                  .tcp = host.tcp,
                  .udp = host.udp,
                  .ports = host.ports};
    std::ranges::sort(effect.ports);
    return effect;
}

int rank(const remit_verdict& verdict) {
    return verdict.kind == REMIT_ALLOW ? 2 : verdict.kind == REMIT_PENDING ? 1 : 0;
}

}  // namespace

bool covers_name(const Host& host, std::string_view name) {
    if (!host.wildcard) return name == host.name;
    return name.size() > host.name.size() + 1 && name.ends_with(host.name) && name[name.size() - host.name.size() - 1] == '.';
}

Hosts::Hosts(const Policy& policy) {
    for (size_t layer = 0; layer < layers_of(policy); layer++) {
        const std::vector<Tool>& tools = layer_of(policy, layer).tools;
        for (uint16_t tool = 0; tool < tools.size(); tool++)
            for (const Host& host : tools[tool].hosts) by_text_[host.text()].push_back({layer, tool, &host});
    }
}

void Hosts::each_rule(const std::string& name, const std::function<void(const Rule&)>& visit) const {
    const auto visit_all = [&](const std::string& text) {
        const auto found = by_text_.find(text);
        if (found != by_text_.end())
            for (const Rule& rule : found->second) visit(rule);
    };
    if (!name.starts_with("*.")) visit_all(name);
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) visit_all("*" + name.substr(dot));
}

bool Hosts::covers(const std::string& name) const {
    bool any = false;
    each_rule(name, [&](const Rule&) { any = true; });
    return any;
}

void Hosts::each_text(const std::function<void(const std::string&)>& visit) const {
    for (const auto& [text, rules] : by_text_) visit(text);
}

Worth worth_of(const Policy& policy, const Hosts& hosts, std::span<const std::string> names, const std::optional<Address>& address) {
    Worth worth;
    for (const std::string& name : names) hosts.each_rule(name, [&](const Hosts::Rule& rule) { worth.push_back(effect_of(rule)); });
    for (size_t layer = 0; address && layer < layers_of(policy); layer++) {
        const std::vector<Tool>& tools = layer_of(policy, layer).tools;
        for (uint16_t tool = 0; tool < tools.size(); tool++)
            for (const Endpoint& endpoint : tools[tool].endpoints)
                if (endpoint.prefix.covers(*address)) worth.push_back(effect_of(layer, tool, endpoint, false));
    }
    std::ranges::sort(worth);
    worth.erase(std::unique(worth.begin(), worth.end()), worth.end());
    return worth;
}

std::vector<Tables::Port> ports_of(const Policy& policy, const Worth& worth, uint32_t zone) {
    Tables tables;
    std::vector<const Effect*> effects;
    for (const Effect& effect : worth) effects.push_back(&effect);
    for (const uint16_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) add_ports(policy, effects, protocol, zone, tables);
    return std::move(tables.ports);
}

bool covers_address(const Policy& policy, const Address& address) {
    return std::ranges::any_of(policy.tools, [&](const Tool& tool) {
        return std::ranges::any_of(tool.endpoints, [&](const Endpoint& endpoint) { return endpoint.prefix.covers(address); });
    });
}

std::vector<remit_toolset> name_toolsets(const Policy& policy, const Hosts& hosts, const std::string& name) {
    std::vector<remit_toolset> toolsets;
    const auto same = [](const remit_toolset& a) { return [&a](const remit_toolset& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }; };
    for (const Tables::Port& port : ports_of(policy, worth_of(policy, hosts, std::span(&name, 1), std::nullopt), 0))
        if (std::ranges::none_of(toolsets, same(port.toolset))) toolsets.push_back(port.toolset);
    if (toolsets.empty()) toolsets.emplace_back();
    return toolsets;
}

bool better(const remit_verdict& verdict, const remit_verdict& than) {
    return rank(verdict) > rank(than);
}

}  // namespace remit::policy
