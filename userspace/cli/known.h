// Programs that the daemon said may go on without asking while nothing about them changed. Only a hint that saves a question: the kernel
// judges the file that is really executed. Used by hold.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "cli/listener.h"

namespace remit::cli {

class KnownPrograms {
public:
    // What a call aims at, as seen from outside; equal sightings are taken to be the same program.
    struct Sighting {
        std::string path;  // absolute, in the caller's root
        uint64_t dev = 0, ino = 0, size = 0;
        int64_t ctime_sec = 0, ctime_nsec = 0;
        bool missing = false;  // no such file, and the caller's root is ours: the kernel will say so itself
        bool operator==(const Sighting&) const = default;
    };
    // Nothing when it cannot be told (then the daemon is asked).
    static std::optional<Sighting> look(const HeldCall& call);

    bool knows(const Sighting& sighting) const;
    void learn(Sighting sighting, uint32_t generation);
    // Another generation: all that was learned is void.
    void set_generation(uint32_t generation);
    size_t size() const { return programs_.size(); }

private:
    std::unordered_map<std::string, Sighting> programs_;  // by path
    uint32_t generation_ = 0;
};

}  // namespace remit::cli
