#include "kernel/sockets.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "kernel/walk.h"

namespace remit::kernel {
namespace {

struct Found {
    inet_diag_sockid id;
    int family = 0;
    remit_stamp stamp;
};
using Wanted = std::function<bool(const remit_stamp&)>;

// One request: sock_diag's header and, for a dump, the attribute that asks for one storage map.
struct DiagRequest {
    nlmsghdr header{};
    inet_diag_req_v2 body{};
    nlattr storages{};
    nlattr map{};
    int map_fd = 0;
};

// local_port 0: of all.
DiagRequest dump_request(int family, int protocol, uint16_t local_port, int map_fd) {
    DiagRequest request;
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = static_cast<__u8>(family);
    request.body.sdiag_protocol = static_cast<__u8>(protocol);
    request.body.idiag_states = ~0U;
    request.body.id.idiag_sport = htons(local_port);
    request.storages.nla_type = INET_DIAG_REQ_SK_BPF_STORAGES | NLA_F_NESTED;
    request.storages.nla_len = sizeof(nlattr) * 2 + sizeof(int);
    request.map.nla_type = SK_DIAG_BPF_STORAGE_REQ_MAP_FD;
    request.map.nla_len = sizeof(nlattr) + sizeof(int);
    request.map_fd = map_fd;
    return request;
}

// The attributes in a stretch of netlink bytes; stops at the first that does not fit.
template <typename Visit>
void each_attribute(const char* at, size_t left, const Visit& visit) {
    while (left >= sizeof(nlattr)) {
        nlattr attribute{};
        std::memcpy(&attribute, at, sizeof(attribute));
        if (attribute.nla_len < sizeof(nlattr) || attribute.nla_len > left) return;
        visit(attribute.nla_type & NLA_TYPE_MASK, at + sizeof(nlattr), attribute.nla_len - sizeof(nlattr));
        const size_t step = std::min<size_t>(NLA_ALIGN(attribute.nla_len), left);
        at += step;
        left -= step;
    }
}

std::optional<remit_stamp> stamp_in(const char* at, size_t left) {
    std::optional<remit_stamp> stamp;
    each_attribute(at, left, [&](int type, const char* storages, size_t size) {
        if (type != INET_DIAG_SK_BPF_STORAGES) return;
        each_attribute(storages, size, [&](int, const char* storage, size_t storage_size) {
            each_attribute(storage, storage_size, [&](int field, const char* value, size_t value_size) {
                if (field != SK_DIAG_BPF_STORAGE_MAP_VALUE || value_size < sizeof(remit_stamp)) return;
                stamp.emplace();
                std::memcpy(&*stamp, value, sizeof(*stamp));
            });
        });
    });
    return stamp;
}

// One datagram of a dump. Returns false at its end or on an error, left in *error.
bool read_answers(const char* at, size_t left, const Wanted& wanted, std::vector<Found>& found, int* error) {
    while (left >= sizeof(nlmsghdr)) {
        nlmsghdr header{};
        std::memcpy(&header, at, sizeof(header));
        if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > left) return false;
        if (header.nlmsg_type == NLMSG_DONE) return false;
        if (header.nlmsg_type == NLMSG_ERROR) {
            nlmsgerr answer{};
            if (header.nlmsg_len >= NLMSG_LENGTH(sizeof(answer))) std::memcpy(&answer, at + NLMSG_HDRLEN, sizeof(answer));
            *error = -answer.error;
            return false;
        }
        inet_diag_msg socket{};
        if (header.nlmsg_len >= NLMSG_LENGTH(sizeof(socket))) {
            std::memcpy(&socket, at + NLMSG_HDRLEN, sizeof(socket));
            const size_t offset = NLMSG_LENGTH(sizeof(socket));
            const auto stamp = stamp_in(at + offset, header.nlmsg_len - offset);
            if (stamp && wanted(*stamp)) found.push_back({socket.id, socket.idiag_family, *stamp});
        }
        const size_t step = std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
        at += step;
        left -= step;
    }
    return true;
}

Result<std::vector<Found>> ask_for_sockets(int netlink, const DiagRequest& request, const Wanted& wanted) {
    std::vector<Found> found;
    if (send(netlink, &request, sizeof(request), 0) < 0) return errno_error("ask sock_diag");
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t size = recv(netlink, buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno_error("read sock_diag");
        int error = 0;
        if (!read_answers(buffer.data(), static_cast<size_t>(size), wanted, found, &error)) {
            errno = error;
            if (error && error != ENOENT) return errno_error("list sockets by sock_diag");
            return found;
        }
    }
}

bool destroy(int netlink, int family, int protocol, const inet_diag_sockid& id) {
    struct {
        nlmsghdr header{};
        inet_diag_req_v2 body{};
    } request;
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = SOCK_DESTROY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    request.body.sdiag_family = static_cast<__u8>(family);
    request.body.sdiag_protocol = static_cast<__u8>(protocol);
    request.body.idiag_states = ~0U;
    request.body.id = id;
    if (send(netlink, &request, sizeof(request), 0) < 0) return false;
    std::array<char, 1024> answer{};
    const ssize_t size = recv(netlink, answer.data(), answer.size(), 0);
    nlmsgerr result{};
    if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(result)))) return false;
    std::memcpy(&result, answer.data() + NLMSG_HDRLEN, sizeof(result));
    return result.error == 0;
}

