// remit trail verify: proves from the files alone that nothing was changed or left out. Needs no daemon.
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/table.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "trail/keys.h"
#include "trail/verify.h"

namespace remit::cli {
namespace {

constexpr size_t kMostText = size_t{1} << 20;

struct Options {
    TrailPaths paths;
    std::string key, checkpoint;
};

// --key: a verifier key as it stands, or a file of them; else those beside the segments.
Result<std::vector<trail::VerifierKey>> keys_of(const Options& options) {
    if (options.key.empty()) return trail::read_keys_beside(options.paths.resolved());
    if (auto key = trail::parse_verifier_key(options.key)) return std::vector{*std::move(key)};
    auto text = read_file(options.key, kMostText);
    if (!text) return std::move(text).error().within("read --key");
    auto keys = trail::parse_verifier_keys(*text);
    if (keys && keys->empty()) return Error{Code::kBadData, "no verifier key in " + options.key, "it is a line of trail.vkey"};
    return keys;
}

Result<trail::Witness> witness_of(const Options& options) {
    trail::Witness witness;
    auto keys = keys_of(options);
    if (!keys) return std::move(keys).error();
    witness.keys = *std::move(keys);
    if (options.checkpoint.empty()) return witness;
    auto note = read_file(options.checkpoint, kMostText);
    if (!note) return std::move(note).error().within("read --checkpoint");
    auto opened = trail::open_note(*note, witness.keys);
    if (!opened) return std::move(opened).error().within("read " + options.checkpoint);
    if (opened->signed_by.empty())
        return Error{Code::kBadData, options.checkpoint + " is signed by none of the keys", "give the key that signed it with --key"};
    witness.kept = std::move(opened->checkpoint);
    return witness;
}

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
    nlohmann::json shown{{"verdict", word_of(result.verdict)}, {"records", result.records},
                         {"segments", result.segments},        {"bytes", result.bytes},
                         {"first_seq", result.first_seq},      {"last_seq", result.last_seq},
                         {"first_ts", result.first_ts},        {"last_ts", result.last_ts},
                         {"crossings", result.crossings},      {"gaps", result.gaps},
                         {"checkpoints", result.checkpoints},  {"signed_lines", result.signed_lines}};
    if (result.pruned_lines > 0) shown["pruned_lines"] = result.pruned_lines;
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
    if (result.pruned_lines > 0) cli.out << "the first " << result.pruned_lines << " lines were let go, and the trail says so\n";
    if (result.signed_lines > 0)
        cli.out << "signed: the first " << result.signed_lines << " lines, " << result.checkpoints << " checkpoints\n";
    else if (result.checkpoints > 0)
        cli.out << "signatures were not looked at: no key (--key gives one)\n";
}

}  // namespace

void add_trail_verify(CLI::App& trail, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(trail, "verify", "Prove that a trail is whole; exits 0 whole, 1 tampered, 65 malformed, 66 segment missing",
                              "remit trail verify /var/log/remit/trail");
    add_trail_paths(*verb, options->paths);
    verb->add_option("--key", options->key, "Who may sign: a verifier key, or a file of them; else trail.vkey beside the segments");
    verb->add_option("--checkpoint", options->checkpoint, "A checkpoint that was kept elsewhere: the trail must still hold its lines");
    verb->callback([&cli, options] {
        auto witness = witness_of(*options);
        if (!witness) {
            cli.fail(witness.error());
            return;
        }
        auto result = trail::verify(options->paths.resolved(), *witness);
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
