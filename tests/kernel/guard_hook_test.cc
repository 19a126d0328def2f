// hooks/guard*.h: what a session does not touch, each refusal beside its allowed twin: Remit itself, processes outside, root's means, the
// kernel's switches, the programs that it may run. As root and as an ordinary user. LSM tier; the sysctl program is in both.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "base/pidfd.h"
#include "kernel/guard_rig.h"

namespace remit::test {
namespace {

// What each kind of process may do to another one.
int trace(pid_t pid) {
    return outcome(ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0);
}
int write_memory(pid_t pid) {
    static char byte;  // of a fork: at the same address
    iovec mine{&byte, 1};
    iovec theirs{&byte, 1};
    return outcome(syscall(SYS_process_vm_writev, pid, &mine, 1UL, &theirs, 1UL, 0UL) == 1);
}
int take_descriptor(pid_t pid) {
    const Fd pidfd = open_pidfd(pid);
    const Fd taken(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), 1, 0)));
    return outcome(static_cast<bool>(taken));
}
int signal_it(pid_t pid) {
    return outcome(kill(pid, SIGURG) == 0);  // which nobody minds
}
int ask_signal(pid_t pid) {
    return outcome(kill(pid, 0) == 0);
}
int renice(pid_t pid) {
    return outcome(setpriority(PRIO_PROCESS, static_cast<id_t>(pid), 10) == 0);
}
int reschedule(pid_t pid) {
    const sched_param parameter{};
    return outcome(sched_setscheduler(pid, SCHED_BATCH, &parameter) == 0);
}
int set_io_priority(pid_t pid) {
    return outcome(syscall(SYS_ioprio_set, 1, pid, 2 << 13 | 7) == 0);
}
int limit(pid_t pid) {
    const rlimit files{64, 64};
    return outcome(prlimit(pid, RLIMIT_NOFILE, &files, nullptr) == 0);
}

struct Aim {
    const char* name;
    int (*act)(pid_t);
    int touch;  // -1: passes
};
constexpr Aim kAims[] = {
    {"ptrace", trace, REMIT_TOUCH_TRACE},
    {"process_vm_writev", write_memory, REMIT_TOUCH_TRACE},
    {"pidfd_getfd", take_descriptor, REMIT_TOUCH_TRACE},
    {"kill", signal_it, REMIT_TOUCH_SIGNAL},
    {"kill with 0", ask_signal, -1},
    {"setpriority", renice, REMIT_TOUCH_PRIORITY},
    {"sched_setscheduler", reschedule, REMIT_TOUCH_PRIORITY},
    {"ioprio_set", set_io_priority, REMIT_TOUCH_PRIORITY},
    {"prlimit", limit, REMIT_TOUCH_PRIORITY},
};

int make_map() {
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = attributes.value_size = 4;
    attributes.max_entries = 1;
    return outcome(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) >= 0);
}

TEST_F(GuardHook, KeepsBpfFromASessionInEveryMode) {
    EXPECT_EQ(outside(make_map), 0);
    EXPECT_EQ(in_session(make_map), EPERM);
    const auto seen = notices();
    ASSERT_FALSE(seen.empty());
    // 6.1 asks for the capability first.
    EXPECT_TRUE(seen[0].type == REMIT_TOUCH_BPF || (seen[0].type == REMIT_TOUCH_CAPABILITY && seen[0].port == CAP_BPF)) << seen[0].type;
    session = harness.make_session(TablesBuilder().grant(0).mode(REMIT_AUDIT).tables());
    EXPECT_EQ(in_session(make_map), EPERM);
    EXPECT_TRUE(noticed(REMIT_TOUCH_BPF));
}

class GuardHookProcesses : public GuardHook, public testing::WithParamInterface<std::tuple<uid_t, Aim>> {};

