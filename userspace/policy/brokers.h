// Unix sockets behind which something acts for whoever asks. Used by check_warnings only.
#pragma once

#include <string_view>

namespace remit::policy {

// What the one behind a socket can do for a session; empty for sockets that are not known. name: "/run/docker.sock", "@/tmp/.X11-unix/X0".
std::string_view power_of_broker(std::string_view name);

}  // namespace remit::policy
