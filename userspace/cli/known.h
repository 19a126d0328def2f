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
    std::optional<Sighting> look(const HeldCall& call) const;
    // A caller may have another root or other mounts than we have: from now on files are looked at by the caller's own root, through
    // entries of /proc that the kernel makes and takes away for each new process (20 of the 600 microseconds that starting one takes).
    void look_by_caller() { by_caller_ = true; }

    bool knows(const Sighting& sighting) const;
    void learn(Sighting sighting, uint32_t generation);
    // Another generation: all that was learned is void.
    void set_generation(uint32_t generation);
    size_t size() const { return programs_.size(); }

private:
    std::unordered_map<std::string, Sighting> programs_;  // by path
    uint32_t generation_ = 0;
    bool by_caller_ = false;
};

}  // namespace remit::cli
