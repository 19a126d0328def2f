// Repeats of a crossing become one record a second, with their exact count and numbers. Used by daemon/recorder.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "trail/record.h"

namespace remit::daemon {

// Alike are final crossings of one session (its generation and labels too) on one CPU, about one object, with the same verdict for the same
// reason by the same rule; allowed ones also of one process. Questions' ends and look-ups are never folded.
class Folds {
public:
    // True: taken in, as one like it was written less than a second ago. False: it is to be written by itself.
    bool take(const trail::Record& record, uint64_t now_ns);
    // Hands out what has waited for a second, or all there is.
    using OnFolded = std::function<void(trail::Record)>;
    void give(uint64_t now_ns, bool all, const OnFolded& on_folded);

private:
    struct Fold {
        uint64_t opened_ns = 0;
        std::optional<trail::Record> folded;
    };

    std::unordered_map<std::string, Fold> folds_;
    std::vector<trail::Record> full_;  // hold as many numbers as one line may
};

}  // namespace remit::daemon
