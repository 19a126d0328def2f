#include "daemon/options.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "daemon/version.h"

namespace remit::daemon {

namespace {

constexpr const char* kDefaultConfig = "/etc/remit/remitd.toml";

void add_options(CLI::App& app, Options& options) {
    app.add_option("--state-dir", options.state_dir, "sessions and policies that a restart needs")->capture_default_str();
    app.add_option("--run-dir", options.run_dir, "control.sock and the lock")->capture_default_str();
    app.add_option("--log-dir", options.log_dir, "the trail is written below it")->capture_default_str();
    app.add_option("--cgroup-root", options.cgroup_root,
                   "cgroup v2 folder whose tasks are mediated (default: where the hierarchy is mounted)");
    app.add_option("--bpffs", options.bpffs, "folder of a bpffs for the pins")->capture_default_str();
    app.add_option("--policy-dir", options.policy_dir, "installed policies")->capture_default_str();
    app.add_option("--tier", options.tier, "base, lsm, or auto: lsm where the kernel enforces it")
        ->check(CLI::IsMember({"base", "lsm", "auto"}))
        ->capture_default_str();
    app.add_option("--resolver", options.resolver, "ADDRESS:PORT that sessions' names are asked of (default: those of /etc/resolv.conf)");
    app.add_flag("--foreground", options.foreground, "stay in the foreground (always so; for scripts that say it)");
    app.add_flag("--dry-run", options.dry_run, "judge and record, refuse nothing");
}

}  // namespace

Result<std::optional<Options>> read_options(int argc, char** argv) {
    Options options;
    CLI::App app("remitd --config /etc/remit/remitd.toml\n\nKeeps AI agent sessions within their remit: the daemon of remit(1).", "remitd");
    add_options(app, options);
    app.set_version_flag("--version", std::string("remitd ") + kVersion);
    app.set_config("--config", ::access(kDefaultConfig, R_OK) == 0 ? kDefaultConfig : "", "the same options as `name = value` lines");
    app.allow_config_extras(CLI::config_extras_mode::error);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (app.exit(error) == 0) return std::optional<Options>();
        return Error{Code::kUsage, error.what(), "remitd --help lists the options"};
    }
    // The default is one only where the file is there.
    if (const CLI::Option* config = app.get_config_ptr(); config && !config->as<std::string>().empty())
        options.config = config->as<std::string>();
    for (std::string* folder :
         {&options.state_dir, &options.run_dir, &options.log_dir, &options.cgroup_root, &options.bpffs, &options.policy_dir}) {
        while (folder->size() > 1 && folder->ends_with('/')) folder->pop_back();
    }
    return std::optional<Options>(std::move(options));
}

}  // namespace remit::daemon
