// What names bound for each session: an address that the session's own resolver gave for a name it may reach is good for what the rules say
// of that name, until its time to live is over. One thread; owned by session/lifecycle.h, used by daemon/.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernel/kernel.h"
#include "session/policies.h"
#include "session/session.h"

namespace remit::session {

class Names {
public:
    explicit Names(kernel::Kernel& kernel) : kernel_(kernel) {}

    // A name lasts at least this long, whatever its time to live says: the connect comes after the answer.
    static constexpr uint64_t kFloorNs = 30'000'000'000;
    static constexpr uint64_t kCeilingNs = 86'400'000'000'000;
    // Of one session; the oldest that is over makes room.
    static constexpr size_t kMaxAddresses = 1024;
    static constexpr size_t kMaxNamesOfOne = 32;
    // Of one policy: as many different sets of rules may meet at addresses.
    static constexpr size_t kMaxZones = 4096;

    // The kernel knows it when this returns. ttl_ns: as it was answered. Fails when there is no room: then the answer must not be given.
    Result<void> bind(const Session& session, const std::string& name, const policy::Address& address, uint64_t ttl_ns);
    // The same bindings under another policy, before the session's authority names its tables.
    Result<void> bind_anew(const Session& session, LoadedPolicy& next);
    // Under tables that the session's authority no longer names.
    void forget_tables(const Session& session, uint32_t tables_id) { kernel_.drop_names(session.kernel_id, tables_id); }
    void forget(const Session& session);
    // Names whose time is over stop counting at addresses that others still have.
    void on_time(uint64_t now_ns, const std::function<const Session*(uint64_t kernel_id)>& find);

    // The name by which the session got to know an address last; empty: by none.
    std::string name_of(uint64_t kernel_id, const policy::Address& address) const;

private:
    struct Bound {
        std::map<std::string, uint64_t> names;  // until when
        std::string last;
        uint64_t until_ns = 0;  // the longest of them
        uint64_t due_ns = 0;    // when the next one is over
    };
    using Key = std::pair<uint64_t, policy::Address>;

    Result<void> push(const Session& session, LoadedPolicy& policy, const policy::Address& address, const Bound& bound, uint64_t now_ns);
    static Result<uint32_t> zone_for(kernel::Kernel& kernel, LoadedPolicy& policy, policy::Worth worth);
    bool make_room(const Session& session, uint64_t now_ns);

    kernel::Kernel& kernel_;
    std::unordered_map<uint64_t, std::map<policy::Address, Bound>> sessions_;
    std::set<std::pair<uint64_t, Key>> due_;  // when a name is over at an address
};

}  // namespace remit::session
