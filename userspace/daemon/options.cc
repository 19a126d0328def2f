#include "daemon/options.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cctype>
#include <fstream>

#include "abi/limits.h"
#include "base/clock.h"
#include "base/text.h"
#include "daemon/version.h"

namespace remit::daemon {

namespace {

// About 230,000 crossings told one by one; repeats take one line a second.
constexpr uint64_t kSessionBytes = uint64_t{256} << 20;
// Of a slot's number, REMIT_MAX_SESSIONS being a power of two.
constexpr uint32_t kSlotBits = REMIT_MAX_SESSIONS - 1;
constexpr uint64_t kDaySegments = 24 * 3600 * kSecondNs;

constexpr const char* kDefaultConfig = "/etc/remit/remitd.toml";

// "30d" becomes nanoseconds before CLI11 reads the number; "0" stays.
std::string to_nanoseconds(std::string& text) {
    auto duration = text == "0" ? Result<uint64_t>(0) : parse_duration(text);
    if (!duration) return text + " is no duration: write it as 90d, 24h or 30m";
    text = std::to_string(*duration);
    return {};
}

// "0x52000000" or "0x52000000/0xffff".
Result<void> parse_mark(const std::string& text, Options& options) {
    const auto slash = text.find('/');
    const auto number = [](const std::string& digits, uint32_t& into) {
        size_t read = 0;
        const bool starts = !digits.empty() && std::isdigit(static_cast<unsigned char>(digits[0]));
        const unsigned long long value = starts && digits.size() <= 10 ? std::stoull(digits, &read, 0) : 0;
        into = static_cast<uint32_t>(value);
        return starts && read == digits.size() && value <= UINT32_MAX;
    };
    const std::string mask = slash == std::string::npos ? std::to_string(kSlotBits) : text.substr(slash + 1);
    if (!number(text.substr(0, slash), options.mark_base) || !number(mask, options.mark_mask))
        return Error{Code::kUsage, "--socket-mark " + text + " is no mark", "write it as 0x52000000 or 0x52000000/0xffff"};
    if ((options.mark_mask & kSlotBits) != kSlotBits || (options.mark_base & options.mark_mask) != 0)
        return Error{Code::kUsage, "--socket-mark " + text + " does not tell sessions apart",
                     "the mask holds all bits of 0x3fff, and the base none of the mask's"};
    return {};
}

void add_trail_options(CLI::App& app, trail::WriterOptions& trail) {
    const CLI::Validator duration(to_nanoseconds, "DURATION");
    const CLI::AsSizeValue size(false);
    app.add_option("--trail-segment-size", trail.segment_bytes, "a segment of the trail ends with so many bytes (default: 64MiB)")
        ->transform(size);
    app.add_option("--trail-segment-age", trail.segment_ns, "… or when it is so old (default: 24h)")->transform(duration);
    app.add_option("--trail-session-quota", trail.session_bytes,
                   "crossings of one session may take so many bytes in an hour, further ones become gaps (default: 256MiB; 0: all)")
        ->transform(size);
    app.add_option("--trail-keep-size", trail.keep.bytes, "let the oldest segments go above so many bytes in all (default: 0, keep all)")
        ->transform(size);
    app.add_option("--trail-keep-for", trail.keep.age_ns, "let segments go that are older (default: 0, keep all)")->transform(duration);
}

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
    app.add_option("--metrics-listen", options.metrics_listen,
                   "loopback ADDRESS:PORT for Prometheus, beside metrics.sock in the run folder (default: that alone)");
    app.add_option_function<std::string>(
           "--socket-mark",
           [&options](const std::string& text) {
               if (auto parsed = parse_mark(text, options); !parsed)
                   throw CLI::ValidationError(parsed.error().message + ": " + parsed.error().hint);
           },
           "SO_MARK of sessions' sockets for nft, tc and captures: BASE[/MASK], the mask's bits hold the session's number (default: no "
           "mark)")
        ->type_name("MARK");
    add_trail_options(app, options.trail);
    app.add_flag("--foreground", options.foreground, "stay in the foreground (always so; for scripts that say it)");
    app.add_flag("--dry-run", options.dry_run, "judge and record, refuse nothing");
}

// Of the line that sets an option, from 1; 0: there is none.
size_t line_of(const std::string& file, const std::string& option) {
    std::ifstream in(file);
    std::string line;
    for (size_t number = 1; std::getline(in, line); number++) {
        const size_t begin = line.find_first_not_of(" \t");
        if (begin != std::string::npos && line.compare(begin, option.size(), option) == 0) return number;
    }
    return 0;
}

std::vector<std::string> names_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back(name);
    return names;
}

// CLI11 names neither file nor line, and what it cannot use in a file only by its first word.
Error usage_error(const CLI::App& app, const CLI::ParseError& error, std::span<char* const> arguments) {
    constexpr std::string_view kExtra = "INI was not able to parse ";
    const std::string file = app.get_config_ptr()->as<std::string>();
    Error usage{Code::kUsage, error.what(), "`remitd --help` lists the options"};
    const bool is_extra = usage.message.starts_with(kExtra);
    if (!is_extra && !usage.message.starts_with("--")) return usage;
    const std::string name = is_extra ? usage.message.substr(kExtra.size()) : usage.message.substr(2, usage.message.find(':') - 2);
    const auto given = [&](const char* argument) { return std::string_view(argument).starts_with("--" + name); };
    const size_t line = std::any_of(arguments.begin(), arguments.end(), given) ? 0 : line_of(file, name);
    if (is_extra) {
        usage.message = "'" + name + "' is no option";
        if (const auto meant = nearest(name, names_of(app))) usage.hint = "did you mean `" + *meant + "`? " + usage.hint;
    }
    return line == 0 ? usage : std::move(usage).within(file + ":" + std::to_string(line));
}

}  // namespace

Result<std::optional<Options>> read_options(int argc, char** argv) {
    Options options;
    options.trail.segment_ns = kDaySegments;
    options.trail.session_bytes = kSessionBytes;
    CLI::App app("remitd --config /etc/remit/remitd.toml\n\nKeeps AI agent sessions within their remit: the daemon of remit(1).", "remitd");
    add_options(app, options);
    app.set_version_flag("--version", std::string("remitd ") + kVersion);
    app.set_config("--config", ::access(kDefaultConfig, R_OK) == 0 ? kDefaultConfig : "", "the same options as `name = value` lines");
    app.allow_config_extras(CLI::config_extras_mode::error);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return usage_error(app, error, {argv, static_cast<size_t>(argc)});
        app.exit(error);
        return std::optional<Options>();
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
