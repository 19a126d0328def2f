#include "session/guarantees.h"

namespace remit::session {
namespace {

using Standing = Guarantee::Standing;

constexpr Standing kEnforced = Standing::kEnforced;
constexpr Standing kPartial = Standing::kPartial;
constexpr Standing kMissing = Standing::kMissing;

// How a guarantee stands in one tier, and why.
struct InTier {
    Standing standing;
    const char* why;
};

// What depends on the tier alone.
struct Row {
    const char* name;
    InTier lsm;
    InTier base;
};

constexpr Row kExec{"exec",
                    {kEnforced, "refused with an errno before the program is loaded"},
                    {kPartial, "killed before its first instruction; run-sessions get an errno through the exec hold"}};
constexpr Row kConnect{"connect",
                       {kEnforced, "TCP and UDP, judged at the call and again on the address that leaves"},
                       {kEnforced, "TCP and UDP, judged at the call and again on the address that leaves"}};
constexpr Row kRevocation{"revocation",
                          {kEnforced, "stale sockets are judged again on their next packet"},
                          {kEnforced, "stale sockets are judged again on their next packet"}};
constexpr const char* kNamesWhy =
    "DNS over UDP and TCP goes to the session's own resolver, in every network namespace that the session starts in; in one that it makes "
    "itself from the second look-up on";
constexpr Row kNames{"names", {kEnforced, kNamesWhy}, {kEnforced, kNamesWhy}};
constexpr Row kFamilies{"families",
                        {kEnforced, "sockets of other families and types are refused"},
                        {kPartial,
                         "run-sessions: seccomp lets TCP, UDP, unix and route sockets be made only, whatever the policy names; "
                         "attached sessions: of IPv4 and IPv6 only"}};
constexpr Row kScripts{"scripts", {kEnforced, "script and interpreter are judged each"}, {kPartial, "the interpreter alone is judged"}};
constexpr Row kUnixPeers{
    "unix-peers", {kEnforced, "who listens is judged by its program"}, {kMissing, "who listens behind a unix socket cannot be seen"}};
constexpr Row kListeners{"listeners",
                         {kEnforced, "listen is refused, and what comes in is dropped"},
                         {kPartial, "bind is refused; a listener that was never bound is there, and nothing reaches it"}};
constexpr Row kStrictCode{"strict-code",
                          {kEnforced, "code is mapped from files that a tool covers only, where the policy says so"},
                          {kMissing, "libraries and other mapped code cannot be seen"}};
constexpr Row kBorrowedSockets{"borrowed-sockets",
                               {kEnforced, "network sockets that are received or inherited are refused"},
                               {kPartial, "connect and datagrams with an address are refused; a socket that came connected is not"}};
constexpr Row kBorrowedProcesses{"borrowed-processes",
                                 {kEnforced, "nobody outside of the session is traced, written to or has descriptors taken"},
                                 {kPartial,
                                  "run-sessions: seccomp refuses ptrace, process_vm_writev and pidfd_getfd, and leaves /proc/PID/mem; "
                                  "attached sessions: whatever their user may"}};
constexpr Row kSelfProtection{"self-protection",
                              {kEnforced, "bpf(2), pins, trail, state, daemon and control socket are out of every session's reach"},
                              {kPartial,
                               "their owner keeps ordinary users from pins, trail, state and daemon; of root, run-sessions lose the "
                               "capabilities alone"}};
constexpr Row kRootSessions{"root-sessions",
                            {kEnforced, "capabilities, sysctls, signals and files that reach past the session are refused"},
                            {kMissing, "root in a session is not contained: run-sessions lose capabilities, attached ones not even these"}};
constexpr Row kUserNamespaces{
    "user-namespaces",
    {kEnforced, "everything holds inside of them; refused unless the policy says `user_namespaces: true`"},
    {kEnforced, "everything of this tier holds inside of them; seccomp refuses them to run-sessions without `user_namespaces: true`"}};

bool has_lsm(const HostFacts& facts) {
    return facts.features.lsm_loads && facts.features.lsm_listed && facts.features.lsm_called;
}

std::string boot_remedy(BootLoader loader, const std::string& word) {
    switch (loader) {
        case BootLoader::kUpdateGrub:
            return "add " + word + " to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, and reboot";
        case BootLoader::kGrub:
            return "add " + word + " to GRUB_CMDLINE_LINUX in /etc/default/grub, run grub-mkconfig -o /boot/grub/grub.cfg, and reboot";
        case BootLoader::kGrubby:
            return "run grubby --update-kernel=ALL --args=" + word + ", and reboot";
        case BootLoader::kSystemdBoot:
            return "add " + word + " to the options in loader/entries/*.conf, and to /etc/kernel/cmdline for kernels to come, and reboot";
        case BootLoader::kUnknown:
            break;
    }
    return "boot the kernel with " + word;
}

// Empty: the host has the LSM tier.
std::string lsm_remedy(const HostFacts& facts) {
    if (has_lsm(facts)) return "";
    if (!facts.features.lsm_loads) return "use a kernel that loads BPF LSM programs (CONFIG_BPF_LSM)";
    if (facts.features.lsm_listed) return "set kernel.ftrace_enabled=1 with sysctl, and restart a remitd that came up without";
    std::string list = facts.lsm_list.substr(0, facts.lsm_list.find_last_not_of('\n') + 1);
    return boot_remedy(facts.boot_loader, "lsm=" + (list.empty() ? "(today's list)" : list) + ",bpf");
}

Guarantee of_row(const HostFacts& facts, const Row& row) {
    const InTier& here = has_lsm(facts) ? row.lsm : row.base;
    return {row.name, here.standing, here.why, here.standing == kEnforced ? "" : lsm_remedy(facts)};
}

Guarantee base_tier(const HostFacts& facts) {
    const char* name = "base-tier";
    if (!facts.privileged) return {name, kMissing, "cannot be probed without root", "use sudo remit doctor"};
    if (!facts.features.btf)
        return {name, kMissing, "the kernel has no BTF (/sys/kernel/btf/vmlinux)",
                "use a kernel with CONFIG_DEBUG_INFO_BTF=y, as Debian's own, Ubuntu's and Fedora's are"};
    if (!facts.features.cgroup2)
        return {name, kMissing, "no cgroup v2 tree at " + facts.cgroup_root,
                "mount -t cgroup2 none " + facts.cgroup_root +
                    ", boot with systemd.unified_cgroup_hierarchy=1, or name one with --cgroup-root"};
    return {name, kEnforced, "cgroup programs, tracepoints and the SYN hold", ""};
}

Guarantee lsm_tier(const HostFacts& facts) {
    const char* name = "lsm-tier";
    if (!facts.privileged) return {name, kMissing, "cannot be probed without root", "use sudo remit doctor"};
    if (has_lsm(facts)) return {name, kEnforced, "BPF LSM programs load, and bpf is in the LSM list", ""};
    if (!facts.features.lsm_loads) return {name, kMissing, "LSM programs cannot be loaded: " + facts.features.lsm_error, lsm_remedy(facts)};
    if (!facts.features.lsm_listed)
        return {name, kMissing, "bpf is not in the LSM list: programs would attach and refuse nothing", lsm_remedy(facts)};
    return {name, kMissing, "kernel.ftrace_enabled is 0: LSM programs are not called", lsm_remedy(facts)};
}

Guarantee exec_hold(const HostFacts& facts) {
    if (facts.seccomp_hold) return {"exec-hold", kEnforced, "run-sessions wait for the daemon and for people", ""};
    return {"exec-hold", kMissing, "no seccomp user notification", "use a kernel with CONFIG_SECCOMP_FILTER"};
}

// The programs on connect and sendmsg of unix sockets came with 6.7.
Guarantee unix_sockets(const HostFacts& facts) {
    const char* name = "unix-sockets";
    if (has_lsm(facts)) return {name, kEnforced, "judged by the socket's file or its abstract name", ""};
    if (facts.features.connect_unix)
        return {name, kPartial,
                "judged by the name that the caller gives, and only where it can lead to one file; the session's own pass "
                "at the second try",
                lsm_remedy(facts)};
    return {name, kMissing, "run-sessions can make none without `unix: ANY`, socketpair aside; those of attached sessions are not judged",
            lsm_remedy(facts) + ", or Linux 6.7"};
}

// agent.sock: where a session asks why it was refused, and for more.
Guarantee requests(const HostFacts& facts) {
    const char* name = "requests";
    if (has_lsm(facts)) return {name, kEnforced, "every session reaches the agent socket, and no other of Remit's", ""};
    if (facts.features.connect_unix)
        return {name, kPartial, "sessions reach the agent socket in the daemon's own mount namespace and root, not from containers",
                lsm_remedy(facts)};
    return {name, kMissing, "run-sessions can make no unix socket to ask by without `unix: ANY`", lsm_remedy(facts) + ", or Linux 6.7"};
}

// Where socket programs cannot read the task's tag, the cgroup says whose a socket is, unless LSM programs tell them.
Guarantee identity(const HostFacts& facts) {
    if (has_lsm(facts) || facts.features.task_storage_in_socket_programs)
        return {"identity", kEnforced, "the tag of a session is inherited and never shed; who leaves is killed", ""};
    return {"identity", kPartial,
            "who leaves is killed; the sockets of a process that an operator moved out are no longer the session's: this kernel's socket "
            "programs see the cgroup alone",
            lsm_remedy(facts)};
}

Guarantee programs_unchanged(const HostFacts& facts) {
    const char* name = "programs-unchanged";
    if (!has_lsm(facts))
        return {name, kPartial, "what a session's user could change is refused; root in a session could change any", lsm_remedy(facts)};
    return {name, kPartial,
            "no session changes a program that it may run once that is known: all that are there at its start, a later one from its first "
            "run on; before that, a session of root can",
            "install programs before sessions of root start"};
}

Guarantee pins(const HostFacts& facts) {
    if (facts.bpf_filesystem) return {"pins", kEnforced, "programs outlive the daemon", ""};
    return {"pins", kMissing, "no bpffs at /sys/fs/bpf", "mount -t bpf bpf /sys/fs/bpf"};
}

// What the kernel's programs hold, which is nothing without the base tier.
std::vector<Guarantee> of_programs(const HostFacts& facts) {
    return {of_row(facts, kExec),
            of_row(facts, kConnect),
            of_row(facts, kRevocation),
            of_row(facts, kNames),
            of_row(facts, kFamilies),
            of_row(facts, kScripts),
            unix_sockets(facts),
            of_row(facts, kUnixPeers),
            requests(facts),
            of_row(facts, kListeners),
            of_row(facts, kStrictCode),
            of_row(facts, kBorrowedSockets),
            of_row(facts, kBorrowedProcesses),
            of_row(facts, kSelfProtection),
            of_row(facts, kRootSessions),
            programs_unchanged(facts),
            identity(facts),
            of_row(facts, kUserNamespaces)};
}

}  // namespace

std::string_view standing_word(Guarantee::Standing standing) {
    switch (standing) {
        case Standing::kEnforced:
            return "enforced";
        case Standing::kPartial:
            return "partial";
        case Standing::kMissing:
            return "not here";
    }
    return "";
}

std::vector<Guarantee> guarantees_of(const HostFacts& facts) {
    std::vector<Guarantee> list{base_tier(facts), lsm_tier(facts), exec_hold(facts)};
    const bool base = list[0].standing == kEnforced;
    const std::string why = facts.privileged ? "needs the base tier" : list[0].why;
    const std::string remedy = list[0].remedy;
    for (Guarantee& guarantee : of_programs(facts)) {
        if (!base) guarantee = {guarantee.name, kMissing, why, remedy};
        list.push_back(std::move(guarantee));
    }
    list.push_back(pins(facts));
    return list;
}

}  // namespace remit::session
