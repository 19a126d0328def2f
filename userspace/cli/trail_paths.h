// Which trail the verbs of `remit trail` read: files or folders that were named, or the trail of a log folder.
#pragma once

#include <string>
#include <vector>

#include "cli/cli.h"

namespace remit::cli {

struct TrailPaths {
    std::string log_dir = "/var/log/remit";
    std::vector<std::string> paths;

    std::vector<std::string> resolved() const { return paths.empty() ? std::vector<std::string>{log_dir + "/trail"} : paths; }
};

inline void add_trail_paths(CLI::App& verb, TrailPaths& options) {
    verb.add_option("path", options.paths, "Segments, or the folder that holds them");
    verb.add_option("--log-dir", options.log_dir, "The daemon's log folder, where no path is given")
        ->envname("REMIT_LOG_DIR")
        ->capture_default_str();
}

}  // namespace remit::cli
