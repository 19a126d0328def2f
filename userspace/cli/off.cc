// remit off: the break-glass. Removes every link and pin; needs no daemon.
#include <unistd.h>

#include <memory>

#include "cli/verbs.h"
#include "kernel/kernel.h"

namespace remit::cli {
namespace {

int off(Cli& cli, const std::string& bpffs) {
    if (::geteuid() != 0) return cli.fail(Error{Code::kNotPermitted, "taking Remit's programs off needs root", "use sudo remit off"});
    auto removed = kernel::Kernel::off(bpffs);
    if (!removed) return cli.fail(removed.error());
    if (cli.json)
        cli.print(nlohmann::json{{"removed", *removed}, {"bpffs", bpffs}});
    else
        cli.err << "remit: " << *removed << " pins removed under " << bpffs << "; sessions there are no longer judged\n";
    return 0;
}

}  // namespace

void add_off(CLI::App& app, Cli& cli) {
    auto bpffs = std::make_shared<std::string>("/sys/fs/bpf/remit");
    CLI::App* verb = add_verb(app, "off", "Break the glass: take every program of Remit off this host, daemon or not", "sudo remit off");
    verb->add_option("--bpffs", *bpffs, "Folder of the daemon's pins")->capture_default_str();
    verb->callback([&cli, bpffs] { cli.status = off(cli, *bpffs); });
}

}  // namespace remit::cli
