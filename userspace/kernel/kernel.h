// The kernel side, as the rest of Remit sees it: load or adopt, publish tables, bind sessions, identify files, read records.
// The only door to libbpf; used by session/ and daemon/.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "abi/event.h"
#include "abi/names.h"
#include "abi/socket.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/tables.h"

namespace remit::kernel {

enum class Tier { kBase, kLsm };

// What this kernel can do, probed by trying, never by version.
struct Features {
    bool btf = false;
    bool cgroup2 = false;     // cgroup_root is a cgroup v2 folder
    bool lsm_loads = false;   // LSM programs can be loaded
    bool lsm_listed = false;  // "bpf" is in the kernel's LSM list, or the list cannot be read
    bool lsm_called = true;   // calls_lsm_programs()
    bool task_storage_in_socket_programs = false;
    bool connect_unix = false;  // cgroup programs on connect and sendmsg of unix sockets can be loaded (6.7)
    std::string lsm_error;      // why LSM programs cannot be loaded
};

Features probe_features(const std::string& cgroup_root);
// kernel.ftrace_enabled: programs on LSM hooks are called by way of ftrace, which root outside may switch off and on at any time.
bool calls_lsm_programs();

// how: enum remit_guarded.
struct GuardedInode {
    remit_inode inode{};
    uint32_t how = 0;
};

struct Options {
    std::string cgroup_root;  // programs on connect, sendmsg, socket creation are attached here
    std::string bpffs;        // pins live in this folder of a mounted bpffs
    bool dry_run = false;     // judge and record, refuse nothing
    bool lsm = true;          // use the LSM tier where the kernel has it
    uint32_t mark_base = 0;   // SO_MARK of sessions' sockets: base | (slot & mask); mask 0: they are not marked
    uint32_t mark_mask = 0;
};

class Kernel {
public:
    // Adopts the pins under options.bpffs, or loads and attaches everything; all or nothing.
    static Result<Kernel> open(const Options& options);
    // Break-glass: removes every link and pin under bpffs; needs no daemon. One that runs holds its links by descriptors of its own.
    struct Off {
        int pins = 0;  // removed
        int held = 0;  // links that somebody still holds: their programs go on
    };
    static Result<Off> off(const std::string& bpffs);

    Kernel(Kernel&&) noexcept;
    Kernel& operator=(Kernel&&) noexcept;
    ~Kernel();  // pins and links stay

    bool adopted() const;
    Tier tier() const;
    // SO_MARK of the sockets of the session at a slot, by the programs that are attached; 0: they are not marked. What was adopted keeps
    // the marks that it was loaded with.
    uint32_t mark_of(uint32_t slot) const;
    const Features& features() const;
    std::vector<std::string> programs() const;  // names of the loaded programs, for the hooks record

    // Tables are published before a session's authority names them, and withdrawn after no session does.
    Result<void> publish_tables(uint32_t tables_id, const Tables& tables);
    void withdraw_tables(uint32_t tables_id, const Tables& tables);
    std::set<uint32_t> published_tables() const;
    // Everything under these tables that nobody knows any more: looks through all maps.
    void sweep_tables(const std::set<uint32_t>& tables);

    // A session's slot, mapped: single words may be read and written at any time. slot 1..REMIT_MAX_SESSIONS-1.
    remit_session* session(uint32_t slot);
    // Makes the counter of a limited grant (0 taken, or what is already taken if it exists); before tables name it.
    Result<void> make_use_counter(uint64_t session_id, uint32_t counter);
    void drop_use_counter(uint64_t session_id, uint32_t counter);
    // Until when (boot time) an approval lasts; without an entry it has no end of its own. Written before the bit that it is about.
    Result<void> set_approval_end(uint64_t session_id, uint16_t tool, uint64_t end_ns);
    void drop_approval_end(uint64_t session_id, uint16_t tool);

    // Binds a cgroup (by id, never 0 or 1) to a slot: tasks and sockets at it and below are the session's.
    Result<void> bind_cgroup(uint64_t cgroup_id, uint32_t slot);
    Result<void> unbind_cgroup(uint64_t cgroup_id);
    // Attaches egress, ingress and sockops to the session's cgroup and pins the links under its id.
    Result<void> attach_session_programs(uint64_t session_id, int cgroup_fd);
    void detach_session_programs(uint64_t session_id);
    // For a session that is over and whose cgroup is removed: its programs stay for the sockets that somebody else holds, and drop what
    // they send. true: the last is gone, and the programs with it.
    bool let_session_programs_go(uint64_t session_id);
    // Sessions whose programs are attached.
    std::vector<uint64_t> sessions_with_programs() const;

    // The sticky tag, by pidfd (the thread group's leader) or by thread ids for those that exist at attach.
    Result<void> tag_task(int pidfd, remit_tag tag);
    Result<void> untag_task(int pidfd);
    Result<std::optional<remit_tag>> tag_of(int pidfd);

    // The kernel's identity of own descriptors (O_PATH will do), by the task_file iterator; same order as fds.
    Result<std::vector<std::optional<remit_fd_identity>>> identify(std::span<const int> fds);
    // A known program of these tables; toolset empty: known, and no tool covers it.
    Result<void> push_program(uint32_t tables_id, const remit_file& file, const remit_toolset& toolset);
    void drop_program(uint32_t tables_id, const remit_file& file);

