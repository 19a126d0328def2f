// The compiled form of one policy, as the kernel is to hold it: written by policy/, pushed by kernel/. Passive data over bpf/abi.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "abi/policy.h"

namespace remit {

struct Tables {
    // Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d; bits 0..128. Zones are numbered from 0 within these tables.
    struct Zone {
        std::array<uint8_t, 16> address{};
        uint32_t bits = 0;
        uint32_t zone = 0;
    };
    // Ports `port` with the first `bits` (0..16) bits significant, host order.
    struct Port {
        uint32_t zone = 0;
        uint16_t protocol = 0;  // IPPROTO_TCP or IPPROTO_UDP; with REMIT_LISTENS: of listeners
        uint16_t port = 0;
        uint32_t bits = 0;
        remit_toolset toolset{};
    };
    struct Grant {
        uint16_t tool = 0;
        uint16_t nth = 0;  // 0.. in the order of declaration, unconditional grants left out
        remit_grant grant{};
    };

    // An abstract unix socket. name: without the zero in front; at most REMIT_UNIX_NAME_BYTES - 1 bytes.
    struct UnixName {
        std::string name;
        remit_toolset toolset{};
    };
    struct Family {
        uint16_t family = 0;    // AF_*
        uint16_t protocol = 0;  // or REMIT_ANY_PROTOCOL
        remit_toolset toolset{};
    };

    remit_tables head{};
    std::vector<Zone> zones;
    std::vector<Port> ports;
    std::vector<Grant> grants;       // those with conditions
    std::vector<remit_deny> denies;  // in the order of declaration
    std::vector<UnixName> unix_names;
    std::vector<Family> families;
    remit_toolset anonymous{};  // programs without a name: memfd, deleted
};

// Something is taken of the grant with each use: it has a counter in the kernel.
inline bool counted(const remit_grant& grant) {
    return grant.max_uses != 0 || grant.rate_ns != 0;
}

}  // namespace remit
