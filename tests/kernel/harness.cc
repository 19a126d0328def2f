#include "kernel/harness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>

#include "base/clock.h"
#include "base/pidfd.h"
#include "session/cgroup.h"

namespace remit::test {
namespace {

[[noreturn]] void die(const std::string& what) {
    fprintf(stderr, "harness: %s (errno %d: %s)\n", what.c_str(), errno, strerror(errno));
    exit(2);
}

int environment(const char* name, int otherwise) {
    const char* text = getenv(name);
    return text ? std::max(1, atoi(text)) : otherwise;
}

}  // namespace

TablesBuilder& TablesBuilder::grant(uint16_t tool) {
    tables_.head.granted[tool / 64] |= 1ULL << (tool % 64);
    return *this;
}

TablesBuilder& TablesBuilder::grant(uint16_t tool, const remit_grant& conditions) {
    tables_.head.conditional[tool / 64] |= 1ULL << (tool % 64);
    uint16_t nth = 0;
    for (const auto& other : tables_.grants) nth += other.tool == tool;
    tables_.grants.push_back({tool, nth, conditions});
    return *this;
}

TablesBuilder& TablesBuilder::delegable(uint16_t tool) {
    tables_.head.delegable[tool / 64] |= 1ULL << (tool % 64);
    return grant(tool);
}

TablesBuilder& TablesBuilder::deny(uint16_t tool) {
    remit_deny deny{};
    deny.tools[tool / 64] |= 1ULL << (tool % 64);
    deny.rule = static_cast<__u16>(tables_.denies.size());
    tables_.head.denied[tool / 64] |= 1ULL << (tool % 64);
    tables_.denies.push_back(deny);
    tables_.head.deny_count = static_cast<__u32>(tables_.denies.size());
    return *this;
}

TablesBuilder& TablesBuilder::deny_after(uint16_t tool, uint16_t after, bool cut) {
    deny(tool);
    tables_.denies.back().after[after / 64] |= 1ULL << (after % 64);
    if (!cut) return *this;
    tables_.denies.back().flags = REMIT_DENY_CUT;
    tables_.head.cuts[after / 64] |= 1ULL << (after % 64);
    return *this;
}

TablesBuilder& TablesBuilder::mode(remit_mode mode) {
    tables_.head.mode = static_cast<__u8>(mode);
    return *this;
}

TablesBuilder& TablesBuilder::names() {
    tables_.head.flags |= REMIT_NAMES;
    return *this;
}

TablesBuilder& TablesBuilder::endpoint(uint16_t tool, const std::string& address, uint32_t bits, uint16_t port, uint16_t protocol) {
    Tables::Zone zone;
    if (address.find(':') == std::string::npos) {
        zone.address[10] = zone.address[11] = 0xff;
        inet_pton(AF_INET, address.c_str(), zone.address.data() + 12);
        bits += 96;
    } else {
        inet_pton(AF_INET6, address.c_str(), zone.address.data());
    }
    zone.bits = bits;
    zone.zone = zones_++;
    tables_.zones.push_back(zone);
    tables_.ports.push_back({zone.zone, protocol, port, port ? 16U : 0U, only(tool)});
    return *this;
}

remit_toolset only(uint16_t tool) {
    remit_toolset toolset{};
    toolset.covers[tool / 64] = toolset.best[tool / 64] = 1ULL << (tool % 64);
    return toolset;
}

Harness& Harness::get() {
    static Harness harness;
    return harness;
}

Harness::Harness() {
    if (unshare(CLONE_NEWNS) || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr)) die("make a mount namespace");
    bpffs_ = "/tmp/remit-test-bpf-" + std::to_string(getpid());
    if (mkdir(bpffs_.c_str(), 0700) || mount("bpf", bpffs_.c_str(), "bpf", 0, nullptr)) die("mount a bpffs");
    auto root = session::find_cgroup2_mount();
    if (!root) die("find cgroup v2");
    cgroup_ = *root + "/remit-test-" + std::to_string(getpid());
    if (auto made = session::make_cgroup(cgroup_); !made) die(made.error().message);
    auto opened = kernel::Kernel::open(
        {.cgroup_root = cgroup_, .bpffs = bpffs_ + "/remit", .dry_run = false, .lsm = getenv("REMIT_TIER_BASE") == nullptr});
    if (!opened) {
        (void)session::remove_cgroup(cgroup_);
        die(opened.error().message);
    }
    kernel_ = std::make_unique<kernel::Kernel>(std::move(*opened));
}

Harness::~Harness() {
    for (const auto& session : sessions_) {
        (void)session::kill_cgroup(session.cgroup);
        kernel_->detach_session_programs(session.id);
    }
    kernel_.reset();
    (void)kernel::Kernel::off(bpffs_);
    umount2(bpffs_.c_str(), MNT_DETACH);
    rmdir(bpffs_.c_str());
    (void)session::remove_cgroup(cgroup_);
}