TEST_P(GuardHookProcesses, KeepsThoseOutsideFromASession) {
    const uid_t user = std::get<0>(GetParam());
    const Aim& aim = std::get<1>(GetParam());
    int ready[2];
    ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
    const pid_t stranger = harness.start(nullptr, [user, &ready] {
        if (!become(user)) return 2;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (write(ready[1], "x", 1) != 1) return 2;
        for (;;) pause();
    });
    close(ready[1]);
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1) << "the stranger did not become the user";
    close(ready[0]);
    const auto on = [user, act = aim.act](pid_t pid) { return become(user) ? act(pid) : 2; };
    EXPECT_EQ(in_session([&] { return on(stranger); }), aim.touch < 0 ? 0 : EPERM);
    if (aim.touch >= 0) {
        const auto seen = notices();
        ASSERT_FALSE(seen.empty());
        EXPECT_EQ(seen[0].type, aim.touch);
        EXPECT_EQ(seen[0].peer_pid, static_cast<__u32>(stranger));
        EXPECT_EQ(seen[0].effect, REMIT_REFUSED);
    }
    EXPECT_EQ(in_session([&] {
                  if (!become(user)) return 2;
                  const pid_t own = start_waiting();
                  prctl(PR_SET_DUMPABLE, 1);
                  const int error = aim.act(own);
                  kill(own, SIGKILL);
                  return error;
              }),
              0);
    EXPECT_TRUE(notices().empty());
    EXPECT_EQ(outside([&] { return on(stranger); }), 0);
    kill(stranger, SIGKILL);
    wait_for(stranger);
}

INSTANTIATE_TEST_SUITE_P(As, GuardHookProcesses, testing::Combine(testing::Values(0, kNobody), testing::ValuesIn(kAims)),
                         [](const auto& info) {
                             std::string name = std::get<1>(info.param).name;
                             std::erase_if(name, [](char c) { return !isalnum(c); });
                             return name + (std::get<0>(info.param) ? "Nobody" : "Root");
                         });

TEST_F(GuardHook, LetsAnAuditedSessionPassAndSaysSo) {
    const pid_t stranger = harness.start(nullptr, [] {
        for (;;) pause();
        return 0;
    });
    session = harness.make_session(TablesBuilder().grant(0).mode(REMIT_AUDIT).tables());
    EXPECT_EQ(in_session([&] { return signal_it(stranger); }), 0);
    const auto seen = notices();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].type, REMIT_TOUCH_SIGNAL);
    EXPECT_EQ(seen[0].effect, REMIT_PASSED);
    kill(stranger, SIGKILL);
    wait_for(stranger);
}

int rename_host() {
    char name[65] = {};
    return outcome(gethostname(name, 64) == 0 && sethostname(name, strlen(name)) == 0);
}

TEST_F(GuardHook, KeepsTheHostsCapabilitiesFromARootSession) {
    const auto make_disk = [&] { return outcome(mknod((folder + "/disk").c_str(), S_IFBLK | 0600, makedev(7, 0)) == 0); };
    EXPECT_EQ(in_session(rename_host), EPERM);
    const auto seen = notices();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].type, REMIT_TOUCH_CAPABILITY);
    EXPECT_EQ(seen[0].port, CAP_SYS_ADMIN);
    EXPECT_EQ(in_session(make_disk), EPERM);
    EXPECT_EQ(in_session([] { return outcome(nice(-1) != -1); }), EPERM);
    EXPECT_EQ(outside(rename_host), 0);
    EXPECT_EQ(outside(make_disk), 0);
}

// When a process began, as a session's slot has it.
__u32 start_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string field;
    std::getline(file, field, ')');
    for (int i = 3; i <= 22; i++) file >> field;
    return static_cast<__u32>(std::stoull(field));
}

TEST_F(GuardHook, LetsARuntimeSetItsContainerUpUntilItRunsItsProgram) {
    ASSERT_TRUE(harness.know(session, "/bin/true", only(0)));
    const auto as_runtime = [&](__u32 ticks_later, const std::function<int()>& act) {
        return in_session([&, ticks_later] {
            session.words->setup_start = start_of(getpid()) + ticks_later;
            session.words->setup_process = static_cast<__u32>(getpid());
            return act();
        });
    };
    EXPECT_EQ(as_runtime(0, rename_host), 0);
    EXPECT_TRUE(notices().empty()) << "it is no act of the session";
    EXPECT_EQ(as_runtime(1, rename_host), EPERM) << "a process that was given its number";
    EXPECT_EQ(as_runtime(0,
                         [] {
                             const pid_t child = fork();
                             if (child == 0) _exit(rename_host());
                             return WEXITSTATUS(wait_for(child));
                         }),
              EPERM);
    EXPECT_EQ(as_runtime(0, make_map), EPERM);
    EXPECT_TRUE(noticed(REMIT_TOUCH_BPF));
    EXPECT_EQ(as_runtime(0, [] { return try_exec("/bin/id"); }), EACCES) << "what it runs is judged";
    EXPECT_NE(session.words->setup_process, 0U);
    EXPECT_EQ(as_runtime(0, [] { return try_exec("/bin/true"); }), 0);
    EXPECT_EQ(session.words->setup_process, 0U);
}

