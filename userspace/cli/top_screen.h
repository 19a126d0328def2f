// What `remit top` shows, as lines of styled text for a size of terminal. Pure; top.cc asks the daemon, top_terminal.cc paints.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "userspace/api/control.pb.h"

namespace remit::cli {

enum class TopStyle { kPlain, kDim, kBold, kHeader, kGood, kWarn, kBad };

struct TopSpan {
    std::string text;  // safe to show
    TopStyle style = TopStyle::kPlain;
};
using TopLine = std::vector<TopSpan>;

// What the daemon said at one time.
struct TopSample {
    uint64_t at_ns = 0;  // monotonic
    control::v1::StatusReport status;
    control::v1::Sessions sessions;
    control::v1::Pendings pendings;
    std::vector<std::string> refusals;  // lines of the trail, oldest first
};

// The last two samples and what follows from them.
class TopModel {
public:
    void take(TopSample sample);
    // The daemon did not answer; what was known stays on the screen.
    void lost(const std::string& why) { lost_ = why; }
    // By so many sessions, within what there is.
    void scroll(int sessions);
    // Exactly `height` lines, none wider than `width`.
    std::vector<TopLine> screen(size_t width, size_t height);

private:
    struct Rates {
        double passed = 0, refused = 0, out = 0, in = 0;
    };

    TopLine head(size_t width) const;
    void add_sessions(std::vector<TopLine>& lines, size_t rows);
    void add_pendings(std::vector<TopLine>& lines, size_t rows) const;
    void add_refusals(std::vector<TopLine>& lines, size_t rows) const;

    TopSample now_;
    std::map<std::string, control::v1::Session> before_;  // by id
    std::map<std::string, Rates> rates_;
    uint64_t crossings_before_ = 0;
    double crossings_rate_ = 0, refused_rate_ = 0;
    std::string lost_ = "asking the daemon …";
    size_t first_ = 0;  // of the sessions that are shown
};

}  // namespace remit::cli
