// remit run: starts CMD inside a new session and stays as its keeper.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "cli/claims.h"
#include "cli/keeper.h"
#include "cli/policy_file.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

// Of `remit run` itself, where CMD never started; the exit codes of CMD are its own.
constexpr int kNotStarted = 125;

struct Options {
    ClaimOptions claims;
    bool no_hold = false;
    bool linger = false;
    std::vector<std::string> command;
};

int not_started(Cli& cli, const Error& error) {
    cli.fail(error);
    return kNotStarted;
}

// A message for people on stderr; with --json an object, as CMD owns stdout.
void tell(Cli& cli, const std::string& message) {
    if (cli.json)
        cli.err << nlohmann::json{{"message", printable(message)}}.dump() << std::endl;
    else
        cli.err << "remit: " << printable(message) << std::endl;
}

void tell_start(Cli& cli, const control::v1::Session& session, const Launched& launched, bool wanted_hold) {
    std::vector<std::string> shortfalls(session.shortfalls().begin(), session.shortfalls().end());
    if (wanted_hold && launched.hold_error == EBUSY)
        shortfalls.push_back("exec hold: none, a seccomp filter around this command holds already; a refused program is killed instead");
    else if (wanted_hold && launched.hold_error)
        shortfalls.push_back(std::string("exec hold: none (") + std::strerror(launched.hold_error) +
                             "); a refused program is killed instead");
    for (int fd = 0; fd <= 2; fd++)
        if (launched.sockets & 1U << fd)
            shortfalls.push_back("descriptor " + std::to_string(fd) +
                                 " was a network socket from outside the session; it is /dev/null now");
    if (!session.warning().empty()) shortfalls.push_back("warning: " + session.warning());
    if (cli.json) {
        nlohmann::json start{{"session", session.id()}, {"policy", session.policy()}, {"tier", session.tier()}, {"mode", session.mode()}};
        start["shortfalls"] = shortfalls;
        cli.err << start.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
        return;
    }
    tell(cli, "session " + session.id() + " policy " + session.policy() + " tier " + session.tier());
    for (const std::string& shortfall : shortfalls) tell(cli, shortfall);
}

// Inside a session it starts another below that one.
Result<Fd> connect(const std::string& run_dir) {
    return is_inside() ? api::connect_agent(run_dir) : api::connect_control(run_dir);
}

// The refusals of this session, on a connection of its own; without it there are just no lines.
std::optional<api::ClientChannel> open_watch(const std::string& run_dir, const std::string& session) {
    auto fd = connect(run_dir);
    if (!fd) return std::nullopt;
    auto channel = api::ClientChannel::make(*std::move(fd));
    control::v1::Request request;
    request.set_id(1);
    request.mutable_watch()->set_session(session);
    request.mutable_watch()->set_refused(true);
    if (!channel || !channel->send(request)) return std::nullopt;
    return *std::move(channel);
}

Result<control::v1::Response> start_session(api::Client& client, const Options& options, std::string& folder) {
    control::v1::Request request;
    auto* start = request.mutable_start();
    auto shown = set_policy(*start, options.claims.policy);
    if (!shown) return std::move(shown).error();
    folder = *shown;
    auto lifetime = duration_option(options.claims.lifetime, "--for");
    if (!lifetime) return std::move(lifetime).error();
    *start->mutable_claims() = to_message(options.claims);
    start->set_lifetime_ns(*lifetime);
    start->set_linger(options.linger);
    start->set_holds_exec(!options.no_hold);
    return client.call(request);
}

// In audit and learn everything passes. With LSM the hooks judge and record what the filter refuses in the base tier.
FilterOptions filter_for(const control::v1::Session& session, bool hold) {
    FilterOptions filter;
    filter.hold = hold;
    const bool enforce = session.mode() == "enforce";
    const bool base = enforce && session.tier() != "lsm";
    filter.families = filter.confine = base;
    filter.refuse_namespaces = base && !session.user_namespaces();
    filter.refuse_unix = base && !session.connect_unix() && !session.unix_any();
    filter.refuse_foreign = enforce && (hold || base);
    return filter;
}

