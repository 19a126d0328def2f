#include "cli/policy_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "cli/cli.h"

namespace remit::cli {
namespace {

// As large as a whole policy may be on its way to the daemon.
constexpr size_t kMaxFileBytes = size_t{3} << 20;

policy::ProgramState probe_program(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return errno == EACCES ? policy::ProgramState::kFine : policy::ProgramState::kMissing;
    return status.st_mode & S_IWOTH ? policy::ProgramState::kWritableByOthers : policy::ProgramState::kFine;
}

}  // namespace

policy::Checked check_here(const policy::Source& source) {
    return policy::check(source, probe_program);
}

bool is_policy_path(const std::string& policy) {
    return policy.find('/') != std::string::npos || policy.ends_with(".textproto");
}

Result<policy::Source> read_policy(const std::string& path) {
    auto source = policy::read_source(path, [](const std::string& file) { return read_file(file, kMaxFileBytes); });
    if (source || ::access(path.c_str(), F_OK) == 0) return source;
    return Error{Code::kMissing, "no policy at " + path, "name a file, or an installed policy without slash and ending"};
}

control::v1::PolicySource to_message(const policy::Source& source) {
    control::v1::PolicySource message;
    for (const policy::SourceFile& file : source.files) {
        auto* added = message.add_files();
        added->set_name(utf8(file.name));
        added->set_text(file.bytes);
    }
    return message;
}

}  // namespace remit::cli
