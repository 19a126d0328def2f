// remit top: sessions, rates, what waits and what was refused, as it is now.
#include <algorithm>
#include <chrono>
#include <optional>

#include "cli/top_screen.h"
#include "cli/top_terminal.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kEvery{1000};
constexpr uint32_t kRefusals = 20;
constexpr int kPage = 10;

Result<control::v1::Response> call(api::Client& client, const control::v1::Request& request) {
    auto response = client.call(request);
    if (response && response->has_failure()) return api::to_error(response->failure());
    return response;
}

Result<TopSample> take_sample(api::Client& client) {
    control::v1::Request status, sessions, pendings, refusals;
    status.mutable_status();
    sessions.mutable_list();
    pendings.mutable_pending();
    refusals.mutable_why()->set_last(kRefusals);
    TopSample sample;
    for (const auto* request : {&status, &sessions, &pendings, &refusals}) {
        auto response = call(client, *request);
        if (!response) return std::move(response).error();
        if (response->has_status()) sample.status = response->status();
        if (response->has_sessions()) sample.sessions = response->sessions();
        if (response->has_pendings()) sample.pendings = response->pendings();
        if (response->has_lines()) sample.refusals.assign(response->lines().json().begin(), response->lines().json().end());
    }
    sample.at_ns = static_cast<uint64_t>(steady_clock::now().time_since_epoch().count());
    return sample;
}

// The daemon, over whichever connection it has: one that went away is made anew.
class Daemon {
public:
    explicit Daemon(std::string run_dir) : run_dir_(std::move(run_dir)) {}
    Result<TopSample> sample() {
        if (!client_) {
            auto connected = api::Client::connect(run_dir_);
            if (!connected) return std::move(connected).error();
            client_.emplace(*std::move(connected));
        }
        auto taken = take_sample(*client_);
        if (!taken) client_.reset();
        return taken;
    }

private:
    std::string run_dir_;
    std::optional<api::Client> client_;
};

void print_once(Cli& cli, Daemon& daemon) {
    auto sample = daemon.sample();
    if (!sample) {
        cli.fail(sample.error());
        return;
    }
    nlohmann::json refused = nlohmann::json::array();
    for (const std::string& line : sample->refusals) refused.push_back(nlohmann::json::parse(line, nullptr, false));
    cli.print(nlohmann::json{{"status", as_json(sample->status)},
                             {"sessions", as_json(sample->sessions)["sessions"]},
                             {"pending", as_json(sample->pendings)["questions"]},
                             {"refused", std::move(refused)}});
}

void show(TopTerminal& terminal, Daemon& daemon) {
    TopModel model;
    auto next = steady_clock::now();
    for (;;) {
        if (steady_clock::now() >= next) {
            if (auto sample = daemon.sample())
                model.take(*std::move(sample));
            else
                model.lost(sample.error().message + "; trying again");
            next = steady_clock::now() + kEvery;
        }
        terminal.paint(model.screen(terminal.width(), terminal.height()));
        const auto left = std::chrono::duration_cast<milliseconds>(next - steady_clock::now());
        switch (terminal.wait(static_cast<int>(std::max<int64_t>(left.count(), 1)))) {
            case TopKey::kQuit:
                return;
            case TopKey::kUp:
                model.scroll(-1);
                break;
            case TopKey::kDown:
                model.scroll(1);
                break;
            case TopKey::kPageUp:
                model.scroll(-kPage);
                break;
            case TopKey::kPageDown:
                model.scroll(kPage);
                break;
            case TopKey::kNone:
            case TopKey::kResized:
                break;
        }
    }
}

void top(Cli& cli) {
    Daemon daemon(cli.run_dir);
    if (cli.json) {
        print_once(cli, daemon);
        return;
    }
    // Before the screen is taken: who may not ask hears it as from any verb.
    if (auto answered = daemon.sample(); !answered) {
        cli.fail(answered.error());
        return;
    }
    auto terminal = TopTerminal::open(cli.colour);
    if (!terminal) {
        cli.fail(terminal.error());
        return;
    }
    show(*terminal, daemon);
}

}  // namespace

void add_top(CLI::App& app, Cli& cli) {
    CLI::App* verb = add_verb(app, "top", "Sessions, rates, what waits and what was refused, every second", "sudo remit top");
    verb->callback([&cli] { top(cli); });
}

}  // namespace remit::cli
