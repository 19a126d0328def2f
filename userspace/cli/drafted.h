// A policy from what audit or learn sessions did, as their trail has it. Used by `policy draft` and `init`.
#pragma once

#include <cstdint>
#include <string>

#include "cli/cli.h"
#include "cli/trail_paths.h"

namespace remit::cli {

struct DraftWish {
    std::string from;     // a trail (segment or folder), or a session of log_dir
    std::string session;  // of a trail: only this one
    std::string name;     // of the policy; empty: as it comes
    std::string log_dir = TrailPaths{}.log_dir;
};

struct Drafted {
    std::string name, text;
    size_t sessions = 0;
    uint64_t crossings = 0;
    uint64_t left_out = 0;  // crossings that passed and are not allowed; the text's comments say why
    bool enforced = false;  // one of the sessions was: what it was refused is not known
};

// The text has passed its check. kMissing: there is no such trail or session.
Result<Drafted> draft_policy(const DraftWish& wish);
// What the reader has to know, on err.
void tell_left_out(Cli& cli, const Drafted& drafted);

}  // namespace remit::cli
