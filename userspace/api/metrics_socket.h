// Where the daemon's numbers are asked for (HTTP, GET /metrics), for the same people as the control socket. For daemon/ and cli/.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace remit::api {

std::string metrics_path(const std::string& run_dir);
// As listen_control() and connect_control().
Result<Fd> listen_metrics(const std::string& run_dir);
Result<Fd> connect_metrics(const std::string& run_dir);

}  // namespace remit::api
