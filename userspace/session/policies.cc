#include "session/policies.h"

#include <algorithm>

#include "policy/check.h"

namespace remit::session {

Result<std::shared_ptr<LoadedPolicy>> compile(policy::Source source, std::vector<policy::Diagnostic>& diagnostics) {
    policy::Checked checked = policy::check(source);
    diagnostics = std::move(checked.diagnostics);
    if (!checked.policy || !checked.tables) {
        const auto first = std::find_if(diagnostics.begin(), diagnostics.end(),
                                        [](const auto& each) { return each.severity == policy::Severity::kError; });
        return Error{Code::kBadData, first == diagnostics.end() ? "the policy was refused" : policy::to_text(*first),
                     "remit policy check FILE says everything that is wrong"};
    }
    auto loaded = std::make_shared<LoadedPolicy>();
    loaded->source = std::move(source);
    loaded->policy = std::move(*checked.policy);
    loaded->tables = std::move(*checked.tables);
    loaded->patterns = loaded->policy.program_patterns();
    return loaded;
}

Result<std::shared_ptr<LoadedPolicy>> Policies::load(policy::Source source, std::vector<policy::Diagnostic>& diagnostics) {
    const std::string identity = policy::identity(source);
    if (auto known = by_identity_[identity].lock()) return known;
    auto loaded = compile(std::move(source), diagnostics);
    if (!loaded) return loaded;
    if (auto saved = store_.save_policy(identity, (*loaded)->source); !saved) return std::move(saved).error();
    by_identity_[identity] = *loaded;
    return loaded;
}

Result<std::shared_ptr<LoadedPolicy>> Policies::readopt(const std::string& identity, uint32_t tables_id) {
    auto known = by_identity_[identity].lock();
    if (known && known->tables_id == tables_id) {
        known->sessions++;
        return known;
    }
    auto source = store_.load_policy(identity);
    if (!source) return std::move(source).error();
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = compile(*std::move(source), diagnostics);
    if (!loaded) return loaded;
    (*loaded)->tables_id = tables_id;
    (*loaded)->sessions = 1;
    if (!known) by_identity_[identity] = *loaded;
    return loaded;
}

Result<bool> Policies::enter(LoadedPolicy& loaded) {
    if (loaded.sessions > 0) {
        loaded.sessions++;
        return false;
    }
    auto id = store_.next_tables_id();
    if (!id) return std::move(id).error();
    if (auto published = kernel_.publish_tables(*id, loaded.tables); !published) {
        kernel_.withdraw_tables(*id, loaded.tables);
        return std::move(published).error();
    }
    loaded.tables_id = *id;
    loaded.sessions = 1;
    return true;
}

void Policies::leave(LoadedPolicy& loaded) {
    if (loaded.sessions == 0 || --loaded.sessions > 0) return;
    for (const remit_file& file : loaded.pushed) kernel_.drop_program(loaded.tables_id, file);
    loaded.pushed.clear();
    kernel_.withdraw_tables(loaded.tables_id, loaded.tables);
    loaded.tables_id = 0;
}

const std::string* LoadedPolicy::find_path(const remit_file& file) const {
    auto at = paths.find(file);
    return at == paths.end() || at->second.empty() ? nullptr : &at->second;
}

}  // namespace remit::session
