// Source to policy: every error and warning in one run, with positions; examples are played too. No I/O. Usable by everyone above policy/.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/tables.h"
#include "policy/diagnostic.h"
#include "policy/model.h"
#include "policy/play.h"
#include "policy/source.h"

namespace remit::policy {

// What the host says about a program that a policy names by its exact path.
enum class ProgramState { kFine, kMissing, kWritableByOthers };
using Probe = std::function<ProgramState(const std::string& path)>;

struct Checked {
    // Both are there only when there are no errors.
    std::optional<Policy> policy{};
    std::optional<Tables> tables{};
    std::vector<Diagnostic> diagnostics;    // in the order of the source: main file first, by line and column
    std::vector<PlayedExample> examples{};  // none when there are errors of another kind than example-failed
};

// probe may be empty: then nothing is said about the host.
Checked check(const Source& source, const Probe& probe = {});

}  // namespace remit::policy
