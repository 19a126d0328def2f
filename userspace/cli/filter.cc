#include "cli/filter.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>

namespace remit::cli {
namespace {

#if defined(__x86_64__)
constexpr __u32 kNativeAbi = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr __u32 kNativeAbi = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr __u32 kNativeAbi = AUDIT_ARCH_RISCV64;
#else
#error "say which system calls make sockets on this architecture"
#endif

constexpr __u32 kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr __u32 kNoSuchCall = SECCOMP_RET_ERRNO | ENOSYS;
// x32 calls come with the x86-64 ABI's number and this bit.
constexpr __u32 kX32Bit = 0x40000000;

// What is looked at beside the number of a call: its first argument.
enum class When { kAlways, kIs, kHas };

struct Rule {
    long call;
    When when;
    __u32 value;
    __u32 action;
};

constexpr Rule kConfine[] = {
    // A ring makes sockets and sends on them past socket(), and its own threads do so.
    {__NR_io_uring_setup, When::kAlways, 0, kRefuse},
    // A descriptor of a process outside, with a connection that was judged as somebody else's.
    {__NR_pidfd_getfd, When::kAlways, 0, kRefuse},
    // Somebody else's process made to act. TRACEME stays: who is traced so is a child of the tracer.
    {__NR_ptrace, When::kIs, PTRACE_ATTACH, kRefuse},
    {__NR_ptrace, When::kIs, PTRACE_SEIZE, kRefuse},
    {__NR_process_vm_writev, When::kAlways, 0, kRefuse},
    // Its flags lie in memory, where no filter looks: CLONE_INTO_CGROUP, CLONE_NEWUSER. libc then falls back to clone.
    {__NR_clone3, When::kAlways, 0, kNoSuchCall},
};

constexpr Rule kNamespaces[] = {
    // Root of a namespace of one's own reaches parts of the kernel that only root was meant to.
    {__NR_unshare, When::kHas, CLONE_NEWUSER, kRefuse},
    {__NR_clone, When::kHas, CLONE_NEWUSER, kRefuse},
    // A network or mount namespace that somebody else has prepared.
    {__NR_setns, When::kAlways, 0, kRefuse},
};

// After one of these a path may mean another file to the caller than to the keeper, which is told and lets it go on.
constexpr long kPathChanges[] = {__NR_chroot, __NR_pivot_root, __NR_setns, __NR_mount, __NR_move_mount, __NR_umount2};

class Assembler {
public:
    void load(size_t offset) { emit(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset))); }
    // The kernel takes the lower 32 bits of an int argument, so that is what is compared. Little-endian machines only.
    void load_argument(int nth) { load(offsetof(seccomp_data, args) + 8 * static_cast<size_t>(nth)); }
    void give(__u32 action) { emit(BPF_STMT(BPF_RET | BPF_K, action)); }
    void give_if(__u32 value, __u32 action) {
        emit(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
        give(action);
    }
    void give_unless(__u32 value, __u32 action) {
        emit(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
        give(action);
    }
    void give_from(__u32 value, __u32 action) {
        emit(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1));
        give(action);
    }
    // The number of the call is loaded before and after.
    void add(const Rule& rule) {
        const auto call = static_cast<__u32>(rule.call);
        if (rule.when == When::kAlways) {
            give_if(call, rule.action);
            return;
        }
        emit(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4));
        load_argument(0);
        const int test = rule.when == When::kIs ? BPF_JEQ : BPF_JSET;
        emit(BPF_JUMP(static_cast<__u16>(BPF_JMP | test | BPF_K), rule.value, 0, 1));
        give(rule.action);
        load(offsetof(seccomp_data, nr));
    }
    std::vector<sock_filter> program;

private:
    void emit(sock_filter instruction) { program.push_back(instruction); }
};

// TCP and UDP, raw and odd protocols of INET are judged and recorded at sock_create; unix sockets where they are connected, from 6.7 on.
void add_families(Assembler& code, bool unix_sockets) {
    code.give_unless(__NR_socket, SECCOMP_RET_ALLOW);
    code.load_argument(0);
    if (unix_sockets) code.give_if(AF_UNIX, SECCOMP_RET_ALLOW);
    for (__u32 family : {AF_INET, AF_INET6}) code.give_if(family, SECCOMP_RET_ALLOW);
    code.give_unless(AF_NETLINK, kRefuse);
    code.load_argument(2);
    code.give_if(NETLINK_ROUTE, SECCOMP_RET_ALLOW);
    code.give(kRefuse);
}

}  // namespace

std::vector<sock_filter> build_filter(const FilterOptions& options) {
    if (!options.hold && !options.families && !options.refuse_foreign && !options.confine && !options.refuse_namespaces) return {};
    __u32 foreign = options.refuse_foreign ? kRefuse : __u32{SECCOMP_RET_ALLOW};
    Assembler code;
    code.load(offsetof(seccomp_data, arch));
    code.give_unless(kNativeAbi, foreign);
    code.load(offsetof(seccomp_data, nr));
    if (kNativeAbi == AUDIT_ARCH_X86_64) code.give_from(kX32Bit, foreign);
    if (options.hold) {
        code.give_if(__NR_execve, SECCOMP_RET_USER_NOTIF);
        code.give_if(__NR_execveat, SECCOMP_RET_USER_NOTIF);
    }
    if (options.confine)
        for (const Rule& rule : kConfine) code.add(rule);
    if (options.refuse_namespaces)
        for (const Rule& rule : kNamespaces) code.add(rule);
    if (options.hold)
        for (long call : kPathChanges) code.give_if(static_cast<__u32>(call), SECCOMP_RET_USER_NOTIF);
    if (options.families)
        add_families(code, !options.refuse_unix);
    else
        code.give(SECCOMP_RET_ALLOW);
    return code.program;
}

}  // namespace remit::cli
