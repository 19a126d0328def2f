// What the crossings of each session take on disk, so that a flood by one takes no room from the others. Used by the writer.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace remit::trail {

class Quota {
public:
    static constexpr uint64_t kWindowNs = 3'600'000'000'000;  // an hour from a session's first line on, then anew

    // bytes: a session's share of a window; 0: without limit.
    explicit Quota(uint64_t bytes) : bytes_(bytes) {}

    bool limited() const { return bytes_ != 0; }
    // False: the session has had its share.
    bool admits(const std::string& session, uint64_t now_ns) const {
        if (!limited()) return true;
        const auto at = shares_.find(session);
        return at == shares_.end() || at->second.bytes < bytes_ || now_ns - at->second.since_ns >= kWindowNs;
    }
    // Of a line that was written. True: by this one the share is used up.
    bool charge(const std::string& session, uint64_t bytes, uint64_t now_ns) {
        if (!limited()) return false;
        if (shares_.size() >= kMostShares)
            std::erase_if(shares_, [&](const auto& each) { return now_ns - each.second.since_ns >= kWindowNs; });
        Share& share = shares_[session];
        if (share.since_ns == 0 || now_ns - share.since_ns >= kWindowNs) share = {now_ns, 0};
        const bool was_full = share.bytes >= bytes_;
        share.bytes += bytes;
        return !was_full && share.bytes >= bytes_;
    }

private:
    static constexpr size_t kMostShares = 16384;  // before those of windows that are over are swept out
    struct Share {
        uint64_t since_ns = 0;
        uint64_t bytes = 0;
    };

    uint64_t bytes_;
    std::unordered_map<std::string, Share> shares_;
};

}  // namespace remit::trail
