#include "session/policies.h"

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "policy/check.h"
#include "session/own.h"

namespace remit::session {

namespace {

// For how long what no session holds stays published.
constexpr uint64_t kIdleNs = 5 * kSecondNs;
constexpr uint64_t kAtOnce = ~uint64_t{0};

std::string key_of(const std::string& identity, const Writer& writer) {
    return identity + " " + writer.key();
}

// What an earlier daemon bound goes on under its zones; new ones are numbered behind them.
void take_up_names(const kernel::Kernel& kernel, LoadedPolicy& loaded) {
    if (!loaded.hosts) return;
    loaded.name_ports = kernel.ports_from(loaded.tables_id, loaded.next_zone);
    for (const Tables::Port& each : loaded.name_ports) loaded.next_zone = std::max(loaded.next_zone, each.zone + 1);
}

}  // namespace

Result<std::shared_ptr<LoadedPolicy>> compile(policy::Source source, std::vector<policy::Diagnostic>& diagnostics) {
    policy::Checked checked = policy::check(source);
    diagnostics = std::move(checked.diagnostics);
    if (!checked.policy || !checked.tables) {
        const auto first = std::find_if(diagnostics.begin(), diagnostics.end(),
                                        [](const auto& each) { return each.severity == policy::Severity::kError; });
        return Error{Code::kBadData, first == diagnostics.end() ? "the policy was refused" : policy::first_line(*first),
                     "remit policy check FILE says everything that is wrong"};
    }
    auto loaded = std::make_shared<LoadedPolicy>();
    loaded->source = std::move(source);
    loaded->policy = std::move(*checked.policy);
    loaded->tables = std::move(*checked.tables);
    loaded->patterns = loaded->policy.program_patterns();
    for (const policy::UnixEndpoint& each : loaded->policy.unix_endpoints) {
        if (each.peer) loaded->peer_patterns.push_back(each.peer->text);
    }
    number_names(*loaded);
    return loaded;
}

void number_names(LoadedPolicy& loaded) {
    loaded.next_zone = 0;
    for (const Tables::Zone& each : loaded.tables.zones) loaded.next_zone = std::max(loaded.next_zone, each.zone + 1);
    if (loaded.tables.head.flags & REMIT_NAMES)
        loaded.hosts.emplace(loaded.policy);
    else
        loaded.hosts.reset();
}

Result<std::shared_ptr<LoadedPolicy>> Policies::load(policy::Source source, const Writer& writer,
                                                     std::vector<policy::Diagnostic>& diagnostics) {
    const std::string identity = policy::identity(source);
    if (auto known = known_[key_of(identity, writer)].lock()) return known;
    auto loaded = compile(std::move(source), diagnostics);
    if (!loaded) return loaded;
    if (auto saved = store_.save_policy(identity, (*loaded)->source); !saved) return std::move(saved).error();
    (*loaded)->writer = writer;
    known_[key_of(identity, writer)] = *loaded;
    return loaded;
}

Result<std::shared_ptr<LoadedPolicy>> Policies::readopt(const std::string& identity, const Writer& writer, uint32_t tables_id,
                                                        const std::optional<Own>& own) {
    if (auto known = readopted_[tables_id].lock()) {
        known->sessions++;
        return known;
    }
    auto source = store_.load_policy(identity);
    if (!source) return std::move(source).error();
    auto loaded = compile_own(*source, writer, own);
    if (!loaded) return loaded;
    (*loaded)->tables_id = tables_id;
    (*loaded)->sessions = 1;
    (*loaded)->readopted = true;
    take_up_names(kernel_, **loaded);
    readopted_[tables_id] = *loaded;
    if (!own) known_.try_emplace(key_of(identity, writer), *loaded);
    return loaded;
}

Result<std::shared_ptr<LoadedPolicy>> Policies::compile_own(const policy::Source& source, const Writer& writer,
                                                            const std::optional<Own>& own) const {
    Within within;
    for (const std::string& identity : own ? own->within : std::vector<std::string>()) {
        auto below = store_.load_policy(identity);
        if (!below) return std::move(below).error();
        std::vector<policy::Diagnostic> diagnostics;
        auto compiled = compile(*std::move(below), diagnostics);
        if (!compiled) return compiled;
        within.emplace_back(*compiled, &(*compiled)->policy);
    }
    return session::compile_own(source, writer, own, within);
}

Result<bool> Policies::enter(LoadedPolicy& loaded) {
    if (loaded.sessions == 0 && loaded.tables_id == 0) {
        auto published = publish(loaded);
        if (!published && !idle_.empty()) {
            withdraw_idle(kAtOnce);  // there may be room then
            published = publish(loaded);
        }
        if (!published) return std::move(published).error();
    }
    return loaded.sessions++ == 0;
}

Result<void> Policies::publish(LoadedPolicy& loaded) {
    auto id = store_.next_tables_id();
    if (!id) return std::move(id).error();
    if (auto published = kernel_.publish_tables(*id, loaded.tables); !published) return published;
    loaded.tables_id = *id;
    return {};
}

void Policies::leave(const std::shared_ptr<LoadedPolicy>& loaded) {
    if (loaded->sessions > 0 && --loaded->sessions == 0) idle_.push_back({loaded, boot_ns() + kIdleNs});
}

void Policies::withdraw_idle(uint64_t now_ns) {
    for (; !idle_.empty() && idle_.front().due_ns <= now_ns; idle_.pop_front()) {
        LoadedPolicy& loaded = *idle_.front().policy;
        if (loaded.sessions == 0 && loaded.tables_id != 0) withdraw(loaded);
    }
}

void Policies::withdraw(LoadedPolicy& loaded) {
    const uint32_t id = loaded.tables_id;
    loaded.programs.each([&](const remit_file& file) { kernel_.drop_program(id, file); });
    loaded.sockets.each([&](const remit_file& file) { kernel_.drop_unix_file(id, file); });
    loaded.listeners.each([&](const remit_file& file) { drop_listener(kernel_, loaded, file); });
    for (const std::string& path : loaded.literal_sockets) kernel_.drop_unix_path(id, path);
    for (const std::string& name : loaded.refused_sockets) kernel_.drop_unix_path(id, name);
    loaded.programs.clear();
    loaded.sockets.clear();
    loaded.listeners.clear();
    loaded.literal_sockets.clear();
    loaded.refused_sockets.clear();
    kernel_.drop_ports(id, loaded.name_ports);
    loaded.name_ports.clear();
    loaded.name_zones.clear();
    kernel_.withdraw_tables(id, loaded.tables);
    if (loaded.readopted) kernel_.sweep_tables({id});
    loaded.readopted = false;
    loaded.tables_id = 0;
}

void drop_listener(kernel::Kernel& kernel, const LoadedPolicy& loaded, const remit_file& program) {
    std::set<uint16_t> dropped;
    for (const policy::UnixEndpoint& each : loaded.policy.unix_endpoints) {
        if (each.number != 0 && dropped.insert(each.number).second) kernel.drop_peer(loaded.tables_id, each.number, program);
    }
}

const std::string& LoadedPolicy::path_of(const remit_file& file) const {
    static const std::string none;
    for (const KnownFiles* files : {&programs, &sockets, &listeners}) {
        if (const KnownFile* known = files->find(file); known && !known->path.empty()) return known->path;
    }
    return none;
}

const std::string& LoadedPolicy::sha256_of(const remit_file& file) const {
    static const std::string none;
    const KnownFile* known = programs.find(file);
    return known ? known->sha256 : none;
}

}  // namespace remit::session
