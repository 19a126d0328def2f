#include "cli/filter.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
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
// x32 calls come with the x86-64 ABI's number and this bit.
constexpr __u32 kX32Bit = 0x40000000;

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
    std::vector<sock_filter> program;

private:
    void emit(sock_filter instruction) { program.push_back(instruction); }
};

// Unix sockets are not judged in this step; TCP and UDP, raw and odd protocols of INET are judged and recorded at sock_create.
void add_families(Assembler& code) {
    code.give_unless(__NR_socket, SECCOMP_RET_ALLOW);
    code.load_argument(0);
    for (__u32 family : {AF_UNIX, AF_INET, AF_INET6}) code.give_if(family, SECCOMP_RET_ALLOW);
    code.give_unless(AF_NETLINK, kRefuse);
    code.load_argument(2);
    code.give_if(NETLINK_ROUTE, SECCOMP_RET_ALLOW);
    code.give(kRefuse);
}

}  // namespace

std::vector<sock_filter> build_filter(const FilterOptions& options) {
    if (!options.hold && !options.families && !options.refuse_foreign) return {};
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
    if (options.families)
        add_families(code);
    else
        code.give(SECCOMP_RET_ALLOW);
    return code.program;
}

}  // namespace remit::cli
