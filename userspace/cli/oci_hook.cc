// remit oci-hook: binds a container before its first instruction, or lets it not start.
#include <unistd.h>

#include <memory>

#include "cli/attach.h"
#include "cli/oci_container.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

// Runtimes write a state of a few hundred bytes, with the annotations of the container.
constexpr size_t kMaxState = size_t{1} << 20;

Result<std::string> read_state(int fd) {
    std::string text;
    char block[4096];
    ssize_t count = 0;
    while ((count = ::read(fd, block, sizeof block)) > 0 && text.size() <= kMaxState) text.append(block, static_cast<size_t>(count));
    if (count < 0) return errno_error("read", "the container's state");
    return text;
}

int hook(Cli& cli, ClaimOptions claims) {
    auto state = read_state(STDIN_FILENO);
    if (!state) return cli.fail(state.error());
    auto container = read_oci_container(*state);
    if (!container) return cli.fail(container.error());
    if (claims.name.empty()) claims.name = container->id;
    return attach(cli, claims, {.pid = container->pid, .root = container->rootfs});
}

}  // namespace

void add_oci_hook(CLI::App& app, Cli& cli) {
    auto claims = std::make_shared<ClaimOptions>();
    CLI::App* verb = add_verb(app, "oci-hook", "Put a container under a policy before it starts: a createRuntime hook of OCI runtimes",
                              "remit oci-hook --policy coding < state.json");
    add_claim_options(*verb, *claims);
    verb->callback([&cli, claims] { cli.status = hook(cli, *claims); });
}

}  // namespace remit::cli