    // Unix sockets of these tables: by the identity of their file (LSM tier), or by literal path (base tier, cgroup/connect_unix).
    Result<void> push_unix_file(uint32_t tables_id, const remit_file& file, const remit_toolset& toolset);
    void drop_unix_file(uint32_t tables_id, const remit_file& file);
    Result<void> push_unix_path(uint32_t tables_id, const std::string& path, const remit_toolset& toolset);
    void drop_unix_path(uint32_t tables_id, const std::string& path);
    // The socket, by literal path, at which every session asks Remit; of no other one from now on. Empty: there is none.
    Result<void> set_agent_path(const std::string& path);
    // A program that was seen behind a socket of `peer_program` number endpoint; toolset empty: it does not fit.
    Result<void> push_peer(uint32_t tables_id, uint16_t endpoint, const remit_file& program, const remit_toolset& toolset);
    void drop_peer(uint32_t tables_id, uint16_t endpoint, const remit_file& program);
    // No session touches this inode from now on; how: enum remit_guarded.
    Result<void> guard_inode(const remit_inode& inode, uint32_t how);
    // These, and none that were guarded before and are not among them.
    Result<void> guard_only(std::span<const GuardedInode> inodes);

    // Cgroups that are made from now on below one of these wait in limbo; others_stay: also below those that were told before. prefix: what
    // stands before the first `*` of a glob, as a path from the root of cgroup v2.
    Result<void> limbo_below(std::span<const std::string> prefixes, bool others_stay);
    // The programs by which init starts a unit: they run in limbo.
    Result<void> know_executors(std::span<const remit_file> programs);
    // Ids of the cgroups that wait. A cgroup is bound before its limbo ends.
    std::vector<uint64_t> in_limbo() const;
    // Boot time at which it was made; 0: it does not wait.
    uint64_t in_limbo_since(uint64_t cgroup_id) const;
    void end_limbo(uint64_t cgroup_id);
    // Processes that stopped in limbo go on where it is over; gives_up: also where it has taken too long, and are refused. true: look again
    // in a moment.
    bool resume_stopped(bool gives_up);
    // Its folder; empty: it is gone.
    Result<std::string> cgroup_folder(uint64_t cgroup_id) const;

    // Addresses that a session got to know by a name: zone of tables_id, whose ports were pushed before, until until_ns (boot time).
    Result<void> push_name(uint64_t session_id, uint32_t tables_id, const std::array<uint8_t, 16>& address, uint32_t zone,
                           uint64_t until_ns);
    void drop_name(uint64_t session_id, uint32_t tables_id, const std::array<uint8_t, 16>& address);
    // All of a session's; tables_id 0: of all its tables.
    void drop_names(uint64_t session_id, uint32_t tables_id);
    Result<void> push_ports(uint32_t tables_id, std::span<const Tables::Port> ports);
    void drop_ports(uint32_t tables_id, std::span<const Tables::Port> ports);
    // Of these tables, from this zone on: what an earlier daemon pushed.
    std::vector<Tables::Port> ports_from(uint32_t tables_id, uint32_t zone) const;

    // Where the resolver of a network namespace (by cookie) is; nothing: there is none.
    Result<void> set_resolver(uint64_t netns, const remit_resolver& resolver);
    void drop_resolver(uint64_t netns);
    std::optional<remit_resolver> resolver_of(uint64_t netns) const;
    // Queries go to sockets that are marked so, and no others.
    Result<void> mark_resolver(int socket_fd, const remit_asking& mark);
    // Whose the last query from a source was; nothing: of no session.
    std::optional<remit_asker> asker_of(const remit_asker_key& source) const;
    // Sources that have been silent since before_ns.
    void forget_askers(uint64_t before_ns);
    // May a name be looked up? Recorded by the kernel; see struct remit_lookup.
    Result<void> resolve(remit_lookup& lookup);

    // What a session's sockets sent and received, by tool and endpoint, all but the last packets of those that are open. endpoints: how
    // many it has, remit_session.flows.
    std::vector<remit_flow> flows(uint64_t session_id, uint32_t endpoints) const;
    // For a session whose slot is empty: nothing is added any more.
    void drop_flows(uint64_t session_id, uint32_t endpoints);
    // Of all sessions, by session.
    void each_flow(const std::function<void(uint64_t session_id, const remit_flow&)>& visit) const;

    // Open sockets of sessions in a network namespace (-1: the caller's) that send from this port.
    Result<std::vector<remit_open_socket>> sockets_from(int netns_fd, uint16_t local_port);
    // Of the last that were closed, in any namespace, those that sent from this port, the newest first.
    std::vector<remit_closed> closed_from(uint16_t local_port) const;

    // Ends the TCP and UDP sockets in a network namespace (-1: the caller's) whose stamp is wanted; returns how many. A courtesy: their
    // packets are dropped already. Source: SOCK_DESTROY and SK_BPF_STORAGES of sock_diag(7), kernel 5.7.
    Result<int> destroy_sockets(int netns_fd, const std::function<bool(const remit_stamp&)>& wanted);

    // Would this exec pass? A refusal is recorded by the kernel; see struct remit_ask.
    Result<void> ask(remit_ask& question);

    // Descriptor to wait on for records and questions; drain() hands out what is there.
    int events_fd() const;
    using OnEvent = std::function<void(const remit_event&)>;
    Result<void> drain(const OnEvent& on_event);
    // One entry a CPU, index = cpu.
    std::vector<remit_totals> totals() const;

private:
    struct State;
    explicit Kernel(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Id of a cgroup v2 folder: the inode number that the kernel gives it.
Result<uint64_t> cgroup_id(const std::string& path);

}  // namespace remit::kernel
