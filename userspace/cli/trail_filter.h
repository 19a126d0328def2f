// Which records of a trail a verb is about: the options that `trail show` and `trail export` share.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/cli.h"
#include "trail/reader.h"

namespace remit::cli {

struct TrailFilter {
    trail::Filter filter;
    std::string since;
    bool refused = false;

    // After the command line was read: --since as an instant.
    Result<void> settle();
    bool takes(const nlohmann::json& record) const;
};

void add_trail_filter(CLI::App& verb, TrailFilter& filter);

}  // namespace remit::cli
