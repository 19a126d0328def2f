// A container that is being made, as an OCI runtime tells its hooks. Used by oci_hook.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace remit::cli {

struct OciContainer {
    std::string id;
    int pid = 0;         // its first process, in the namespace of the hook
    std::string rootfs;  // absolute, in that process's mount namespace
};

// state: what the hook gets on its standard input, by the runtime specification; the bundle's config.json is read for the root.
Result<OciContainer> read_oci_container(std::string_view state);

}  // namespace remit::cli
