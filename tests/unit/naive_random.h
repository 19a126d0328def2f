// Random policies, both as the naive model and as the text that an author would write, and random sessions of them.
#pragma once

#include <random>

#include "unit/naive_session.h"

namespace naive {

class Random {
public:
    explicit Random(uint32_t seed) : random_(seed) {}

    uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }
    bool one_in(uint32_t count) { return below(count) == 0; }

    Policy policy() {
        Policy out;
        out.audit = one_in(6);
        out.otherwise_allow = one_in(5);
        if (one_in(3)) out.lifetime = 60 + below(600);
        for (uint32_t i = 0, count = 1 + below(7); i < count; i++) out.tools.push_back(tool("t" + std::to_string(i)));
        for (uint32_t i = 0, count = below(3); i < count; i++) out.denies.push_back(deny(out));
        for (const Tool& tool : out.tools) add_grants(out, tool);
        return out;
    }

    Crossing crossing() {
        static constexpr const char* kPrograms[] = {"/opt/a/x", "/opt/a/y", "/opt/a/b/x", "/opt/a/b/c/x", "/opt/x", "/usr/x"};
        switch (below(8)) {
            case 0:
            case 1:
            case 2:
                return {.to = Crossing::To::kProgram, .name = kPrograms[below(6)]};
            case 3:
                return {.to = Crossing::To::kHost, .name = host(), .port = port(), .udp = one_in(3)};
            case 4:
                return {.to = Crossing::To::kListener, .name = {}, .address = one_in(4) ? 0 : address(), .port = port(), .udp = one_in(3)};
            case 5:
                return {.to = Crossing::To::kSocket, .name = socket()};
            default:
                return {.to = Crossing::To::kEndpoint, .name = {}, .address = address(), .port = port(), .udp = one_in(3)};
        }
    }

    std::string host() {
        static constexpr const char* kHosts[] = {"example", "a.example", "b.example", "c.b.example", "ab.example"};
        return kHosts[below(5)];
    }
    std::string socket() {
        static constexpr const char* kSockets[] = {"/run/x", "/run/y", "@x", "@y"};
        return kSockets[below(4)];
    }

    std::string mark_of(const Policy& policy) {
        const Tool& tool = policy.tools[below(static_cast<uint32_t>(policy.tools.size()))];
        return tool.labels.empty() || one_in(2) ? tool.name : tool.labels[below(static_cast<uint32_t>(tool.labels.size()))];
    }

private:
    uint32_t address() { return 0x0a000000 | below(2) << 16 | below(2) << 8 | below(4); }
    int port() {
        static constexpr int kPorts[] = {22, 443, 8000, 8080, 8100, 65535};
        return kPorts[below(6)];
    }

    Tool tool(const std::string& name) {
        Tool out;
        out.name = name;
        for (const char* label : {"l0", "l1", "l2"})
            if (one_in(5)) out.labels.push_back(label);
        for (uint32_t i = 0, count = below(3); i < count; i++) out.programs.push_back(program());
        for (uint32_t i = 0, count = below(4); i < count; i++) out.endpoints.push_back(endpoint());
        if (one_in(3)) out.hosts.push_back(named());
        if (one_in(3)) out.listens.push_back(listener());
        if (one_in(3)) out.sockets.push_back(socket());
        if (out.programs.empty() && out.endpoints.empty()) out.programs.push_back(program());
        return out;
    }

    template <typename With>
    void add_ports(With& out) {
        if (one_in(3)) return;
        out.first_port = port();
        out.last_port = one_in(2) ? out.first_port : std::max(out.first_port, port());
    }

    Host named() {
        Host out{.name = host(), .wildcard = one_in(2)};
        add_ports(out);
        return out;
    }

    Listen listener() {
        Listen out{.at = static_cast<Listen::At>(below(3)), .address = address()};
        add_ports(out);
        return out;
    }

    Program program() {
        static constexpr const char* kPaths[] = {"/opt", "/opt/a", "/opt/a/b", "/opt/a/x", "/opt/a/b/x", "/opt/x"};
        const uint32_t which = below(6);
        Program out{kPaths[which]};
        if (which < 3) (one_in(2) ? out.folder : out.everything_below) = true;
        return out;
    }

    Endpoint endpoint() {
        Endpoint out;
        static constexpr int kBits[] = {0, 8, 16, 24, 30, 31, 32};
        out.is_host = one_in(4);
        out.bits = out.is_host ? 32 : kBits[below(7)];
        out.address = out.bits == 0 ? 0 : address() & (~uint32_t{0} << (32 - out.bits));
        add_ports(out);
        if (one_in(3)) (one_in(2) ? out.tcp : out.udp) = false;
        return out;
    }

    // What check would refuse as meaning nothing is left out: grants behind a deny, beside one without conditions, of no time.
    void add_grants(Policy& policy, const Tool& tool) {
        for (const Deny& deny : policy.denies)
            if (deny.after.empty() && (deny.tool == tool.name || std::ranges::count(tool.labels, deny.label))) return;
        for (uint32_t i = 0, count = one_in(4) ? 0 : 1 + below(3); i < count; i++) {
            policy.grants.push_back(grant(policy, tool.name));
            const Grant& made = policy.grants.back();
            const bool free = made.from == 0 && made.until < 0 && made.max_uses < 0 && made.rate_count < 0 && made.only_after.empty() &&
                              made.never_after.empty() && !made.approval;
            if (free && i > 0) policy.grants.pop_back();
            if (free) return;
        }
    }

