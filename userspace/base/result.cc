#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace remit {

Error errno_error(std::string_view operation, std::string_view object) {
    const int number = errno;
    Error error;
    error.code = number == ENOENT ? Code::kMissing : number == EPERM || number == EACCES ? Code::kNotPermitted : Code::kInternal;
    error.message = std::string(operation);
    if (!object.empty()) error.message += " " + std::string(object);
    error.message += ": " + std::generic_category().message(number);
    return error;
}

}  // namespace remit
