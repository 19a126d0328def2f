#include "base/log.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace remit {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::kError:
            return spdlog::level::err;
        case LogLevel::kWarning:
            return spdlog::level::warn;
        case LogLevel::kInfo:
            return spdlog::level::info;
    }
    return spdlog::level::info;
}

// systemd names the stream by device and inode (systemd.exec(5), $JOURNAL_STREAM), so that a redirected stderr is not mistaken for it.
bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat info {};
    if (stream == nullptr || fstat(STDERR_FILENO, &info) != 0) return false;
    return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) == stream;
}

bool stderr_has_colour() {
    const char* no_color = std::getenv("NO_COLOR");
    return isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

std::shared_ptr<spdlog::logger> make_logger(LogLevel least) {
    spdlog::sink_ptr sink;
    if (stderr_has_colour())
        sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_pattern(stderr_is_journal() ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    auto made = std::make_shared<spdlog::logger>("remit", sink);
    made->set_level(level_of(least));
    made->flush_on(spdlog::level::info);
    return made;
}

struct Log {
    std::shared_ptr<spdlog::logger> logger;
    bool journal = false;
};

Log& the_log() {
    static Log log{make_logger(LogLevel::kInfo), stderr_is_journal()};
    return log;
}

void say(LogLevel level, std::string_view priority, std::string_view text) {
    const Log& log = the_log();
    const std::string line = (log.journal ? std::string(priority) : std::string()) + printable(text);
    log.logger->log(level_of(level), "{}", line);
}

}  // namespace

void init_log(LogLevel least) {
    the_log() = Log{make_logger(least), stderr_is_journal()};
}

// Priorities of sd-daemon(3).
void log_info(std::string_view text) {
    say(LogLevel::kInfo, "<6>", text);
}

void log_warning(std::string_view text) {
    say(LogLevel::kWarning, "<4>", text);
}

void log_error(std::string_view text) {
    say(LogLevel::kError, "<3>", text);
}

}  // namespace remit