    Grant grant(const Policy& policy, const std::string& tool) {
        Grant out{.tool = tool, .only_after = {}, .never_after = {}, .approval = {}};
        if (one_in(2)) return out;
        if (one_in(4)) out.from = 1 + below(static_cast<uint32_t>(policy.lifetime < 0 ? 100 : policy.lifetime - 1));
        if (one_in(4)) out.until = out.from + 1 + below(200);
        if (one_in(4)) out.max_uses = 1 + below(3);
        if (one_in(3)) out.only_after.push_back(mark_of(policy));
        if (one_in(3)) out.never_after.push_back(mark_of(policy));
        if (out.never_after == out.only_after) out.never_after.clear();
        if (one_in(4)) {
            out.rate_count = 1 + below(3);
            out.rate_per = 20 + below(60);
        }
        if (one_in(4)) out.approval = {static_cast<Approval::Scope>(below(3)), 20 + below(100)};
        return out;
    }

    Deny deny(const Policy& policy) {
        Deny out;
        const Tool& tool = policy.tools[below(static_cast<uint32_t>(policy.tools.size()))];
        if (!tool.labels.empty() && one_in(2))
            out.label = tool.labels.front();
        else
            out.tool = tool.name;
        if (!one_in(3)) out.after.push_back(mark_of(policy));
        out.always = one_in(3);
        out.cut = !out.after.empty() && one_in(2);
        return out;
    }

    std::mt19937 random_;
};

inline std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}

inline std::string dotted(uint32_t address) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) text += (text.empty() ? "" : ".") + std::to_string(address >> shift & 255);
    return text;
}

inline std::string text_of(const Tool& tool) {
    std::string text = "tool { name: " + quoted(tool.name);
    for (const std::string& label : tool.labels) text += " label: " + quoted(label);
    for (const Program& each : tool.programs)
        text += " program { path: " + quoted(each.path + (each.folder ? "/*" : each.everything_below ? "/**" : "")) + " }";
    for (const Endpoint& each : tool.endpoints) {
        text += each.is_host ? " endpoint { host: " + quoted(dotted(each.address))
                             : " endpoint { cidr: " + quoted(dotted(each.address) + "/" + std::to_string(each.bits));
        if (each.first_port != 0 || each.last_port != 65535)
            text += " port: " + quoted(std::to_string(each.first_port) + "-" + std::to_string(each.last_port));
        if (each.tcp != each.udp) text += each.tcp ? " protocol: TCP" : " protocol: UDP";
        text += " }";
    }
    const auto ports = [](const auto& each) {
        if (each.first_port == 0 && each.last_port == 65535) return std::string();
        return " port: " + quoted(std::to_string(each.first_port) + "-" + std::to_string(each.last_port));
    };
    for (const Host& each : tool.hosts) text += " endpoint { host: " + quoted((each.wildcard ? "*." : "") + each.name) + ports(each) + " }";
    for (const Listen& each : tool.listens) {
        const std::string at = each.at == Listen::At::kAll ? "::" : each.at == Listen::At::kAllOfIpv4 ? "0.0.0.0" : dotted(each.address);
        text += " listen { address: " + quoted(at) + ports(each) + " }";
    }
    for (const std::string& each : tool.sockets) text += " endpoint { unix_path: " + quoted(each) + " }";
    return text + " }\n";
}

inline std::string text_of(const Grant& grant) {
    std::string text = "grant { tool: " + quoted(grant.tool);
    if (grant.from) text += " from: " + quoted(std::to_string(grant.from) + "s");
    if (grant.until >= 0) text += " until: " + quoted(std::to_string(grant.until) + "s");
    if (grant.max_uses >= 0) text += " max_uses: " + std::to_string(grant.max_uses);
    for (const std::string& mark : grant.only_after) text += " only_after: " + quoted(mark);
    for (const std::string& mark : grant.never_after) text += " never_after: " + quoted(mark);
    if (grant.rate_count >= 0)
        text += " rate { count: " + std::to_string(grant.rate_count) + " per: " + quoted(std::to_string(grant.rate_per) + "s") + " }";
    if (grant.approval) {
        const auto scope = grant.approval->scope;
        text += scope == Approval::Scope::kOnce ? " approval { scope: ONCE }"
                : scope == Approval::Scope::kSession
                    ? " approval { scope: SESSION }"
                    : " approval { scope: TIMED lasts: " + quoted(std::to_string(grant.approval->lasts) + "s") + " }";
    }
    return text + " }\n";
}

inline std::string text_of(const Policy& policy) {
    std::string text = "name: \"random\"\n";
    if (policy.audit) text += "mode: AUDIT\n";
    if (policy.otherwise_allow) text += "otherwise: ALLOW\n";
    if (policy.lifetime >= 0) text += "lifetime: " + quoted(std::to_string(policy.lifetime) + "s") + "\n";
    for (const Tool& tool : policy.tools) text += text_of(tool);
    for (const Grant& grant : policy.grants) text += text_of(grant);
    for (const Deny& deny : policy.denies) {
        text += "deny { " + (deny.tool.empty() ? "label: " + quoted(deny.label) : "tool: " + quoted(deny.tool));
        for (const std::string& mark : deny.after) text += " after: " + quoted(mark);
        if (deny.always) text += " always: true";
        if (deny.cut) text += " cut: true";
        text += " }\n";
    }
    return text;
}

}  // namespace naive
