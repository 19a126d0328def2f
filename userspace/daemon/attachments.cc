#include "daemon/attachments.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "session/cgroup.h"

namespace remit::daemon {

namespace {

// What cannot be bound now (no slot, a trail that cannot be written) is tried again after this long; it waits in limbo meanwhile.
constexpr uint64_t kAgainNs = 10 * kSecondNs;
// By which systemd starts a unit from inside of its cgroup, from 254 on; before, init's child runs the unit's program itself.
constexpr const char* kExecutors[] = {"/usr/lib/systemd/systemd-executor", "/lib/systemd/systemd-executor"};

// The kernel tells of a cgroup while it is made, before its folder can be opened: by then it can.
constexpr uint64_t kMadeNs = 10 * kSecondNs;
constexpr uint64_t kMakingNs = 1'000'000;
// Where thousands of cgroups are made at once, whoever asks the daemon something meanwhile waits for so long at most.
constexpr uint64_t kTurnNs = 100'000'000;

std::string name_of(const std::string& folder) {
    return printable(folder.substr(folder.rfind('/') + 1));
}

}  // namespace

Attachments::Attachments(Loop& loop, kernel::Kernel& kernel, session::Lifecycle& sessions, Recorder& recorder, Lives& lives,
                         Resolver& resolver, PolicyLoader& policies, session::Globs globs)
    : loop_(loop),
      kernel_(kernel),
      sessions_(sessions),
      recorder_(recorder),
      lives_(lives),
      resolver_(resolver),
      policies_(policies),
      globs_(std::move(globs)) {}

void Attachments::begin() {
    refresh();
}

// Until the folder was read once, what the kernel was told by an earlier daemon holds, and all that waits goes on waiting.
void Attachments::refresh() {
    auto changed = globs_.refresh();
    if (!changed) {
        if (changed.error().message != unreadable_) log_error("attach globs: " + changed.error().message);
        unreadable_ = changed.error().message;
        return;
    }
    unreadable_.clear();
    if (*changed || !begun_) apply();
}

// New ones wait from here on; only then those are looked for that were there before, and once more those that were being made.
void Attachments::apply() {
    begun_ = true;
    for (const std::string& problem : globs_.problems()) log_error(problem);
    know_executors();
    if (auto told = kernel_.limbo_below(globs_.prefixes(), !globs_.complete()); !told) log_error("attach globs: " + told.error().message);
    failed_.clear();
    if (!globs_.globs().empty()) walk(globs_.cgroup_root());
    loop_.after(kSecondNs, [this] { walk(globs_.cgroup_root()); });
    settle();
}

void Attachments::know_executors() {
    std::vector<Fd> open;
    std::vector<int> fds;
    for (const char* path : kExecutors) {
        open.emplace_back(::open(path, O_PATH | O_CLOEXEC));
        if (open.back()) fds.push_back(open.back().get());
    }
    std::vector<remit_file> programs;
    auto identities = kernel_.identify(fds);
    for (size_t i = 0; identities && i < fds.size(); i++) {
        if ((*identities)[i]) programs.push_back((*identities)[i]->file);
    }
    if (auto known = kernel_.know_executors(programs); !known) log_warning("init's executor: " + known.error().message);
}

void Attachments::walk(const std::string& folder) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (!entry.is_directory(ignored) || entry.is_symlink(ignored)) continue;
        const std::string each = entry.path().string();
        if (auto id = kernel::cgroup_id(each); id && globs_.match(each).kind == policy::Match::Kind::kBind) (void)look_at(each, *id);
        walk(each);
    }
}

void Attachments::settle() {
    made_ = false;
    if (!begun_) return;
    const bool seen_all = look_at_waiting();
    if (!seen_all) settle_soon(0);
    if (kernel_.resume_stopped(seen_all)) settle_soon(kMakingNs);
}

bool Attachments::look_at_waiting() {
    std::vector<uint64_t> waiting = kernel_.in_limbo();
    std::sort(waiting.begin(), waiting.end());
    std::rotate(waiting.begin(), std::upper_bound(waiting.begin(), waiting.end(), looked_at_), waiting.end());
    const uint64_t until = boot_ns() + kTurnNs;
    for (uint64_t id : waiting) {
        if (boot_ns() > until) return false;
        looked_at_ = id;
        auto folder = kernel_.cgroup_folder(id);
        if (!folder)
            log_warning("a cgroup stays in limbo: " + folder.error().message);
        else if (folder->empty() ? boot_ns() - kernel_.in_limbo_since(id) >= kMadeNs : look_at(*folder, id))
            kernel_.end_limbo(id);
        else if (folder->empty())
            settle_soon(kMakingNs);
    }
    return true;
}

void Attachments::settle_soon(uint64_t delay_ns) {
    if (std::exchange(soon_, true)) return;
    loop_.after(delay_ns, [this] {
        soon_ = false;
        settle();
    });
}

void Attachments::on_time() {
    refresh();
    settle();
}

bool Attachments::look_at(const std::string& folder, uint64_t cgroup_id) {
    auto& registry = sessions_.registry();
    while (session::Session* held = registry.deepest_at(folder)) {
        lives_.look(*held);  // its cgroup may be gone, and this one have its name
        if (registry.deepest_at(folder) == held) return true;
    }
    if (registry.find_bound(folder, cgroup_id)) return true;  // let go by a session
    const policy::Match match = globs_.match(folder);
    if (match.kind == policy::Match::Kind::kNone) return globs_.complete();
    return match.kind == policy::Match::Kind::kBind && bind(folder, cgroup_id, *match.glob);
}

bool Attachments::bind(const std::string& folder, uint64_t cgroup_id, const policy::Glob& glob) {
    Failed& failed = failed_[cgroup_id];
    if (boot_ns() < failed.again_ns) return false;
    // What waits in limbo has run nothing.
    const size_t ran_before = kernel_.in_limbo_since(cgroup_id) != 0 ? 0 : session::processes_below(folder).size();
    auto attached = attach(folder, glob, ran_before);
    if (attached || !session::cgroup_exists(folder)) {
        failed_.erase(cgroup_id);
        return true;
    }
    failed.again_ns = boot_ns() + kAgainNs;
    if (failed.why != attached.error().message)
        log_error("cgroup " + printable(folder) + " is not bound to policy " + glob.policy + ": " + attached.error().message);
    failed.why = attached.error().message;
    return false;
}

Result<void> Attachments::attach(const std::string& folder, const policy::Glob& glob, size_t ran_before) {
    auto source = policies_.read_installed(glob.policy);
    if (!source) return std::move(source).error();
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = policies_.load(*source, {}, nullptr, diagnostics);
    if (!loaded) return std::move(loaded).error();
    session::StartRequest start;
    start.policy = *loaded;
    start.claims.name = name_of(folder);
    start.starter.via = "attach";
    start.attached_by = glob.pattern.text;
    start.ran_before = ran_before;
    auto attached = sessions_.attach(start, folder);
    if (!attached) return std::move(attached).error();
    recorder_.session(trail::Kind::kSessionStart, **attached, nullptr);
    lives_.follow(**attached);
    if (auto served = resolver_.serve(**attached, {::getpid()}); !served) log_warning(served.error().message);
    log_info("session " + (*attached)->id + ": " + printable(folder) + " under policy " + glob.policy + ", attached by glob " +
             glob.pattern.text);
    return {};
}

}  // namespace remit::daemon