// A rule of the family judges them; without one the capability is not there, and nobody has come to ask for the family.
TEST_F(GuardHook, LeavesRawSocketsToTheirFamilysRule) {
    const auto make = [] {
        const Fd raw(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
        return outcome(static_cast<bool>(raw));
    };
    EXPECT_EQ(in_session(make), EPERM);
    Tables tables = TablesBuilder().grant(0).tables();
    tables.families.push_back({AF_INET, IPPROTO_ICMP, only(0)});
    session = harness.make_session(tables);
    EXPECT_EQ(in_session(make), EPERM);
    EXPECT_TRUE(noticed(REMIT_TOUCH_CAPABILITY));
    tables.head.flags |= REMIT_RAW_SOCKETS;
    session = harness.make_session(tables);
    EXPECT_EQ(in_session(make), 0);
    EXPECT_EQ(in_session([] { return outcome(static_cast<bool>(Fd(socket(AF_INET, SOCK_RAW, IPPROTO_TCP)))); }), EPERM);
    EXPECT_EQ(in_session([] { return outcome(sethostname("x", 1) == 0); }), EPERM);  // the others are as far away as ever
    EXPECT_EQ(outside(make), 0);
}

TEST_F(GuardHook, LeavesARootSessionItsOrdinaryWork) {
    const std::string mine = write_file("mine", kNobody);
    for (const char* program : {"/bin/true", "/bin/tar", "/bin/chown", "/bin/cp", "/bin/sh"})
        ASSERT_TRUE(harness.know(session, program, only(0))) << program;
    EXPECT_EQ(in_session([] { return try_exec("/bin/true"); }), 0);
    EXPECT_EQ(in_session([&] {
                  const std::string work = "cd " + folder +
                                           " && echo text > new && cp mine copy && chown 1:1 copy && tar cf all.tar mine copy && "
                                           "tar xf all.tar && true";
                  execl("/bin/sh", "sh", "-c", work.c_str(), nullptr);
                  return errno;
              }),
              0);
    for (const auto& notice : notices())
        ADD_FAILURE() << notice.comm << " touched " << notice.type << " " << notice.port << " " << notice.path;
}

// No user namespace is made below a chroot, which the test may run in: into the first process's mount namespace, and to its root.
bool leave_chroot() {
    const Fd first(open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC));
    return first && setns(first.get(), CLONE_NEWNS) == 0;
}

TEST_F(GuardHook, KeepsUserNamespacesFromASessionUnlessThePolicySaysSo) {
    const auto make = [] { return outcome(unshare(CLONE_NEWUSER) == 0); };
    // The session takes hold of its task only once that has left.
    const auto armed = [&](const std::function<int()>& act) {
        session.words->state = REMIT_DETACHED;
        return in_session([&] {
            if (!leave_chroot()) return 2;
            __atomic_store_n(&session.words->state, REMIT_ARMED, __ATOMIC_SEQ_CST);
            return act();
        });
    };
    ASSERT_EQ(outside([&] { return leave_chroot() ? make() : 2; }), 0);
    EXPECT_EQ(armed(make), EPERM);
    EXPECT_TRUE(noticed(REMIT_TOUCH_USERNS));
    Tables tables = TablesBuilder().grant(0).tables();
    tables.head.flags |= REMIT_USER_NAMESPACES;
    session = harness.make_session(tables);
    EXPECT_EQ(armed(make), 0);
    // And there the session may do what root may.
    EXPECT_EQ(armed([] { return outcome(unshare(CLONE_NEWUSER) == 0 && unshare(CLONE_NEWUTS) == 0 && sethostname("x", 1) == 0); }), 0);
}

