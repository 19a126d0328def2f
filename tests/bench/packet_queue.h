// An interactive firewall that says yes: takes the packets of one queue of netfilter and lets each go. For bench_peers only.
#pragma once

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/fd.h"

namespace remit::bench {

// Answers every packet of the queue with "accept": nfnetlink_queue, as libnetfilter_queue speaks it.
class PacketQueue {
public:
    bool open() {
        socket_.reset(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
        const nfqnl_msg_config_cmd bind{NFQNL_CFG_CMD_BIND, 0, htons(AF_INET)};
        nfqnl_msg_config_params copy{};
        copy.copy_range = htonl(64);
        copy.copy_mode = NFQNL_COPY_PACKET;
        return socket_ && send(NFQNL_MSG_CONFIG, NFQA_CFG_CMD, &bind, sizeof(bind)) &&
               send(NFQNL_MSG_CONFIG, NFQA_CFG_PARAMS, &copy, sizeof(copy));
    }
    void serve() {
        alignas(nlmsghdr) char buffer[1 << 16];
        for (;;) {
            const ssize_t size = recv(socket_.get(), buffer, sizeof(buffer), 0);
            if (size <= 0) return;
            auto left = static_cast<unsigned>(size);
            for (auto* message = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
                if (message->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)) accept_packet(message);
        }
    }

private:
    // The packet's header is the first attribute that the kernel writes.
    void accept_packet(const nlmsghdr* message) {
        const auto* attribute = reinterpret_cast<const nlattr*>(reinterpret_cast<const char*>(NLMSG_DATA(message)) + sizeof(nfgenmsg));
        nfqnl_msg_packet_hdr head{};
        std::memcpy(&head, reinterpret_cast<const char*>(attribute) + NLA_HDRLEN, sizeof(head));
        const nfqnl_msg_verdict_hdr verdict{htonl(NF_ACCEPT), head.packet_id};
        (void)send(NFQNL_MSG_VERDICT, NFQA_VERDICT_HDR, &verdict, sizeof(verdict));
    }
    bool send(int type, uint16_t attribute, const void* value, size_t size) {
        struct {
            nlmsghdr head;
            nfgenmsg family;
            nlattr attribute;
            char value[16];
        } message{};
        message.head.nlmsg_len = static_cast<__u32>(offsetof(decltype(message), value) + size);
        message.head.nlmsg_type = static_cast<__u16>(NFNL_SUBSYS_QUEUE << 8 | type);
        message.head.nlmsg_flags = NLM_F_REQUEST;
        message.attribute.nla_len = static_cast<__u16>(NLA_HDRLEN + size);
        message.attribute.nla_type = attribute;
        std::memcpy(message.value, value, size);
        return ::send(socket_.get(), &message, NLMSG_ALIGN(message.head.nlmsg_len), 0) > 0;
    }
    Fd socket_;
};

}  // namespace remit::bench
