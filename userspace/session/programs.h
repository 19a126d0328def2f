// Teaches the kernel which files a policy's program rules mean: those that exist when its first session starts, and each unknown one when
// it is run. Decides nothing: it says which tools cover a file. Used by session/lifecycle.h and daemon/questions.h.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernel/kernel.h"
#include "policy/attribute.h"
#include "session/content.h"
#include "session/files.h"
#include "session/policies.h"
#include "session/walk.h"

namespace remit::session {

// A file that the kernel knows from now on. One without a name has the identity that stands for all of them.
struct Learned {
    remit_file file{};
    remit_toolset toolset{};
    std::string path;

    // false: no regular file, which was left alone.
    bool known() const { return file.ino != 0 || file.size == REMIT_ANONYMOUS_PROGRAM; }
};

class Programs {
public:
    explicit Programs(kernel::Kernel& kernel) : kernel_(kernel) {}

    // The files that the policy's patterns lead to in this root, as many as kKnownFiles has time for. Returns how many were pushed.
    Result<size_t> push_known(LoadedPolicy& loaded, const Root& root);
    // Identifies, attributes and pushes files; the same order and number come back.
    Result<std::vector<Learned>> learn(LoadedPolicy& loaded, const Root& root, const std::vector<FoundFile>& files);

private:
    struct Candidate {
        Learned learned;
        policy::ProgramFacts facts;
        bool written = false;  // somebody has it open, or mapped, for writing
    };
    Result<void> read_contents(const LoadedPolicy& loaded, const std::vector<FoundFile>& files, std::vector<Candidate>& candidates);
    Result<void> teach(LoadedPolicy& loaded, Candidate& one);
    const std::vector<Alias>& aliases_in(const LoadedPolicy& loaded, const Root& root);
    struct Aliases {
        uint64_t read_ns = 0;
        std::vector<Alias> aliases;
    };
    kernel::Kernel& kernel_;
    Contents contents_;
    static constexpr uint64_t kNoLimit = ~uint64_t{0};
    uint64_t ahead_ = kNoLimit;                                                         // bytes of content that may still be read
    std::map<std::pair<std::string, std::pair<uint64_t, uint64_t>>, Aliases> aliases_;  // by policy and root (device, inode)
};

}  // namespace remit::session
