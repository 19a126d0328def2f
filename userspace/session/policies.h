// Compiled policies by the hash of their source and by who may write files: compiled once, published to the kernel once, withdrawn a little
// after their last session.
// Used by session/lifecycle.h; daemon/ reads names of tools and rules from LoadedPolicy.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/tables.h"
#include "kernel/kernel.h"
#include "policy/diagnostic.h"
#include "policy/hosts.h"
#include "policy/model.h"
#include "policy/source.h"
#include "session/known.h"
#include "session/session.h"
#include "session/store.h"
#include "session/writer.h"

namespace remit::session {

// What a kernel keeps at most for one policy: a session that makes new files without end pushes out the oldest, which cost a question.
inline constexpr size_t kMaxPrograms = 32768;
inline constexpr size_t kMaxSockets = 4096;

struct LoadedPolicy {
    policy::Source source;
    policy::Policy policy;
    Tables tables;
    std::vector<std::string> patterns;       // of all programs
    std::vector<std::string> peer_patterns;  // of those that may listen behind unix sockets
    Writer writer;                           // whose sessions these are, as far as they may write files
    uint32_t tables_id = 0;                  // 0: not published
    size_t sessions = 0;                     // that hold it published
    bool readopted = false;                  // an earlier daemon published it, and told the kernel what this one does not know of

    // What the kernel was told under tables_id.
    KnownFiles programs{kMaxPrograms};
    KnownFiles sockets{kMaxSockets};          // unix sockets with a path
    KnownFiles listeners{kMaxSockets};        // programs behind them, of all endpoints
    std::set<std::string> literal_sockets;    // base tier: the names that the policy writes
    std::deque<std::string> refused_sockets;  // base tier: names that no tool covers, oldest first

    // Names: the rules by name, and the zones behind the static ones that what they bound shares.
    std::optional<policy::Hosts> hosts;  // nothing: the policy has no rule by name
    std::map<policy::Worth, uint32_t> name_zones;
    std::vector<Tables::Port> name_ports;
    uint32_t next_zone = 0;

    // Empty: not known.
    const std::string& path_of(const remit_file& file) const;
    const std::string& sha256_of(const remit_file& file) const;
};

class Policies {
public:
    Policies(kernel::Kernel& kernel, Store& store) : kernel_(kernel), store_(store) {}

    // kBadData when check refuses it: diagnostics says where and why (and holds the warnings of a good one).
    Result<std::shared_ptr<LoadedPolicy>> load(policy::Source source, const Writer& writer, std::vector<policy::Diagnostic>& diagnostics);
    // At adoption: the policy of a session that the kernel enforces already under tables_id.
    Result<std::shared_ptr<LoadedPolicy>> readopt(const std::string& identity, const Writer& writer, uint32_t tables_id,
                                                  const std::optional<Own>& own);

    // Tables of a session's own: what compile_own makes of a policy, with those that own names taken from the store.
    Result<std::shared_ptr<LoadedPolicy>> compile_own(const policy::Source& source, const Writer& writer,
                                                      const std::optional<Own>& own) const;

    // One more session: the first one publishes. true: nobody held it until now, and its programs are to be looked at.
    Result<bool> enter(LoadedPolicy& loaded);
    // One session less. Where it was the last one, the next is often near: what is idle stays published for some seconds.
    void leave(const std::shared_ptr<LoadedPolicy>& loaded);
    void withdraw_idle(uint64_t now_ns);

private:
    struct Idle {
        std::shared_ptr<LoadedPolicy> policy;
        uint64_t due_ns = 0;
    };
    Result<void> publish(LoadedPolicy& loaded);
    void withdraw(LoadedPolicy& loaded);

    kernel::Kernel& kernel_;
    Store& store_;
    std::unordered_map<std::string, std::weak_ptr<LoadedPolicy>> known_;   // by identity and writer
    std::unordered_map<uint32_t, std::weak_ptr<LoadedPolicy>> readopted_;  // by tables id: sessions of a line share those of their own, too
    std::deque<Idle> idle_;                                                // oldest first
};

// Whatever endpoint the kernel knows this program behind.
void drop_listener(kernel::Kernel& kernel, const LoadedPolicy& loaded, const remit_file& program);

// After its policy or tables were made: which names it grants, and the first zone that an address of one may have.
void number_names(LoadedPolicy& loaded);
// Without a kernel: what load() does to a source.
Result<std::shared_ptr<LoadedPolicy>> compile(policy::Source source, std::vector<policy::Diagnostic>& diagnostics);

}  // namespace remit::session
