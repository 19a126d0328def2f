// A kernel side of its own for the tests: programs attached below a cgroup and pinned in a bpffs that this process made, sessions filled by
// hand, children that run inside them. Nothing of it outlives the process.
#pragma once

#include <bpf/bpf.h>
#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/kernel.h"

namespace remit::test {

// Tables by hand: tools are numbers; endpoints of one table must not overlap.
class TablesBuilder {
public:
    TablesBuilder& grant(uint16_t tool);
    TablesBuilder& grant(uint16_t tool, const remit_grant& conditions);
    // An unconditional grant that may be passed on; conditional ones say so themselves.
    TablesBuilder& delegable(uint16_t tool);
    TablesBuilder& deny(uint16_t tool);
    // Once another tool was seen. cut: on open sockets too.
    TablesBuilder& deny_after(uint16_t tool, uint16_t after, bool cut);
    TablesBuilder& mode(remit_mode mode);
    // Endpoints are granted by name: DNS goes to the resolver.
    TablesBuilder& names();
    // address: IPv4 or IPv6 text; port 0: all.
    TablesBuilder& endpoint(uint16_t tool, const std::string& address, uint32_t bits, uint16_t port, uint16_t protocol);
    const Tables& tables() const { return tables_; }

private:
    Tables tables_;
    uint32_t zones_ = 0;
};

remit_toolset only(uint16_t tool);

struct TestSession {
    uint64_t id = 0;
    uint32_t slot = 0;
    uint32_t tables_id = 0;
    uint64_t cgroup_id = 0;
    std::string cgroup;
    remit_session* words = nullptr;
};

class Harness {
public:
    static Harness& get();
    Harness(const Harness&) = delete;
    Harness& operator=(const Harness&) = delete;
    ~Harness();

    kernel::Kernel& kernel() { return *kernel_; }
    bool lsm() const { return kernel_->tier() == kernel::Tier::kLsm; }
    // A new armed session in a cgroup of its own; with a parent in one below the parent's.
    TestSession make_session(const Tables& tables, const TestSession* parent = nullptr);
    // Pushes a program of the session under a tool; false where the file has no identity.
    bool know(const TestSession& session, const std::string& path, const remit_toolset& toolset);
    // Runs body in a child that is in the session by cgroup and tag; returns its wait status.
    int run(const TestSession& session, const std::function<int()>& body);
    // The same in a child that is in no session, only below the cgroup root.
    int run_outside(const std::function<int()>& body);
    // Starts it and returns its pid.
    pid_t start(const TestSession* session, const std::function<int()>& body);
    // All records and questions since the last call.
    std::vector<remit_event> events();
    const std::string& cgroup() const { return cgroup_; }
    // The folder in which the maps are pinned.
    std::string maps() const;

private:
    Harness();
    std::string cgroup_;
    std::string bpffs_;
    std::unique_ptr<kernel::Kernel> kernel_;
    std::vector<TestSession> sessions_;
    uint32_t next_slot_ = 1;
};

// Rows of a map that is keyed by tables.
template <typename Key>
size_t rows_of(const std::string& map, uint32_t tables_id) {
    const Fd rows(bpf_obj_get((Harness::get().maps() + "/" + map).c_str()));
    size_t count = 0;
    Key key{};
    for (int more = bpf_map_get_next_key(rows.get(), nullptr, &key); more == 0; more = bpf_map_get_next_key(rows.get(), &key, &key))
        count += key.tables == tables_id;
    return count;
}

int wait_for(pid_t pid);
bool killed(int status);
bool exited(int status, int code);

// A socket address; family by the text.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
};
Address address_of(const std::string& text, uint16_t port);
// A listening TCP or bound UDP socket on a free port of a loopback address.
struct Peer {
    Fd fd;
    uint16_t port = 0;
};
Peer listen_on(const std::string& address, int type);
// 0, or the errno of what failed: socket + connect (+ one byte for UDP).
int try_connect(const std::string& address, uint16_t port, int type);
int try_send(const std::string& address, uint16_t port);
// Does an execve of path fail, and with which errno? For children: does not return when it succeeds.
int try_exec(const std::string& path);

// A descriptor over one end of a unix socket (SCM_RIGHTS). receive_fd: 0, or an errno; ENODATA: a message came without one.
bool send_fd(int channel, int fd);
int receive_fd(int channel, Fd& into, int flags = 0);

// Factor for the lengths of deadlines (VMs are slow) and divisor of counts.
int slack();
// For how long nothing must come where something would: what was sent before came at once.
int quiet_ms();
int scaled(int count);

}  // namespace remit::test
