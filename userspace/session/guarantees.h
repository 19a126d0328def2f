// What this host lets Remit guarantee, worked out from probes of the kernel: the table of `remit doctor`, and the line of a session's start
// record. Pure; used by daemon/ and cli/.
#pragma once

#include <string>
#include <vector>

#include "kernel/kernel.h"

namespace remit::session {

struct Guarantee {
    enum class Standing { kEnforced, kPartial, kMissing };
    std::string name;  // as --require takes it
    Standing standing = Standing::kEnforced;
    std::string why;
    std::string remedy;  // empty where nothing is to be done
};

// How the kernel's command line is changed for good: grub-mkconfig's caller differs among distributions.
enum class BootLoader { kUnknown, kUpdateGrub, kGrub, kGrubby, kSystemdBoot };

struct HostFacts {
    kernel::Features features;
    std::string cgroup_root;
    std::string lsm_list;  // /sys/kernel/security/lsm; empty: unreadable
    bool bpf_filesystem = false;
    bool privileged = false;  // root: without it the probes tell little
    bool seccomp_hold = false;
    BootLoader boot_loader = BootLoader::kUnknown;
};

std::vector<Guarantee> guarantees_of(const HostFacts& facts);
std::string_view standing_word(Guarantee::Standing standing);

}  // namespace remit::session
