// remit policy diff: what a newer policy allows, refuses and asks that the older one did not; and which crossings of a trail would come
// out otherwise. Needs no daemon.
#include <algorithm>
#include <map>
#include <memory>

#include "base/text.h"
#include "cli/good_policy.h"
#include "cli/recorded.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "policy/compare.h"
#include "policy/replay.h"

namespace remit::cli {
namespace {

struct Options {
    std::string before, after, folder, session;
    std::vector<std::string> trail;
};

struct Heading {
    policy::Difference::Kind kind;
    const char* word;
    const char* sign;
    const char* colour;
};
constexpr Heading kHeadings[] = {{policy::Difference::Kind::kAllowed, "allowed", "+", kGreen},
                                 {policy::Difference::Kind::kRefused, "refused", "-", kRed},
                                 {policy::Difference::Kind::kPending, "pending", "?", kYellow},
                                 {policy::Difference::Kind::kOther, "other", "~", kDim}};

// A folded record is played one by one as long as a use or a label may change what comes next; so many times at most.
constexpr uint64_t kMostPlayed = 100'000;

// Recorded crossings that come out otherwise, and those of which nothing can be said.
struct Replayed {
    struct Change {
        std::string before, after, text, rule;
        auto operator<=>(const Change&) const = default;
    };
    uint64_t crossings = 0, same = 0, changed = 0, undecided = 0;
    std::map<Change, uint64_t> changes;
    std::map<std::string, uint64_t> reasons;  // why nothing can be said
    uint64_t without_start = 0;               // sessions
};

class Replayer {
public:
    Replayer(const GoodPolicy& before, const GoodPolicy& after)
        : before_(before.policy, before.tables), after_(after.policy, after.tables) {}

    Result<Replayed> run(const Options& options) {
        OnRecorded on;
        on.start = [&](const RecordedSession& session) { start(session); };
        on.crossing = [&](const policy::Recorded& crossing, const RecordedSession& session) {
            if (started_.insert({crossing.session, false}).second) start(session), result_.without_start++;
            cross(crossing);
        };
        on.approved = [&](const std::string& session, uint64_t boot_ns, const std::string& tool) {
            before_.approve(session, boot_ns, tool);
            after_.approve(session, boot_ns, tool);
        };
        if (auto read = read_recorded(options.trail, options.session, on); !read) return std::move(read).error();
        return std::move(result_);
    }

private:
    void start(const RecordedSession& session) {
        started_[session.id] = true;
        before_.start(session.id, session.boot_ns);
        after_.start(session.id, session.boot_ns);
    }

    void cross(const policy::Recorded& crossing) {
        result_.crossings += crossing.count;
        for (uint64_t left = crossing.count; left > 0;) {
            bool old_settled = false, new_settled = false;
            const policy::Judged was = before_.cross(crossing, &old_settled), now = after_.cross(crossing, &new_settled);
            const bool settled = (old_settled && new_settled) || crossing.count - left >= kMostPlayed;
            const uint64_t many = settled ? left : 1;
            count(crossing, was, now, many);
            left -= many;
        }
    }

    void count(const policy::Recorded& crossing, const policy::Judged& was, const policy::Judged& now, uint64_t many) {
        const std::string& why = was.undecided.empty() ? now.undecided : was.undecided;
        if (!why.empty()) {
            result_.undecided += many;
            result_.reasons[why] += many;
        } else if (was.words == now.words) {
            result_.same += many;
        } else {
            result_.changed += many;
            result_.changes[{was.words, now.words, crossing.text, now.rule}] += many;
        }
    }

