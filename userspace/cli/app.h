// The command line as a whole: the verbs, their help, and what becomes of mistakes. Used by main and by tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cli.h"

namespace remit::cli {

inline constexpr const char* kVersion = "0.1.0";

// All verbs, or one only, as making all takes longer than most of them; their callbacks work on cli, which must outlive the app.
std::unique_ptr<CLI::App> make_app(Cli& cli, std::string_view only = "");
// Parses and runs; arguments without the program's name. Returns the exit status: 64 on a wrong command line, with what was perhaps meant.
int run_app(Cli& cli, const std::vector<std::string>& arguments);

}  // namespace remit::cli
