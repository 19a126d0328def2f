// The trail's lines on their way to people: streams for watchers, and the last refusals of each session for `remit why`.
// Owned by daemon/service.h.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "trail/record.h"

namespace remit::daemon {

class Lines {
public:
    // False: the watcher is gone.
    using Send = std::function<bool(const std::string& line)>;
    struct Filter {
        std::string session;  // id; empty: all
        bool refused = false;
    };

    void on_written(const trail::Record& record, const std::string& line);
    uint64_t watch(Filter filter, Send send);
    void unwatch(uint64_t watcher) { watchers_.erase(watcher); }
    // Refusals of this session are no news for `why`: the canary's.
    void leave_out(const std::string& session) { left_out_ = session; }
    // The last refusals of a session, or of all (id empty), oldest first; without what libc's look-ups try by themselves.
    std::vector<std::string> refusals(const std::string& session, size_t last) const;

private:
    struct Watcher {
        Filter filter;
        Send send;
    };

    void keep(const std::string& session, const std::string& line);

    std::map<uint64_t, Watcher> watchers_;
    uint64_t last_watcher_ = 0;
    std::string left_out_;
    std::unordered_map<std::string, std::deque<std::string>> by_session_;
    std::deque<std::string> sessions_;  // keys of by_session_, oldest first
    std::deque<std::string> all_;
};

}  // namespace remit::daemon
