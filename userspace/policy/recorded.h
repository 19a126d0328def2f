// A crossing as the trail has it, for judging it again under another policy and for writing a policy from it. Passive data; the trail's
// lines are read by the command line. Usable by everyone above policy/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/digest.h"
#include "policy/address.h"

namespace remit::policy {

struct Recorded {
    enum class Object { kProgram, kEndpoint, kListener, kUnix, kSocket, kOwn, kUnclear };

    Object object = Object::kUnclear;
    std::string unclear{};  // why the record does not say enough, or why no policy is asked
    std::string text{};     // for people: "connect tcp 10.1.2.3:443"
    std::string path{};     // of a program; the name of a unix socket, "@" in front of an abstract one
    uint8_t kinds = 0;      // enum ProgramKind, as far as the record tells
    bool writable = false;  // a program that the session could write
    std::optional<Digest> sha256{};
    Target target{};      // with REMIT_LISTENS for a listener
    uint16_t family = 0;  // of a socket that is about no endpoint
    uint16_t protocol = 0;
    std::string peer{};  // path of the program that listens behind a unix socket; empty: not recorded

    std::string session{};  // id
    std::string by{};       // path of the program that did it
    std::string tool{};     // that it was attributed to
    uint64_t boot_ns = 0;
    uint64_t count = 1;
    bool passed = false;  // effect; in audit also what would have been refused
    bool denied = false;  // the verdict was a deny's
};

}  // namespace remit::policy
