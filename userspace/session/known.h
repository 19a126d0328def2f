// Files that the kernel was told of for one policy: a bounded list, the oldest out first, with what records say of each. Passive; used by
// session/policies.h.
#pragma once

#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "abi/policy.h"

namespace remit::session {

struct FileHash {
    size_t operator()(const remit_file& file) const {
        return std::hash<std::string_view>()({reinterpret_cast<const char*>(&file), sizeof file});
    }
};
struct SameFile {
    bool operator()(const remit_file& a, const remit_file& b) const { return std::memcmp(&a, &b, sizeof a) == 0; }
};

// In the session's own root.
struct KnownFile {
    std::string path{};
    std::string sha256{};        // hex; empty: not looked at
    uint16_t peer_endpoint = 0;  // of a unix socket: its listener's program matters
};

class KnownFiles {
public:
    explicit KnownFiles(size_t limit) : limit_(limit) {}

    // The one that has to go for it, if any.
    std::optional<remit_file> add(const remit_file& file, KnownFile known) {
        if (auto at = files_.find(file); at != files_.end()) {
            at->second = std::move(known);
            return std::nullopt;
        }
        std::optional<remit_file> out;
        if (order_.size() >= limit_) {
            out = order_.front();
            order_.pop_front();
            files_.erase(*out);
        }
        order_.push_back(file);
        files_.emplace(file, std::move(known));
        return out;
    }
    const KnownFile* find(const remit_file& file) const {
        auto at = files_.find(file);
        return at == files_.end() ? nullptr : &at->second;
    }
    void each(const std::function<void(const remit_file&)>& visit) const {
        for (const remit_file& file : order_) visit(file);
    }
    void clear() {
        order_.clear();
        files_.clear();
    }
    bool empty() const { return order_.empty(); }
    size_t size() const { return order_.size(); }

private:
    size_t limit_;
    std::deque<remit_file> order_;  // oldest first
    std::unordered_map<remit_file, KnownFile, FileHash, SameFile> files_;
};

}  // namespace remit::session
