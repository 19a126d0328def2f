// remit whois: whose a socket is or was, by its two ends.
#include <memory>

#include "cli/table.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

void print_socket(Cli& cli, const control::v1::Sockets::Socket& socket) {
    Table facts({});
    const auto fact = [&](const char* name, const std::string& value) {
        if (!value.empty()) facts.add({name, value});
    };
    fact("socket", socket.protocol() + " " + socket.local() + " to " + socket.remote());
    fact("session", socket.session().empty() ? "one that is over for long: the trail knows it by the time below" : socket.session());
    fact("name", socket.name());
    fact("agent", socket.agent());
    fact("on behalf of", socket.on_behalf_of());
    fact("policy", socket.policy());
    fact("tool", socket.tool());
    fact("rule", socket.rule());
    std::string process = socket.pid() == 0 ? "" : std::to_string(socket.pid());
    if (!socket.comm().empty()) process += " " + socket.comm();
    if (!socket.program().empty()) process += " (" + socket.program() + ")";
    fact("process", process);
    fact("verdict", socket.state() + (socket.judged().empty() ? "" : " at " + socket.judged()));
    fact("closed", socket.closed().empty() ? "no, it is open" : socket.closed());
    cli.out << facts.to_text(cli.colour);
}

void whois(Cli& cli, const std::vector<std::string>& words) {
    const bool protocol = words.front() == "tcp" || words.front() == "udp";
    if (words.size() != (protocol ? 3 : 2)) {
        cli.fail({Code::kUsage, "whois takes the two ends of a socket", "remit whois tcp 127.0.0.1:43210 127.0.0.1:8080"});
        return;
    }
    control::v1::Request request;
    auto* wanted = request.mutable_who_is();
    if (protocol) wanted->set_protocol(words.front());
    wanted->set_local(utf8(words.at(words.size() - 2)));
    wanted->set_remote(utf8(words.back()));
    auto response = ask(cli, request);
    if (!response) return;
    const auto& sockets = response->sockets().sockets();
    if (sockets.empty()) cli.status = 1;
    if (cli.json) {
        cli.print(response->sockets());
        return;
    }
    if (sockets.empty())
        cli.err << "remit: nobody's: no session has an open socket with these ends, and none is among the last that sessions closed\n";
    for (const auto& socket : sockets) {
        if (&socket != &*sockets.begin()) cli.out << "\n";
        print_socket(cli, socket);
    }
}

}  // namespace

void add_whois(CLI::App& app, Cli& cli) {
    auto words = std::make_shared<std::vector<std::string>>();
    CLI::App* verb = add_verb(app, "whois", "Whose a socket is or was, by its two ends in either order: session, tool, process, when",
                              "remit whois tcp 127.0.0.1:43210 127.0.0.1:8080");
    verb->add_option("ends", *words, "tcp or udp, where only one is meant; then ADDRESS:PORT twice, [ADDRESS]:PORT for IPv6")
        ->required()
        ->expected(2, 3);
    verb->callback([&cli, words] { whois(cli, *words); });
}

}  // namespace remit::cli
