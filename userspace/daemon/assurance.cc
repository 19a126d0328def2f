#include "daemon/assurance.h"

#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace remit::daemon {

namespace {

using Standing = session::Guarantee::Standing;

const session::Guarantee* find(const Guarantees& guarantees, const std::string& name) {
    auto at = std::find_if(guarantees.begin(), guarantees.end(), [&](const auto& each) { return each.name == name; });
    return at == guarantees.end() ? nullptr : &*at;
}

// As the trail spells it.
std::string word_for(Standing standing) {
    return standing == Standing::kMissing ? "missing" : std::string(session::standing_word(standing));
}

}  // namespace

Guarantees probe_guarantees(const kernel::Kernel& kernel, const std::string& cgroup_root) {
    session::HostFacts facts;
    facts.features = kernel.features();
    facts.features.lsm_called = kernel::calls_lsm_programs();
    if (kernel.tier() == kernel::Tier::kLsm) {
        facts.features.connect_unix &= !facts.features.lsm_called;
    } else {
        if (facts.features.lsm_loads) facts.features.lsm_error = "remitd runs in the base tier";
        facts.features.lsm_loads = false;
    }
    facts.cgroup_root = cgroup_root;
    if (auto list = read_file("/sys/kernel/security/lsm", 4096)) facts.lsm_list = *list;
    struct statfs bpf {};
    facts.bpf_filesystem = ::statfs("/sys/fs/bpf", &bpf) == 0 && bpf.f_type == BPF_FS_MAGIC;
    facts.privileged = true;
    unsigned action = SECCOMP_RET_USER_NOTIF;
    facts.seccomp_hold = ::syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    return session::guarantees_of(facts);
}

std::vector<std::string> lacks_of(const policy::Policy& policy, const Guarantees& guarantees) {
    std::vector<std::string> lacks;
    for (const std::string& name : policy::needs(policy)) {
        const session::Guarantee* guarantee = find(guarantees, name);
        if (!guarantee || guarantee->standing == Standing::kMissing) lacks.push_back(name);
    }
    return lacks;
}

Result<void> check_needs(const policy::Policy& policy, const Guarantees& guarantees) {
    const std::vector<std::string> lacks = lacks_of(policy, guarantees);
    if (lacks.empty() || policy.degrade) return {};
    const session::Guarantee* first = find(guarantees, lacks.front());
    return Error{Code::kUnsupported,
                 "policy " + policy.name + " needs what this host does not give: " + join(lacks, ", ") +
                     (first && !first->why.empty() ? " (" + first->why + ")" : ""),
                 first && !first->remedy.empty() ? first->remedy : "see remit doctor; `degrade: true` in the policy goes without"};
}

trail::Assurance assurance_of(const policy::Policy& policy, const Guarantees& guarantees) {
    trail::Assurance assurance;
    for (const session::Guarantee& each : guarantees) assurance.guarantees.emplace_back(each.name, word_for(each.standing));
    assurance.lacks = lacks_of(policy, guarantees);
    return assurance;
}

std::vector<std::string> shortfalls_among(const Guarantees& guarantees, const std::vector<std::string>& names) {
    std::vector<std::string> shortfalls;
    for (const std::string& name : names) {
        const session::Guarantee* each = find(guarantees, name);
        if (each && each->standing == Standing::kEnforced) continue;
        std::string line = name + ": " + (each ? word_for(each->standing) : "missing");
        if (each && !each->why.empty()) line += " (" + each->why + ")";
        shortfalls.push_back(std::move(line));
    }
    return shortfalls;
}

}  // namespace remit::daemon
