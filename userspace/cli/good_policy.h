// A policy that an author names, read and checked, for verbs that look at good ones only.
#pragma once

#include <optional>
#include <string>

#include "cli/cli.h"
#include "policy/check.h"
#include "policy/source.h"

namespace remit::cli {

struct GoodPolicy {
    policy::Source source;
    policy::Policy policy;
    Tables tables;
};

// --policy-dir, or REMIT_POLICY_DIR.
void add_policy_dir(CLI::App& verb, std::string& folder);

// A file, or the name of an installed policy.
Result<policy::Source> read_named_policy(const std::string& policy, const std::string& folder);

// The same, checked. Nothing when it cannot be read or is not good: that was said then, and cli.status is set.
std::optional<GoodPolicy> good_policy(Cli& cli, const std::string& policy, const std::string& folder);

}  // namespace remit::cli
