// Policies on their way to a session: read where they are installed, checked, held against what this host gives, recorded.
// Used by daemon/control.h and daemon/attachments.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/recorder.h"
#include "session/lifecycle.h"
#include "trail/writer.h"

namespace remit::daemon {

class PolicyLoader {
public:
    PolicyLoader(session::Lifecycle& sessions, Recorder& recorder, const trail::Writer& writer, const Guarantees& guarantees,
                 std::string policy_dir, std::string trail_dir);

    // kMissing where none of that name is installed.
    Result<policy::Source> read_installed(const std::string& name) const;
    // actor: who wants it; nullptr: the daemon itself. kBadData: diagnostics says where and why. kUnavailable where the trail cannot be
    // written and the policy says REFUSE; kUnsupported where the host lacks what it needs.
    Result<std::shared_ptr<session::LoadedPolicy>> load(const policy::Source& source, const session::Writer& writer,
                                                        const session::Actor* actor, std::vector<policy::Diagnostic>& diagnostics);
    // kUnavailable: the trail cannot be written, and the policy says REFUSE.
    Result<void> audit_allows(const policy::Policy& policy) const;

private:
    session::Lifecycle& sessions_;
    Recorder& recorder_;
    const trail::Writer& writer_;
    const Guarantees& guarantees_;
    std::string policy_dir_;
    std::string trail_dir_;
};

}  // namespace remit::daemon
