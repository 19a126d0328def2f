// Unix sockets of the run folder by their path, and that of the daemon's numbers among them. For daemon/ and cli/.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace remit::api {

std::string metrics_path(const std::string& run_dir);

// As listen_control() and connect_control() do with theirs.
Result<Fd> listen_at(const std::string& path);
Result<Fd> connect_at(const std::string& path);

}  // namespace remit::api
