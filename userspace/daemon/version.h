// The version of Remit that this daemon says it is. Used by daemon/.
#pragma once

namespace remit::daemon {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace remit::daemon