TestSession Harness::make_session(const Tables& tables, const TestSession* parent) {
    static std::mt19937_64 random{std::random_device{}()};
    TestSession session;
    session.id = random() | 1;
    session.slot = next_slot_++;
    session.tables_id = session.slot;
    session.cgroup = (parent ? parent->cgroup : cgroup_) + "/s" + std::to_string(session.slot);
    if (auto made = session::make_cgroup(session.cgroup); !made) die(made.error().message);
    session.cgroup_id = *kernel::cgroup_id(session.cgroup);
    if (auto published = kernel_->publish_tables(session.tables_id, tables); !published) die(published.error().message);
    session.words = kernel_->session(session.slot);
    *session.words = {};
    session.words->id = session.id;
    session.words->cgroup = session.cgroup_id;
    session.words->start_ns = boot_ns();
    session.words->authority = 1ULL << 32 | session.tables_id;
    if (parent) {
        session.words->parent = parent->slot;
        session.words->parent_id = parent->id;
    }
    session.words->state = REMIT_ARMED;
    for (const auto& grant : tables.grants)
        if (counted(grant.grant) && !kernel_->make_use_counter(session.id, grant.grant.counter)) die("make a counter");
    const Fd folder(open(session.cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (auto done = parent ? Result<void>() : kernel_->attach_session_programs(session.id, folder.get()); !done) die(done.error().message);
    if (auto done = kernel_->bind_cgroup(session.cgroup_id, session.slot); !done) die(done.error().message);
    sessions_.push_back(session);
    return session;
}

bool Harness::know(const TestSession& session, const std::string& path, const remit_toolset& toolset) {
    const Fd file(open(path.c_str(), O_PATH | O_CLOEXEC));
    const int fds[] = {file.get()};
    auto identity = kernel_->identify(fds);
    if (!identity || !(*identity)[0]) return false;
    return kernel_->push_program(session.tables_id, (*identity)[0]->file, toolset).has_value();
}

std::string Harness::maps() const {
    for (const auto& object : std::filesystem::directory_iterator(bpffs_ + "/remit")) return object.path().string() + "/maps";
    return "";
}

pid_t Harness::start(const TestSession* session, const std::function<int()>& body) {
    int ready[2];
    if (pipe2(ready, O_CLOEXEC)) die("make a pipe");
    const pid_t pid = fork();
    if (pid == 0) {
        char byte = 0;
        close(ready[1]);
        if (read(ready[0], &byte, 1) != 1) _exit(2);
        _exit(body());
    }
    const std::string folder = session ? session->cgroup : cgroup_;
    if (auto moved = session::move_process(folder, pid); !moved) die(moved.error().message);
    if (session) {
        const Fd pidfd = open_pidfd(pid);
        if (auto tagged =
                kernel_->tag_task(pidfd.get(), {.session = session->id, .start_ns = 0, .program = {}, .slot = session->slot, .flags = 0});
            !tagged)
            die(tagged.error().message);
    }
    close(ready[0]);
    if (write(ready[1], "x", 1) != 1) die("let the child go");
    close(ready[1]);
    return pid;
}

int Harness::run(const TestSession& session, const std::function<int()>& body) {
    return wait_for(start(&session, body));
}
int Harness::run_outside(const std::function<int()>& body) {
    return wait_for(start(nullptr, body));
}

std::vector<remit_event> Harness::events() {
    std::vector<remit_event> all;
    auto drained = kernel_->drain([&](const remit_event& event) { all.push_back(event); });
    if (!drained) die(drained.error().message);
    return all;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool killed(int status) {
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}
bool exited(int status, int code) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

Address address_of(const std::string& text, uint16_t port) {
    Address address;
    if (text.find(':') == std::string::npos) {
        auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        inet_pton(AF_INET, text.c_str(), &in->sin_addr);
        address.size = sizeof(*in);
    } else {
        auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        inet_pton(AF_INET6, text.c_str(), &in6->sin6_addr);
        address.size = sizeof(*in6);
    }
    return address;
}

Peer listen_on(const std::string& text, int type) {
    Address address = address_of(text, 0);
    Peer peer;
    peer.fd = Fd(socket(address.family(), type | SOCK_CLOEXEC, 0));
    if (bind(peer.fd.get(), address.get(), address.size) || (type == SOCK_STREAM && listen(peer.fd.get(), SOMAXCONN)) ||
        getsockname(peer.fd.get(), address.get(), &address.size))
        die("listen on " + text);
    peer.port = ntohs(reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
    return peer;
}

int try_connect(const std::string& text, uint16_t port, int type) {
    const Address address = address_of(text, port);
    const Fd fd(socket(address.family(), type | SOCK_CLOEXEC, 0));
    if (!fd || connect(fd.get(), address.get(), address.size)) return errno;
    if (type == SOCK_DGRAM && send(fd.get(), "x", 1, 0) != 1) return errno;
    return 0;
}

int try_send(const std::string& text, uint16_t port) {
    const Address address = address_of(text, port);
    const Fd fd(socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd || sendto(fd.get(), "x", 1, 0, address.get(), address.size) != 1) return errno;
    return 0;
}

int try_exec(const std::string& path) {
    execl(path.c_str(), path.c_str(), nullptr);
    return errno;
}

namespace {

// A message of one byte with room for one descriptor.
struct Letter {
    char byte = 'x';
    iovec bytes{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr head{};
    Letter() {
        head.msg_iov = &bytes;
        head.msg_iovlen = 1;
        head.msg_control = control;
        head.msg_controllen = sizeof(control);
    }
};

}  // namespace

bool send_fd(int channel, int fd) {
    Letter letter;
    cmsghdr* header = CMSG_FIRSTHDR(&letter.head);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    return sendmsg(channel, &letter.head, 0) == 1;
}

int receive_fd(int channel, Fd& into, int flags) {
    Letter letter;
    into.reset();
    if (recvmsg(channel, &letter.head, flags | MSG_CMSG_CLOEXEC) != 1) return errno;
    const cmsghdr* header = CMSG_FIRSTHDR(&letter.head);
    int fd = -1;
    if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(fd)))
        std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    into = Fd(fd);
    return fd < 0 ? ENODATA : 0;
}

int slack() {
    return environment("REMIT_DEADLINE_SLACK", 1);
}
int quiet_ms() {
    return 300 * std::min(slack(), 10);
}
int scaled(int count) {
    return std::max(1, count / environment("REMIT_COUNT_SCALE", 1));
}

}  // namespace remit::test
