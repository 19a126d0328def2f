// The text of a first policy: a profile with what it imports in one file, to be read and changed as a whole. Pure. Used by `remit init`.
#pragma once

#include <string>
#include <string_view>

#include "policy/source.h"

namespace remit::cli {

// The profile under another name, without imports; the imported tools stand behind it.
std::string first_policy(const policy::Source& profile, const std::string& name);
// Adds a tool for programs that the session itself makes below a folder, and its grant.
std::string with_build_tool(std::string text, const std::string& folder);
// "claude-my-project": of an agent (may be empty) and the last part of a folder, as policies may be named.
std::string policy_name_for(std::string_view agent, std::string_view folder);

}  // namespace remit::cli
