// A small policy written from what sessions did: programs folded into patterns, addresses into prefixes, a tool for what belongs together,
// each line with how often it was used. For `remit policy draft`. No I/O. Usable by everyone above policy/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "policy/recorded.h"

namespace remit::policy {

// What the host says of a program, as no record does.
struct ProgramTraits {
    bool set_id = false;
    bool writable = false;  // by the session's user
};

struct Lesson {
    std::string name = "learned";  // of the policy
    std::string about;             // a comment: which sessions, which trail
    std::vector<Recorded> crossings;
    std::function<ProgramTraits(const std::string& path)> probe{};  // may be empty
};

// The text of a policy in mode ENFORCE that allows all of crossings that passed and that no deny was about, and is free of errors. What a
// line cannot say is left out with a comment. What was refused is not swallowed by what is folded.
std::string write_policy(const Lesson& lesson);

}  // namespace remit::policy