    policy::Replay before_, after_;
    std::map<std::string, bool> started_;
    Replayed result_;
};

nlohmann::json to_json(const Replayed& replayed) {
    nlohmann::json changes = nlohmann::json::array(), undecided = nlohmann::json::object();
    for (const auto& [change, count] : replayed.changes)
        changes.push_back(
            {{"crossing", change.text}, {"before", change.before}, {"after", change.after}, {"rule", change.rule}, {"count", count}});
    for (const auto& [why, count] : replayed.reasons) undecided[why] = count;
    return {{"crossings", replayed.crossings}, {"same", replayed.same},         {"changed", replayed.changed},
            {"undecided", undecided},          {"changes", std::move(changes)}, {"sessions_without_start", replayed.without_start}};
}

void print(Cli& cli, const std::vector<policy::Difference>& differences) {
    for (const Heading& heading : kHeadings) {
        bool said = false;
        for (const policy::Difference& each : differences) {
            if (each.kind != heading.kind) continue;
            if (!said) cli.out << heading.word << ":\n";
            said = true;
            cli.out << "  " << paint(heading.sign, heading.colour, cli.colour) << " " << printable(each.text) << "\n";
        }
    }
    if (differences.empty()) cli.out << "they say the same\n";
}

void print(Cli& cli, const Replayed& replayed) {
    cli.out << "\n"
            << replayed.crossings << " recorded crossings: " << replayed.same << " the same, " << replayed.changed << " otherwise, "
            << replayed.undecided << " cannot be said\n";
    std::vector<std::pair<Replayed::Change, uint64_t>> changes(replayed.changes.begin(), replayed.changes.end());
    std::ranges::stable_sort(changes, [](const auto& a, const auto& b) {
        return std::tie(a.first.before, a.first.after, b.second) < std::tie(b.first.before, b.first.after, a.second);
    });
    std::string heading;
    for (const auto& [change, count] : changes) {
        if (const std::string wanted = change.before + " → " + change.after; wanted != heading)
            cli.out << "  " << paint(heading = wanted, change.after.starts_with("allow") ? kGreen : kRed, cli.colour) << "\n";
        cli.out << "    " << pad(std::to_string(count) + "×", 8) << printable(change.text)
                << (change.rule.empty() ? "" : "  (" + printable(change.rule) + ")") << "\n";
    }
    for (const auto& [why, count] : replayed.reasons) cli.out << "  not decided, " << count << "×: " << printable(why) << "\n";
    if (replayed.without_start > 0)
        cli.out << "  " << replayed.without_start << " sessions whose start is not in the trail count from their first record\n";
}

int diff(Cli& cli, const Options& options) {
    auto before = good_policy(cli, options.before, options.folder);
    if (!before) return cli.status;
    auto after = good_policy(cli, options.after, options.folder);
    if (!after) return cli.status;
    const std::vector<policy::Difference> differences = policy::compare(before->policy, after->policy);
    nlohmann::json shown;
    for (const Heading& heading : kHeadings) shown[heading.word] = nlohmann::json::array();
    for (const policy::Difference& each : differences) shown[kHeadings[static_cast<size_t>(each.kind)].word].push_back(each.text);
    bool same = differences.empty();
    if (!cli.json) print(cli, differences);
    if (!options.trail.empty()) {
        auto replayed = Replayer(*before, *after).run(options);
        if (!replayed) return cli.fail(replayed.error());
        same = replayed->changed == 0;
        shown["replay"] = to_json(*replayed);
        if (!cli.json) print(cli, *replayed);
    }
    if (cli.json) cli.print(shown);
    return same ? 0 : static_cast<int>(Code::kRefused);
}

}  // namespace

void add_policy_diff(CLI::App& policy, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        add_verb(policy, "diff", "Say what a newer policy allows, refuses and asks that the older one did not; exits 1 when it does",
                 "remit policy diff coding new.textproto --replay /var/log/remit/trail");
    verb->add_option("old", options->before, "A policy file, or the name of an installed policy")->required();
    verb->add_option("new", options->after, "The same")->required();
    verb->add_option("--replay", options->trail, "A trail: which of its crossings would come out otherwise; then that is the exit status");
    verb->add_option("--session", options->session, "With --replay: the beginning of a session's id, or its name");
    add_policy_dir(*verb, options->folder);
    verb->callback([&cli, options] { cli.status = diff(cli, *options); });
}

}  // namespace remit::cli
