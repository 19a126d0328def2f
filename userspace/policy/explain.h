// The decision path of one crossing, in words: who covers the object, which denies and grants were looked at, and what came out.
// For `remit policy explain`. Usable by everyone above policy/.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/tables.h"
#include "policy/attribute.h"
#include "policy/simulate.h"

namespace remit::policy {

struct UnixName {
    std::string name;  // a path, or "@" and an abstract name
};

struct LookedUp {
    std::string name;  // of a host
};

struct Question {
    std::variant<std::string, Target, UnixName, LookedUp>
        object{};                         // the path of a program; an endpoint or listener; a unix socket; a name
    std::vector<std::string> after{};     // tools and labels that the session has seen
    std::vector<std::string> approved{};  // tools that someone approved for it just now
    uint64_t at_ns = 0;                   // since session start
};

struct Explanation {
    // A deny that names a covering tool, or a grant of a most specific one.
    struct Looked {
        std::string rule;
        bool decided = false;
        std::string why;  // "bites", "waits for untrusted-input", "NEVER_AFTER: untrusted-input was seen"
    };

    std::string object;
    Attribution attribution;
    std::vector<Looked> denies;
    std::vector<Looked> grants;
    Outcome outcome;
    std::string rule;                 // what decided
    std::vector<std::string> gained;  // tools and labels
    bool passes = false;              // in the policy's mode
};

// crossing: exec, connect, send, listen, unix, resolve; object as people write it: /usr/bin/git, git.example:443, 0.0.0.0:3000, @name.
// Fails with kUsage.
Result<Question> parse_question(std::string_view crossing, const std::string& object);

// Fails when the question names a tool or label that the policy does not have.
Result<Explanation> explain(const Policy& policy, const Tables& tables, const Question& question);

// One line each, ready to print.
std::vector<std::string> to_lines(const Policy& policy, const Explanation& explanation);

}  // namespace remit::policy
