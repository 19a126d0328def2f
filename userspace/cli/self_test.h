// The self-test of `remit doctor`: a session of the running daemon tries a program and a connection that its policy grants, and two that it
// does not. Used by doctor.cc.
#pragma once

#include <string>
#include <vector>

#include "cli/cli.h"

namespace remit::cli {

struct SelfTest {
    struct Try {
        std::string what;  // "program /usr/bin/true"
        bool granted = false;
        std::string outcome;  // passed, refused, or why it could not be tried
        bool right = false;
    };
    std::string session;
    std::string tier;
    std::vector<Try> tries;  // the last is about the record
    bool right() const;
};

// Fails where the daemon is not there, or could not start the session. The session is over when this returns.
Result<SelfTest> run_self_test(const Cli& cli);

}  // namespace remit::cli
