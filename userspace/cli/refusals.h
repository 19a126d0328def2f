// What `remit run` says on stderr while CMD runs: one line a refusal, without flooding and without ever waiting for a slow reader.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_set>

namespace remit::cli {

class Refusals {
public:
    using Clock = std::chrono::steady_clock;

    // fd: where lines go; session: for the pointer to `remit why`; json: each line is an object.
    Refusals(int fd, std::string session, bool json) : fd_(fd), session_(std::move(session)), json_(json) {}

    // Says a line, unless it was just said (a search along PATH tries one program under several names) or too many were said lately:
    // then a count follows later.
    void say(std::string_view line, Clock::time_point now = Clock::now());
    // A line of the trail: each question that holds a crossing, and the first refusal of each object. exec_is_said: execs that are held or
    // were refused with an errno were said by the answer to the keeper, only killed ones are news.
    void say_record(std::string_view json_line, bool exec_is_said);

private:
    void write(const std::string& line);

    int fd_;
    std::string session_;
    bool json_;
    double room_ = 20;  // lines that may be said at once
    Clock::time_point last_{};
    size_t unsaid_ = 0;
    std::string just_said_;
    Clock::time_point said_at_{};
    std::unordered_set<std::string> seen_;
};

}  // namespace remit::cli
