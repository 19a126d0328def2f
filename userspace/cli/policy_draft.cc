// remit policy draft: a small policy from what an audit or learn session did, as its trail has it. Needs no daemon.
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <set>

#include "base/text.h"
#include "cli/drafted.h"
#include "cli/recorded.h"
#include "cli/verbs.h"
#include "policy/check.h"
#include "policy/learn.h"
#include "policy/replay.h"

namespace remit::cli {
namespace {

// By the file as it is on this host; a trail of another host's says nothing more than its paths.
policy::ProgramTraits look_at(const std::string& path) {
    struct stat file {
    }, folder{};
    if (::stat(path.c_str(), &file) != 0) return {};
    const std::string above = path.substr(0, std::max<size_t>(path.rfind('/'), 1));
    const auto others = [](const struct stat& status) {
        return status.st_uid != 0 || (status.st_mode & S_IWOTH && !(status.st_mode & S_ISVTX)) ||
               (status.st_mode & S_IWGRP && status.st_gid != 0);
    };
    return {.set_id = (file.st_mode & (S_ISUID | S_ISGID)) != 0,
            .writable = others(file) || (::stat(above.c_str(), &folder) == 0 && others(folder))};
}

struct Learned {
    policy::Lesson lesson;
    std::map<std::string, RecordedSession> sessions;
    uint64_t crossings = 0;
    bool enforced = false;
};

Result<Learned> learn(const DraftWish& options) {
    Learned out;
    const bool is_trail = ::access(options.from.c_str(), F_OK) == 0;
    const std::string& session = is_trail ? options.session : options.from;
    OnRecorded on;
    on.crossing = [&](const policy::Recorded& crossing, const RecordedSession& of) {
        out.sessions.try_emplace(of.id, of);
        out.enforced |= of.mode == "enforce";
        out.crossings += crossing.count;
        out.lesson.crossings.push_back(crossing);
    };
    if (auto read = read_recorded({is_trail ? options.from : options.log_dir + "/trail"}, session, on); !read)
        return std::move(read).error();
    if (out.crossings == 0)
        return Error{Code::kMissing, session.empty() ? "no crossings in " + options.from : "no crossings of session " + session,
                     "run the work in mode LEARN first; name a trail, or a session of --log-dir"};
    return out;
}

std::string about(const Learned& learned) {
    std::set<std::string> names;
    for (const auto& [id, session] : learned.sessions) names.insert(session.name.empty() ? id.substr(0, 13) : session.name);
    std::vector<std::string> some(names.begin(), names.end());
    if (some.size() > 5) some.resize(5), some.push_back("…");
    return std::to_string(learned.crossings) + " crossings of " + std::to_string(learned.sessions.size()) +
           (learned.sessions.size() == 1 ? " session: " : " sessions: ") + join(some, ", ");
}

// What was recorded as passed and would not be allowed: the draft says why in its comments.
uint64_t count_refused(const policy::Checked& draft, const policy::Lesson& lesson) {
    policy::Replay replay(*draft.policy, *draft.tables);
    uint64_t refused = 0;
    for (const policy::Recorded& each : lesson.crossings) {
        if (!each.passed || each.denied) continue;
        const policy::Judged judged = replay.cross(each);
        if (!judged.undecided.empty() || judged.verdict.kind != REMIT_ALLOW) refused += each.count;
    }
    return refused;
}

}  // namespace

Result<Drafted> draft_policy(const DraftWish& wish) {
    auto learned = learn(wish);
    if (!learned) return std::move(learned).error();
    if (!wish.name.empty()) learned->lesson.name = wish.name;
    learned->lesson.about = about(*learned);
    learned->lesson.probe = look_at;
    Drafted out{.name = learned->lesson.name,
                .text = policy::write_policy(learned->lesson),
                .sessions = learned->sessions.size(),
                .crossings = learned->crossings,
                .enforced = learned->enforced};
    policy::Source source;
    source.files.push_back({out.name + ".textproto", out.text});
    const policy::Checked checked = policy::check(source);
    if (!checked.policy) {
        std::string first;
        for (const policy::Diagnostic& each : checked.diagnostics)
            if (first.empty() && each.severity == policy::Severity::kError) first = policy::to_text(each);
        const bool named = first.find("bad-name") != std::string::npos;
        return Error{named ? Code::kUsage : Code::kInternal, "the draft is no good policy: " + first,
                     named ? "name it with --name: letters, digits and dashes" : "this is a fault of Remit"};
    }
    out.left_out = count_refused(checked, learned->lesson);
    return out;
}

void tell_left_out(Cli& cli, const Drafted& drafted) {
    if (drafted.enforced)
        cli.err << "remit: a session was in mode enforce: what it was refused is left out; AUDIT and LEARN let all of it pass\n";
    if (drafted.left_out > 0)
        cli.err << "remit: " << drafted.left_out << " crossings that passed are left out: see the comments at the end\n";
}

static int draft(Cli& cli, const DraftWish& wish) {
    auto drafted = draft_policy(wish);
    if (!drafted) return cli.fail(drafted.error());
    if (cli.json)
        cli.print(nlohmann::json{{"name", drafted->name},
                                 {"policy", drafted->text},
                                 {"sessions", drafted->sessions},
                                 {"crossings", drafted->crossings},
                                 {"left_out", drafted->left_out}});
    else
        cli.out << drafted->text << std::flush;
    tell_left_out(cli, *drafted);
    return 0;
}

void add_policy_draft(CLI::App& policy, Cli& cli) {
    auto options = std::make_shared<DraftWish>();
    CLI::App* verb = add_verb(policy, "draft", "Write a policy from what an audit or learn session did",
                              "remit policy draft fix-1432 --name coding > coding.textproto");
    verb->add_option("from", options->from, "A trail (segment or folder), or a session: the beginning of its id, or its name")->required();
    verb->add_option("--session", options->session, "Of a trail: only this session");
    verb->add_option("--name", options->name, "Of the policy (learned)");
    verb->add_option("--log-dir", options->log_dir, "The daemon's log folder, where a session is named")
        ->envname("REMIT_LOG_DIR")
        ->capture_default_str();
    verb->callback([&cli, options] { cli.status = draft(cli, *options); });
}

}  // namespace remit::cli
