#include "cli/refusals.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "base/text.h"
#include "cli/fields.h"
#include "cli/render.h"

namespace remit::cli {
namespace {

// A person reads some lines a second; a loop of refused programs makes a thousand.
constexpr double kLinesPerSecond = 5;
constexpr double kMostRoom = 20;
constexpr std::chrono::milliseconds kJustNow{500};
constexpr size_t kMaxSeen = 4096;

}  // namespace

void Refusals::say(std::string_view line, Clock::time_point now) {
    if (line == just_said_ && now - said_at_ < kJustNow) return;
    if (last_ != Clock::time_point{})
        room_ = std::min(kMostRoom, room_ + kLinesPerSecond * std::chrono::duration<double>(now - last_).count());
    last_ = now;
    if (room_ < 1) {
        unsaid_++;
        return;
    }
    room_ -= 1;
    if (unsaid_ > 0) write(std::to_string(unsaid_) + " more refusals were not shown here; see `remit why " + session_ + "`");
    unsaid_ = 0;
    just_said_ = line;
    said_at_ = now;
    write(printable(line));
}

void Refusals::say_record(std::string_view json_line, bool exec_is_said) {
    auto record = nlohmann::json::parse(json_line, nullptr, false);
    if (text_of(record, "kind") == "approval_asked") {
        const std::string crossing = text_of(record, "crossing");
        if (text_of(record, "effect") != "held" || (exec_is_said && crossing == "exec")) return;
        return say(api::held_line(crossing, object_in_words(record), text_of(record, "tool"), text_of(record, "crossing_id")));
    }
    auto refusal = refusal_of(record);
    if (!refusal || record.value("effect", "") == "held" || api::is_of_a_look_up(refusal->crossing, refusal->object)) return;
    if (exec_is_said && refusal->crossing == "exec" && record.value("effect", "") != "killed") return;
    if (seen_.size() >= kMaxSeen) seen_.clear();
    if (seen_.insert(refusal->crossing + " " + refusal->object + " " + refusal->reason).second) say(api::refusal_line(*refusal));
}

void Refusals::write(const std::string& line) {
    std::string bytes =
        json_ ? nlohmann::json{{"message", line}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : "remit: " + line;
    // A pipe that is ready takes PIPE_BUF bytes without waiting; every exec of the session waits for us.
    if (bytes.size() >= PIPE_BUF) bytes.resize(PIPE_BUF - 1);
    bytes += '\n';
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)) return;
    if (::write(fd_, bytes.data(), bytes.size()) < 0) return;  // nobody reads: nothing to be done about it
}

}  // namespace remit::cli
