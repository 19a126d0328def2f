// What the starter of a session says about it: the options that run and attach share.
#pragma once

#include "cli/cli.h"

namespace remit::cli {

struct ClaimOptions {
    std::string policy, name, agent, on_behalf_of, purpose, task, lifetime;
};

void add_claim_options(CLI::App& verb, ClaimOptions& options);
control::v1::Claims to_message(const ClaimOptions& options);

}  // namespace remit::cli
