// The daemon's two sockets: where they are, listening on them, connecting to them, and who is at the other end. For daemon/ and cli/.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace remit::api {

inline constexpr const char* kDefaultRunDir = "/run/remit";
inline constexpr const char* kControlGroup = "remit";  // members may use the control socket

std::string control_path(const std::string& run_dir);
std::string agent_path(const std::string& run_dir);

// Server: replaces a socket that nobody listens on, mode 0660 for root and group `remit` (root alone where there is no such group).
// kUnavailable: another daemon listens there. Non-blocking, close-on-exec.
Result<Fd> listen_control(const std::string& run_dir);
// The same for everybody, mode 0666: who asks there is told by its session, and may do nothing else.
Result<Fd> listen_agent(const std::string& run_dir);
// One waiting connection, non-blocking; an invalid Fd when there is none.
Result<Fd> accept_waiting(const Fd& listener);

// Client: blocking to use, though connecting never waits. kUnavailable: no daemon there; kNotPermitted: not root nor in the group.
Result<Fd> connect_control(const std::string& run_dir);
// From inside a session. kUnsupported: this session can reach no unix socket.
Result<Fd> connect_agent(const std::string& run_dir);

// The peer as the kernel saw it when it connected; pid in the caller's pid namespace, 0 if it is not visible there.
struct Peer {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // supplementary
    // Of the process that connected, from 6.5 on whatever became of its number since; before, of who has the number now. Invalid: gone.
    Fd pidfd;
};
Result<Peer> read_peer(int socket);

}  // namespace remit::api
