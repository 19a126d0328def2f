// Policies as the command line is given them: a file with its imports, read here with the caller's own rights, or the name of an installed
// one. Used by run, attach and the verbs of `remit policy`.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/check.h"
#include "policy/source.h"
#include "userspace/api/control.pb.h"

namespace remit::cli {

// A path holds a slash or ends in ".textproto"; everything else is a name.
bool is_policy_path(const std::string& policy);
// Reads a file and what it imports. kMissing: there is no such file.
Result<policy::Source> read_policy(const std::string& path);
// With warnings about programs as the caller sees them on this host: the policy may be for another one.
policy::Checked check_here(const policy::Source& source);
control::v1::PolicySource to_message(const policy::Source& source);

// The policy of a StartSession or Attach. Returns the folder that diagnostics are shown with.
template <typename Message>
Result<std::string> set_policy(Message& message, const std::string& policy) {
    if (!is_policy_path(policy)) {
        message.set_installed(policy);
        return std::string();
    }
    auto source = read_policy(policy);
    if (!source) return std::move(source).error();
    *message.mutable_source() = to_message(*source);
    return source->folder;
}

}  // namespace remit::cli
