// What a daemon or command says on stderr. Only daemon/ and cli/ say anything; libraries return errors. Light: spdlog stays in log.cc.
#pragma once

#include <string_view>

namespace remit {

enum class LogLevel { kError, kWarning, kInfo };

// Before the first message; without it everything from kInfo up is said. Under journald each line begins with its priority, "<6>", and
// has no time, which the journal knows; on a terminal levels are coloured unless NO_COLOR is set.
void init_log(LogLevel least);

// One line; control characters in it are replaced, so that outside text forges nothing.
void log_info(std::string_view text);
void log_warning(std::string_view text);
void log_error(std::string_view text);

}  // namespace remit