Result<void> bind(api::Client& client, const std::string& session, pid_t pid) {
    control::v1::Request request;
    request.mutable_bind()->set_session(session);
    request.mutable_bind()->set_pid(pid);
    auto response = client.call(request);
    if (!response) return std::move(response).error();
    if (response->has_failure()) return api::to_error(response->failure());
    return {};
}

void discard(const Launched& launched) {
    ::kill(launched.pid, SIGKILL);
    ::waitpid(launched.pid, nullptr, 0);
}

// The tasks that outlive CMD still need somebody who answers their execve: without a listener each would get ENOSYS.
void linger_on(Keeper& keeper) {
    if (!keeper.holds() || ::fork() != 0) return;
    ::setsid();
    int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; fd++) ::dup2(null, fd);
    keeper.serve_rest();
    ::_exit(0);
}

int exit_status(Cli& cli, const Keeper& keeper, const std::string& command, int wait_status) {
    if (keeper.exec_error() && !(keeper.said_refusal() && keeper.exec_error() != ENOENT))
        tell(cli, "cannot run " + command + ": " + std::strerror(keeper.exec_error()));
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int keep(Cli& cli, const Options& options, api::Client client, Launched launched, Fd signals, const std::string& session) {
    // Nobody of the session may read our memory or take our descriptors; set after the fork, as CMD must stay readable to us.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::signal(SIGPIPE, SIG_IGN);
    if (auto gone = let_go(launched); !gone) {
        discard(launched);
        return not_started(cli, gone.error());
    }
    std::string run_dir = cli.run_dir;
    uint64_t ids = client.last_id();
    DaemonLink link(session, std::move(client).into_channel(), ids, [run_dir] { return connect(run_dir); });
    auto keeper = Keeper::make({session, std::move(launched), std::move(signals), std::move(link), open_watch(run_dir, session),
                                Refusals(STDERR_FILENO, session, cli.json), options.linger});
    if (!keeper) return not_started(cli, keeper.error());
    int status = (*keeper)->run();
    int result = exit_status(cli, **keeper, options.command[0], status);
    if (options.linger) linger_on(**keeper);
    return result;
}

int run(Cli& cli, const Options& options) {
    const bool inside = is_inside();  // a process that is cloned out of its session's cgroup is taken for one that flees
    auto client = inside ? api::Client::connect_inside(cli.run_dir) : api::Client::connect(cli.run_dir);
    if (!client) return not_started(cli, client.error());
    std::string folder;
    auto response = start_session(*client, options, folder);
    if (!response) return not_started(cli, response.error());
    if (response->has_failure()) {
        cli.fail(response->failure(), folder);
        return kNotStarted;
    }
    const control::v1::Session session = response->session();

    Launch start{options.command,       session.id(),      filter_for(session, !options.no_hold), {}, session.mode() == "enforce",
                 session.raw_sockets(), session.run_dir(), inside ? "" : session.cgroup()};
    auto signals = take_signals(start.signals);
    if (!signals) return not_started(cli, signals.error());
    // Orphans of the session stay our descendants, so that their paths can be read where only descendants may be (Yama).
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    cli.out.flush();
    auto launched = launch(start);
    if (!launched) return not_started(cli, launched.error());
    if (auto bound = bind(*client, session.id(), launched->pid); !bound) {
        discard(*launched);
        return not_started(cli, bound.error());
    }
    tell_start(cli, session, *launched, !options.no_hold);
    return keep(cli, options, *std::move(client), *std::move(launched), *std::move(signals), session.id());
}

}  // namespace

void add_run(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        add_verb(app, "run", "Run a command as a new session; its exit status is the command's, 125 if it could not be started",
                 "remit run --policy coding --name fix-1432 --on-behalf-of requester@corp.example -- claude");
    add_claim_options(*verb, options->claims);
    verb->add_flag("--no-hold", options->no_hold, "Do not hold programs for the daemon: a refused one is killed, an unknown one too");
    verb->add_flag("--linger", options->linger, "The session goes on after CMD until its last process is gone");
    verb->add_option("command", options->command, "CMD and its arguments, behind --")->required();
    verb->callback([&cli, options] { cli.status = run(cli, *options); });
}

}  // namespace remit::cli
