// remit trail prove, remit trail checkpoint: what is kept elsewhere, so that whoever has it needs not trust this host. Need no daemon.
#include <memory>
#include <optional>

#include "base/base64.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "trail/prove.h"

namespace remit::cli {
namespace {

struct Options {
    TrailPaths paths;
    uint64_t seq = 0;
    std::optional<uint64_t> size;
};

int prove(Cli& cli, const Options& options) {
    auto proof = trail::prove(options.paths.resolved().front(), options.seq, options.size);
    if (!proof) return cli.fail(proof.error());
    if (!cli.json) {
        cli.out << trail::proof_text(*proof);
        return 0;
    }
    nlohmann::json path = nlohmann::json::array();
    for (const Digest& hash : proof->path) path.push_back(base64(hash));
    cli.print({{"index", proof->seq}, {"path", path}, {"checkpoint", proof->note}, {"line", proof->line}});
    return 0;
}

int checkpoint(Cli& cli, const TrailPaths& paths) {
    auto note = trail::last_checkpoint(paths.resolved().front());
    if (!note) return cli.fail(note.error());
    if (cli.json)
        cli.print({{"checkpoint", *note}});
    else
        cli.out << *note;
    return 0;
}

}  // namespace

void add_trail_prove(CLI::App& trail, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        add_verb(trail, "prove", "Prove that a line stands in the trail, to whoever has one of its checkpoints (C2SP tlog-proof)",
                 "remit trail prove 412 /var/log/remit/trail > line-412.proof");
    verb->add_option("seq", options->seq, "The line's seq")->required();
    add_trail_paths(*verb, options->paths);
    verb->add_option("--size", options->size, "By the checkpoint of so many lines; else the first one behind the line");
    verb->callback([&cli, options] { cli.status = prove(cli, *options); });
}

void add_trail_checkpoint(CLI::App& trail, Cli& cli) {
    auto paths = std::make_shared<TrailPaths>();
    CLI::App* verb = add_verb(trail, "checkpoint", "The last checkpoint, to be kept elsewhere (C2SP tlog-checkpoint)",
                              "remit trail checkpoint > /mnt/elsewhere/remit.checkpoint");
    add_trail_paths(*verb, *paths);
    verb->callback([&cli, paths] { cli.status = checkpoint(cli, *paths); });
}

}  // namespace remit::cli