Result<int> destroy_here(int map_fd, const Wanted& wanted) {
    const Fd netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink) return errno_error("open sock_diag");
    int ended = 0;
    for (const int family : {AF_INET, AF_INET6}) {
        for (const int protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
            auto found = ask_for_sockets(netlink.get(), dump_request(family, protocol, 0, map_fd), wanted);
            if (!found) return found.error();
            for (const auto& each : *found) ended += destroy(netlink.get(), family, protocol, each.id);
        }
    }
    return ended;
}

// An address of sock_diag, IPv4 as ::ffff:a.b.c.d.
void copy_address(int family, const __be32 (&from)[4], __u8 (&to)[16]) {
    if (family != AF_INET) {
        std::memcpy(to, from, sizeof(to));
        return;
    }
    to[10] = to[11] = 0xff;
    std::memcpy(to + 12, from, 4);
}

remit_open_socket connection(const Found& found) {
    remit_open_socket socket{};
    socket.stamp = found.stamp;
    socket.ends.protocol = IPPROTO_TCP;
    socket.ends.local_port = ntohs(found.id.idiag_sport);
    socket.ends.remote_port = ntohs(found.id.idiag_dport);
    copy_address(found.family, found.id.idiag_src, socket.ends.local);
    if (socket.ends.remote_port != 0) copy_address(found.family, found.id.idiag_dst, socket.ends.remote);
    return socket;
}

Result<std::vector<remit_open_socket>> list_here(int map_fd, int datagrams_link, uint16_t local_port) {
    const Fd netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink) return errno_error("open sock_diag");
    auto sockets = walk<remit_open_socket>(datagrams_link, "datagram sockets");
    if (!sockets) return sockets;
    std::erase_if(*sockets, [&](const remit_open_socket& each) { return each.ends.local_port != local_port; });
    for (const int family : {AF_INET, AF_INET6}) {
        auto found = ask_for_sockets(netlink.get(), dump_request(family, IPPROTO_TCP, local_port, map_fd),
                                     [](const remit_stamp& stamp) { return stamp.session != 0; });
        if (!found) return found.error();
        for (const Found& each : *found) sockets->push_back(connection(each));
    }
    return sockets;
}

// By a thread of its own: a namespace is entered by the calling thread, and there is no sure way back. netns_fd -1: where the caller is.
template <typename Value>
Result<Value> inside(int netns_fd, const std::function<Result<Value>()>& act) {
    if (netns_fd < 0) return act();
    std::optional<Result<Value>> result;
    std::thread thread(
        [&] { result.emplace(setns(netns_fd, CLONE_NEWNET) ? Result<Value>(errno_error("enter a network namespace")) : act()); });
    thread.join();
    return *result;
}

}  // namespace

Result<int> destroy_stamped_sockets(int netns_fd, int map_fd, const std::function<bool(const remit_stamp&)>& wanted) {
    return inside<int>(netns_fd, [&] { return destroy_here(map_fd, wanted); });
}

Result<std::vector<remit_open_socket>> stamped_sockets_from(int netns_fd, int map_fd, int datagrams_link, uint16_t local_port) {
    return inside<std::vector<remit_open_socket>>(netns_fd, [&] { return list_here(map_fd, datagrams_link, local_port); });
}

}  // namespace remit::kernel
