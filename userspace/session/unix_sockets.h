// Teaches the kernel which unix sockets a policy's paths mean, and which programs listen behind them: those that exist when a session
// starts, and each unknown one when it is reached for. Decides nothing. Used by session/lifecycle.h and daemon/questions.h.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>

#include "kernel/kernel.h"
#include "session/files.h"
#include "session/policies.h"

namespace remit::session {

// What the kernel asks about.
struct UnixQuestion {
    remit_file file{};  // of the socket; ino 0: bound to none, or the base tier, which knows the name alone
    std::string name;   // bytes; an abstract one begins with a zero
    remit_file peer{};  // program of the listener; ino 0: not known
    pid_t peer_pid = 0;
};

class UnixSockets {
public:
    explicit UnixSockets(kernel::Kernel& kernel) : kernel_(kernel) {}

    // The sockets that the policy's paths lead to in this root.
    Result<void> push_known(LoadedPolicy& loaded, const Root& root);
    // Programs that were seen behind sockets under one policy are known under another one too.
    Result<void> carry_listeners(const LoadedPolicy& from, LoadedPolicy& to, const Root& root);
    // The next try is decided.
    Result<void> learn(LoadedPolicy& loaded, const Root& root, const UnixQuestion& question);

private:
    Result<void> push_file(LoadedPolicy& loaded, const remit_file& file, const remit_toolset& toolset, const std::string& path);
    Result<void> push_literals(LoadedPolicy& loaded, const Root& root);
    Result<void> refuse_name(LoadedPolicy& loaded, const std::string& name);
    Result<void> learn_listener(LoadedPolicy& loaded, const Root& root, const UnixQuestion& question);
    bool looked_lately(const LoadedPolicy& loaded, const Root& root);

    kernel::Kernel& kernel_;
    std::map<std::pair<uint32_t, uint64_t>, uint64_t> looked_ns_;  // by tables and mount namespace
};

}  // namespace remit::session
