// remit metrics: the daemon's numbers in the text form of Prometheus, for node_exporter's textfile collector or a look.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "api/metrics_socket.h"
#include "base/file.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

constexpr timeval kPatience{10, 0};
constexpr size_t kMostAnswer = size_t{16} << 20;

Result<std::string> read_metrics(const std::string& run_dir) {
    const std::string path = api::metrics_path(run_dir);
    auto fd = api::connect_metrics(run_dir);
    if (!fd) return std::move(fd).error();
    ::fcntl(fd->get(), F_SETFL, ::fcntl(fd->get(), F_GETFL) & ~O_NONBLOCK);
    ::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    if (auto asked = write_all(fd->get(), "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", path); !asked)
        return std::move(asked).error();
    std::string answer;
    std::array<char, 65536> piece{};
    ssize_t got = 0;
    while (answer.size() < kMostAnswer && (got = ::read(fd->get(), piece.data(), piece.size())) > 0)
        answer.append(piece.data(), static_cast<size_t>(got));
    const size_t body = answer.find("\r\n\r\n");
    if (got < 0 || body == std::string::npos || !answer.starts_with("HTTP/1.1 200"))
        return Error{Code::kUnavailable, "the daemon gave no numbers on " + path, "look into its log"};
    return answer.substr(body + 4);
}

}  // namespace

void add_metrics(CLI::App& app, Cli& cli) {
    CLI::App* verb = add_verb(app, "metrics", "The daemon's numbers, in the text form of Prometheus", "sudo remit metrics");
    verb->callback([&cli] {
        auto text = read_metrics(cli.run_dir);
        if (!text) {
            cli.fail(text.error());
            return;
        }
        if (cli.json)
            cli.print(nlohmann::json{{"metrics", *text}});
        else
            cli.out << *text << std::flush;
    });
}

}  // namespace remit::cli
