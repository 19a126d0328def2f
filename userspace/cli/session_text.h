// One session for people: to an operator (show), to itself (whoami).
#pragma once

#include "cli/cli.h"

namespace remit::cli {

// Facts, then its tools, on cli.out.
void print_session(Cli& cli, const control::v1::Session& session);

}  // namespace remit::cli
