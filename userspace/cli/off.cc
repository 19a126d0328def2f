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
    if (removed->held > 0)
        return cli.fail(Error{Code::kRefused,
                              std::to_string(removed->pins) + " pins removed under " + bpffs + ", but a daemon that runs still holds " +
                                  std::to_string(removed->held) + " programs: sessions stay judged until it stops",
                              "systemctl stop remitd, or end it by hand"},
                        {{"removed", removed->pins}, {"held", removed->held}, {"bpffs", bpffs}});
    if (cli.json)
        cli.print(nlohmann::json{{"removed", removed->pins}, {"held", 0}, {"bpffs", bpffs}});
    else if (removed->pins == 0)
        cli.err << "remit: nothing is pinned under " << bpffs << "; a daemon that runs without pins holds its programs until it stops\n";
    else
        cli.err << "remit: " << removed->pins << " pins removed under " << bpffs << "; sessions there are no longer judged\n";
    return 0;
}

}  // namespace

void add_off(CLI::App& app, Cli& cli) {
    auto bpffs = std::make_shared<std::string>("/sys/fs/bpf/remit");
    CLI::App* verb = add_verb(app, "off", "Break the glass: take every program of Remit off this host; needs no daemon, and none that runs",
                              "sudo remit off");
    verb->add_option("--bpffs", *bpffs, "Folder of the daemon's pins")->capture_default_str();
    verb->callback([&cli, bpffs] { cli.status = off(cli, *bpffs); });
}

}  // namespace remit::cli
