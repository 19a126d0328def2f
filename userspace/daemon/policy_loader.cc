#include "daemon/policy_loader.h"

#include "session/installed.h"

namespace remit::daemon {

namespace {

trail::PolicyChange change_of(const policy::Source& source, const std::vector<policy::Diagnostic>& diagnostics) {
    trail::PolicyChange change;
    change.sha256 = policy::identity(source);
    for (const policy::SourceFile& file : source.files) change.files.push_back(file.name);
    for (const policy::Diagnostic& each : diagnostics) {
        if (each.severity == policy::Severity::kError) change.errors.push_back(policy::to_text(each));
    }
    return change;
}

}  // namespace

PolicyLoader::PolicyLoader(session::Lifecycle& sessions, Recorder& recorder, const trail::Writer& writer, const Guarantees& guarantees,
                           std::string policy_dir, std::string trail_dir)
    : sessions_(sessions),
      recorder_(recorder),
      writer_(writer),
      guarantees_(guarantees),
      policy_dir_(std::move(policy_dir)),
      trail_dir_(std::move(trail_dir)) {}

Result<policy::Source> PolicyLoader::read_installed(const std::string& name) const {
    const auto found = session::find_installed(policy_dir_, name);
    if (!found) return found.error();
    return session::read_installed(*found);
}

Result<std::shared_ptr<session::LoadedPolicy>> PolicyLoader::load(const policy::Source& source, const session::Writer& writer,
                                                                  const session::Actor* actor,
                                                                  std::vector<policy::Diagnostic>& diagnostics) {
    auto loaded = sessions_.policies().load(source, writer, diagnostics);
    if (!loaded) {
        recorder_.policy(trail::Kind::kPolicyRejected, change_of(source, diagnostics), actor);
        return loaded;
    }
    if (auto allowed = audit_allows((*loaded)->policy); !allowed) return std::move(allowed).error();
    if (auto held = check_needs((*loaded)->policy, guarantees_); !held) return std::move(held).error();
    if ((*loaded)->sessions == 0) {
        trail::PolicyChange change = change_of(source, {});
        change.name = (*loaded)->policy.name;
        recorder_.policy(trail::Kind::kPolicyLoaded, change, actor);
    }
    return loaded;
}

Result<void> PolicyLoader::audit_allows(const policy::Policy& policy) const {
    const trail::WriterStatus status = writer_.status();
    if (!status.failed || !policy.refuse_on_audit_failure) return {};
    return Error{Code::kUnavailable,
                 "the trail cannot be written (" + status.error + "), and policy " + policy.name + " says on_audit_failure: REFUSE",
                 "make room or repair " + trail_dir_};
}

}  // namespace remit::daemon
