// The verbs of `remit`, one file each: every function adds its subcommand with options and callback. Used by app.cc.
#pragma once

#include "cli/cli.h"

namespace remit::cli {

void add_run(CLI::App& app, Cli& cli);
void add_attach(CLI::App& app, Cli& cli);
void add_oci_hook(CLI::App& app, Cli& cli);
void add_detach(CLI::App& app, Cli& cli);
void add_sessions(CLI::App& app, Cli& cli);
void add_show(CLI::App& app, Cli& cli);
void add_grant(CLI::App& app, Cli& cli);
void add_renew(CLI::App& app, Cli& cli);
void add_reload(CLI::App& app, Cli& cli);
void add_revoke(CLI::App& app, Cli& cli);
void add_pending(CLI::App& app, Cli& cli);
void add_approve(CLI::App& app, Cli& cli);
void add_reject(CLI::App& app, Cli& cli);
void add_why(CLI::App& app, Cli& cli);
void add_whoami(CLI::App& app, Cli& cli);
void add_allowed(CLI::App& app, Cli& cli);
void add_request(CLI::App& app, Cli& cli);
void add_mcp(CLI::App& app, Cli& cli);
void add_watch(CLI::App& app, Cli& cli);
void add_top(CLI::App& app, Cli& cli);
void add_whois(CLI::App& app, Cli& cli);
void add_status(CLI::App& app, Cli& cli);
void add_doctor(CLI::App& app, Cli& cli);
void add_policy_check(CLI::App& policy, Cli& cli);
void add_policy_explain(CLI::App& policy, Cli& cli);
void add_trail_checkpoint(CLI::App& trail, Cli& cli);
void add_trail_prove(CLI::App& trail, Cli& cli);
void add_policy_test(CLI::App& policy, Cli& cli);
void add_policy_diff(CLI::App& policy, Cli& cli);
void add_policy_draft(CLI::App& policy, Cli& cli);
void add_policy_list(CLI::App& policy, Cli& cli);
void add_policy_show(CLI::App& policy, Cli& cli);
void add_policy_install(CLI::App& policy, Cli& cli);
void add_trail_show(CLI::App& trail, Cli& cli);
void add_trail_export(CLI::App& trail, Cli& cli);
void add_trail_check(CLI::App& trail, Cli& cli);
void add_report(CLI::App& app, Cli& cli);
void add_metrics(CLI::App& app, Cli& cli);
void add_trail_verify(CLI::App& trail, Cli& cli);
void add_init(CLI::App& app, Cli& cli);
void add_off(CLI::App& app, Cli& cli);

}  // namespace remit::cli
