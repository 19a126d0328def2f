#include "cli/claims.h"

namespace remit::cli {

void add_claim_options(CLI::App& verb, ClaimOptions& options) {
    verb.add_option("--policy", options.policy, "A policy file, or the name of an installed policy")->required();
    verb.add_option("--name", options.name, "What the session is called in lists");
    verb.add_option("--agent", options.agent, "Which agent runs");
    verb.add_option("--on-behalf-of", options.on_behalf_of, "Who asked for the work");
    verb.add_option("--purpose", options.purpose, "What for, in a few words");
    verb.add_option("--task", options.task, "The ticket or task it belongs to");
    verb.add_option("--for", options.lifetime, "Lifetime, at most the policy's: 90s, 30m, 2h");
}

control::v1::Claims to_message(const ClaimOptions& options) {
    control::v1::Claims claims;
    claims.set_name(utf8(options.name));
    claims.set_agent(utf8(options.agent));
    claims.set_on_behalf_of(utf8(options.on_behalf_of));
    claims.set_purpose(utf8(options.purpose));
    claims.set_task(utf8(options.task));
    return claims;
}

}  // namespace remit::cli
