// Examples played out: what each step came to and what was wanted, in words. check makes them; `remit policy test` shows them.
#pragma once

#include <string>
#include <vector>

#include "policy/diagnostic.h"

namespace remit::policy {

struct PlayedStep {
    std::string text;      // as written: "connect 10.1.2.3:443"
    std::string outcome;   // "DENY NOT_YET for tool \"deploy\""; empty: an act, or not played
    std::string expected;  // empty: as the outcome
    std::string rule;      // that decided; may be empty
    Position position;
    bool played = false;  // false: an earlier step came out otherwise, and this one rests on it
    bool good = true;
};

struct PlayedExample {
    std::string name;
    Position position;
    std::vector<PlayedStep> steps;
    bool passes = true;
};

}  // namespace remit::policy
