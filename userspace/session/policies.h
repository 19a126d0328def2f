// Compiled policies by the hash of their source: compiled once, published to the kernel once, withdrawn with their last session.
// Used by session/lifecycle.h; daemon/ reads names of tools and rules from LoadedPolicy.
#pragma once

#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/tables.h"
#include "kernel/kernel.h"
#include "policy/diagnostic.h"
#include "policy/model.h"
#include "policy/source.h"
#include "session/store.h"

namespace remit::session {

struct FileHash {
    size_t operator()(const remit_file& file) const {
        return std::hash<std::string_view>()({reinterpret_cast<const char*>(&file), sizeof file});
    }
};
struct SameFile {
    bool operator()(const remit_file& a, const remit_file& b) const { return std::memcmp(&a, &b, sizeof a) == 0; }
};

struct LoadedPolicy {
    policy::Source source;
    policy::Policy policy;
    Tables tables;
    std::vector<std::string> patterns;                                      // of all programs
    uint32_t tables_id = 0;                                                 // 0: not published
    size_t sessions = 0;                                                    // that hold it published
    std::deque<remit_file> pushed;                                          // programs that the kernel knows under tables_id, oldest first
    std::unordered_map<remit_file, std::string, FileHash, SameFile> paths;  // of programs, for records

    const std::string* find_path(const remit_file& file) const;
};

class Policies {
public:
    Policies(kernel::Kernel& kernel, Store& store) : kernel_(kernel), store_(store) {}

    // kBadData when check refuses it: diagnostics says where and why (and holds the warnings of a good one).
    Result<std::shared_ptr<LoadedPolicy>> load(policy::Source source, std::vector<policy::Diagnostic>& diagnostics);
    // At adoption: the policy of a session that the kernel enforces already under tables_id.
    Result<std::shared_ptr<LoadedPolicy>> readopt(const std::string& identity, uint32_t tables_id);

    // One more session: the first one publishes. true: it was published now, and knows no program yet.
    Result<bool> enter(LoadedPolicy& loaded);
    // One session less: the last one withdraws it, programs and all.
    void leave(LoadedPolicy& loaded);

private:
    kernel::Kernel& kernel_;
    Store& store_;
    std::unordered_map<std::string, std::weak_ptr<LoadedPolicy>> by_identity_;
};

// Without a kernel: what load() does to a source.
Result<std::shared_ptr<LoadedPolicy>> compile(policy::Source source, std::vector<policy::Diagnostic>& diagnostics);

}  // namespace remit::session