TEST_F(GuardHook, TakesNoNetworkSocketFromOutside) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    const auto receive = [&] {
        Fd received;
        return receive_fd(ends[1], received);
    };
    const Fd strange(socket(AF_INET, SOCK_DGRAM, 0));
    ASSERT_TRUE(send_fd(ends[0], strange.get()));
    EXPECT_EQ(in_session(receive), ENODATA);
    EXPECT_TRUE(noticed(REMIT_TOUCH_SOCKET));
    ASSERT_TRUE(send_fd(ends[0], strange.get()));
    EXPECT_EQ(outside(receive), 0);
    ASSERT_TRUE(send_fd(ends[0], STDIN_FILENO));  // no socket
    EXPECT_EQ(in_session(receive), 0);
    // Its own one, from one of its processes to another.
    EXPECT_EQ(in_session([&] {
                  const Fd own(socket(AF_INET, SOCK_DGRAM, 0));
                  return own && send_fd(ends[0], own.get()) ? receive() : 1;
              }),
              0);
    EXPECT_TRUE(notices().empty());
}

TEST_F(GuardHook, RunsStrictCodeOnly) {
    const std::string library = write_file("library", 0);
    const auto map = [&] {
        const Fd file(open(library.c_str(), O_RDONLY | O_CLOEXEC));
        return outcome(mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.get(), 0) != MAP_FAILED);
    };
    const auto protect = [&] {
        const Fd file(open(library.c_str(), O_RDONLY | O_CLOEXEC));
        void* at = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, file.get(), 0);
        return at == MAP_FAILED ? 2 : outcome(mprotect(at, 4096, PROT_READ | PROT_EXEC) == 0);
    };
    EXPECT_EQ(in_session(map), 0);  // the policy does not ask for it
    Tables tables = TablesBuilder().grant(0).tables();
    tables.head.flags |= REMIT_STRICT_CODE;
    session = harness.make_session(tables);
    EXPECT_EQ(in_session(protect), EPERM);
    EXPECT_EQ(in_session(map), EPERM);
    const auto events = harness.events();
    EXPECT_EQ(std::count_if(events.begin(), events.end(), [](const remit_event& e) { return e.flags & REMIT_EVENT_QUESTION; }), 1);
    EXPECT_EQ(std::count_if(events.begin(), events.end(), [](const remit_event& e) { return e.type == REMIT_TOUCH_CODE; }), 2);
    EXPECT_EQ(
        in_session([] { return outcome(mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED); }),
        0);
    ASSERT_TRUE(harness.know(session, library, only(0)));
    EXPECT_EQ(in_session(map), 0);
    EXPECT_EQ(in_session(protect), 0);
    EXPECT_EQ(outside(map), 0);
}

TEST_F(GuardHook, KeepsTheControlSocketFromASession) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, (folder + "/control").c_str(), sizeof(address.sun_path) - 1);
    const Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(listen(listener.get(), 5), 0);
    ASSERT_EQ(chmod(address.sun_path, 0777), 0);
    guard(address.sun_path, REMIT_GUARDS_SOCKET);
    const auto connect_it = [&] {
        const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        return outcome(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    };
    EXPECT_EQ(outside(connect_it), 0);
    EXPECT_EQ(in_session(connect_it), EPERM);
    EXPECT_TRUE(noticed(REMIT_TOUCH_CONTROL));
    session = harness.make_session(TablesBuilder().grant(0).mode(REMIT_AUDIT).tables());
    EXPECT_EQ(in_session(connect_it), EPERM);
}

// In both tiers; writes a switch of the host, so in a VM only.
TEST(GuardHookSysctl, IsNotWrittenByASession) {
    if (!getenv("REMIT_VM")) GTEST_SKIP() << "writes a switch of the host: VM only";
    Harness& harness = Harness::get();
    const auto session = harness.make_session(TablesBuilder().grant(0).tables());
    const auto write_it = [] {
        const Fd fd(open("/proc/sys/kernel/hostname", O_WRONLY | O_CLOEXEC));
        return outcome(fd && write(fd.get(), "guest", 5) == 5);
    };
    EXPECT_TRUE(exited(harness.run_outside(write_it), 0));
    harness.events();
    EXPECT_TRUE(exited(harness.run(session, write_it), EPERM));
    const auto events = harness.events();
    EXPECT_EQ(std::count_if(events.begin(), events.end(), [](const remit_event& e) { return e.type == REMIT_TOUCH_SWITCH; }), 1);
    EXPECT_TRUE(exited(harness.run(session, [] { return try_open("/proc/sys/kernel/hostname", O_RDONLY); }), 0));
}

}  // namespace
}  // namespace remit::test
