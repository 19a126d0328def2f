// remit trail verify: proves from the files alone that nothing was changed or left out. Needs no daemon.
#include <memory>

#include "base/text.h"
#include "cli/table.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "trail/verify.h"

namespace remit::cli {
namespace {

const char* word_of(trail::Verdict verdict) {
    switch (verdict) {
        case trail::Verdict::kWhole:
            return "whole";
        case trail::Verdict::kTampered:
            return "tampered";
        case trail::Verdict::kMalformed:
            return "malformed";
        case trail::Verdict::kSegmentMissing:
            return "segment missing";
    }
    return "";
}

nlohmann::json to_json(const trail::Verification& result) {
    nlohmann::json shown{
        {"verdict", word_of(result.verdict)}, {"records", result.records},   {"segments", result.segments}, {"bytes", result.bytes},
        {"first_seq", result.first_seq},      {"last_seq", result.last_seq}, {"first_ts", result.first_ts}, {"last_ts", result.last_ts},
        {"crossings", result.crossings},      {"gaps", result.gaps}};
    if (result.verdict != trail::Verdict::kWhole) {
        shown["file"] = result.file;
        shown["line"] = result.line;
        shown["problem"] = result.problem;
        if (!result.expected_hash.empty()) shown["expected"] = result.expected_hash;
        if (!result.found_hash.empty()) shown["found"] = result.found_hash;
    }
    return shown;
}

void print(Cli& cli, const trail::Verification& result) {
    bool whole = result.verdict == trail::Verdict::kWhole;
    if (!whole) {
        cli.out << printable(result.file) << ":" << result.line << ": " << paint(word_of(result.verdict), kRed, cli.colour) << ": "
                << printable(result.problem) << "\n";
        if (!result.expected_hash.empty())
            cli.out << "    expected " << printable(result.expected_hash) << "\n    found    " << printable(result.found_hash) << "\n";
    }
    cli.out << (whole ? paint("whole", kGreen, cli.colour) : "up to there") << ": " << result.records << " records in " << result.segments
            << " segments";
    if (result.records > 0)
        cli.out << ", seq " << result.first_seq << " to " << result.last_seq << ", " << printable(result.first_ts) << " to "
                << printable(result.last_ts);
    cli.out << "; " << result.crossings << " crossings, " << result.gaps << " in gaps\n";
}

}  // namespace

void add_trail_verify(CLI::App& trail, Cli& cli) {
    auto options = std::make_shared<TrailPaths>();
    CLI::App* verb = add_verb(trail, "verify", "Prove that a trail is whole; exits 0 whole, 1 tampered, 65 malformed, 66 segment missing",
                              "remit trail verify /var/log/remit/trail");
    add_trail_paths(*verb, *options);
    verb->callback([&cli, options] {
        auto result = trail::verify(options->resolved());
        if (!result) {
            cli.fail(result.error());
            return;
        }
        if (cli.json)
            cli.print(to_json(*result));
        else
            print(cli, *result);
        cli.status = static_cast<int>(result->verdict);
    });
}

}  // namespace remit::cli
