#include "session/guarantees.h"

namespace remit::session {
namespace {

using Standing = Guarantee::Standing;

bool has_lsm(const HostFacts& facts) {
    return facts.features.lsm_loads && facts.features.lsm_listed;
}

std::string lsm_remedy(const HostFacts& facts) {
    if (has_lsm(facts)) return "";
    if (!facts.features.lsm_loads) return "use a kernel that loads BPF LSM programs (CONFIG_BPF_LSM)";
    std::string list = facts.lsm_list.substr(0, facts.lsm_list.find_last_not_of('\n') + 1);
    return "boot the kernel with lsm=" + (list.empty() ? "(today's list)" : list) + ",bpf";
}

Guarantee lsm_only(const HostFacts& facts, const char* name, Standing without, const char* with_why, const char* without_why) {
    bool lsm = has_lsm(facts);
    return {name, lsm ? Standing::kEnforced : without, lsm ? with_why : without_why, lsm_remedy(facts)};
}

Guarantee base_tier(const HostFacts& facts) {
    if (!facts.privileged) return {"base-tier", Standing::kMissing, "cannot be probed without root", "use sudo remit doctor"};
    if (!facts.features.btf)
        return {"base-tier", Standing::kMissing, "the kernel has no BTF (/sys/kernel/btf/vmlinux)",
                "use a kernel with CONFIG_DEBUG_INFO_BTF"};
    if (!facts.features.cgroup2)
        return {"base-tier", Standing::kMissing, "no cgroup v2 tree at " + facts.cgroup_root, "mount one, or name it with --cgroup-root"};
    return {"base-tier", Standing::kEnforced, "cgroup programs, tracepoints and the SYN hold", ""};
}

Guarantee lsm_tier(const HostFacts& facts) {
    if (has_lsm(facts)) return {"lsm-tier", Standing::kEnforced, "BPF LSM programs load, and bpf is in the LSM list", ""};
    std::string why = !facts.features.lsm_loads ? "LSM programs cannot be loaded: " + facts.features.lsm_error
                                                : "bpf is not in the LSM list: programs would attach and refuse nothing";
    return {"lsm-tier", Standing::kMissing, why, lsm_remedy(facts)};
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
    std::vector<Guarantee> list{base_tier(facts), lsm_tier(facts)};
    bool base = list[0].standing == Standing::kEnforced;
    list.push_back(lsm_only(facts, "exec", Standing::kPartial, "refused with an errno before the program is loaded",
                            "killed before its first instruction; run-sessions get an errno through the exec hold"));
    if (facts.seccomp_hold)
        list.push_back({"exec-hold", Standing::kEnforced, "run-sessions wait for the daemon and for people", ""});
    else
        list.push_back({"exec-hold", Standing::kMissing, "no seccomp user notification", "use a kernel with CONFIG_SECCOMP_FILTER"});
    list.push_back({"connect", Standing::kEnforced, "TCP and UDP, judged at connect and again at egress", ""});
    list.push_back({"revocation", Standing::kEnforced, "stale sockets are judged again on their next packet", ""});
    list.push_back(lsm_only(facts, "families", Standing::kPartial, "sockets of other families and types are refused",
                            "run-sessions: seccomp on socket(), which io_uring goes around; attached sessions: TCP, UDP and raw only"));
    list.push_back(
        lsm_only(facts, "scripts", Standing::kPartial, "script and interpreter are judged each", "the interpreter alone is judged"));
    list.push_back({"root-sessions", Standing::kMissing, "a session that runs as root is not contained", "run agents as an ordinary user"});
    list.push_back({"unix-sockets", Standing::kMissing, "unix sockets are not judged yet, those of brokers neither",
                    "keep docker.sock, D-Bus and the like away from the agent's user"});
    list.push_back({"listeners", Standing::kMissing, "what a session listens on is not judged yet", ""});
    list.push_back({"pins", facts.bpf_filesystem ? Standing::kEnforced : Standing::kMissing,
                    facts.bpf_filesystem ? "programs outlive the daemon" : "no bpffs at /sys/fs/bpf",
                    facts.bpf_filesystem ? "" : "mount -t bpf bpf /sys/fs/bpf"});
    if (!base)
        for (Guarantee& guarantee : list)
            if (guarantee.name != "base-tier" && guarantee.name != "pins" && guarantee.name != "exec-hold" &&
                guarantee.name != "lsm-tier") {
                guarantee.standing = Standing::kMissing;
                guarantee.why = "needs the base tier";
                guarantee.remedy.clear();
            }
    return list;
}

}  // namespace remit::session
