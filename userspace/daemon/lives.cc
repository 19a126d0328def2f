#include "daemon/lives.h"

#include <sys/epoll.h>

#include "base/clock.h"
#include "base/log.h"
#include "session/cgroup.h"

namespace remit::daemon {

namespace {

// How long a keeper may be away, as over its own reconnect; then the session is over (the plan of the exec hold).
constexpr uint64_t kKeeperGraceNs = 10 * kSecondNs;
constexpr uint64_t kTickNs = kSecondNs;

}  // namespace

Lives::Lives(Loop& loop, session::Lifecycle& sessions, Recorder& recorder, CgroupWatch watch)
    : loop_(loop), sessions_(sessions), recorder_(recorder), watch_(std::move(watch)) {}

Result<void> Lives::begin() {
    auto on_ready = [this](uint32_t) {
        auto look_at = [this](uint64_t key) {
            if (session::Session* session = sessions_.registry().find_kernel_id(key)) look(*session);
        };
        watch_.read(look_at, [this] { sessions_.registry().each([this](session::Session& each) { look(each); }); });
    };
    if (auto watched = loop_.watch(watch_.fd(), EPOLLIN, on_ready); !watched) return watched;
    loop_.every(kTickNs, [this] { tick(); });
    return {};
}

void Lives::follow(session::Session& session) {
    const uint64_t id = session.kernel_id;
    followed_[id] = {};
    if (auto added = watch_.add(id, session.cgroup); !added)
        log_warning("session " + session.id + ": its end is seen late: " + added.error().message);
    expire_later(session);
}

void Lives::renewed(session::Session& session) {
    expire_later(session);
}

void Lives::expire_later(const session::Session& session) {
    auto& expiry = followed_[session.kernel_id].expiry;
    if (expiry) loop_.cancel(*expiry);
    expiry.reset();
    if (session.expires_ns == 0 || session.state != session::State::kArmed) return;
    const uint64_t now = boot_ns();
    expiry = loop_.after(session.expires_ns > now ? session.expires_ns - now : 0, [this, id = session.kernel_id] { expire(id); });
}

void Lives::expire(uint64_t kernel_id) {
    session::Session* session = sessions_.registry().find_kernel_id(kernel_id);
    if (!session || session->state != session::State::kArmed) return;
    if (session->expires_ns > boot_ns()) return;  // renewed since: another timer is set
    sessions_.expire(*session);
    recorder_.session(trail::Kind::kSessionExpired, *session, nullptr);
    log_info("session " + session->id + " expired");
    changed(*session);
}

void Lives::keeper_gone(session::Session& session) {
    Followed& followed = followed_[session.kernel_id];
    followed.keeper = false;
    if (session.origin != session::Origin::kRun || followed.grace) return;
    if (session.linger) return look(session);
    followed.grace = loop_.after(kKeeperGraceNs, [this, id = session.kernel_id] {
        session::Session* gone = sessions_.registry().find_kernel_id(id);
        if (!gone || followed_[id].keeper) return;
        followed_[id].grace.reset();
        end(*gone, "its keeper is gone", std::nullopt);
    });
}

void Lives::keeper_back(session::Session& session) {
    Followed& followed = followed_[session.kernel_id];
    followed.keeper = true;
    if (followed.grace) loop_.cancel(*followed.grace);
    followed.grace.reset();
}

void Lives::end(session::Session& session, const std::string& reason, std::optional<int> exit_status) {
    for (session::Session* below : sessions_.registry().below(session))
        if (below->state != session::State::kEnded) end_one(*below, "a session above ended", std::nullopt);
    end_one(session, reason, exit_status);
}

void Lives::end_one(session::Session& session, const std::string& reason, std::optional<int> exit_status) {
    followed_[session.kernel_id].exit_status = exit_status;
    sessions_.end(session, reason);
    changed(session);
    look(session);
}

void Lives::look(session::Session& session) {
    const uint64_t id = session.kernel_id;
    const Followed& followed = followed_[id];
    // A command that is over is told by its keeper, with its status; the empty cgroup is only news where nobody tells.
    const bool running = session.origin == session::Origin::kRun && session.state != session::State::kEnded;
    if (running && (followed.keeper || followed.grace) && session::cgroup_exists(session.cgroup)) return;
    const bool detached = session.state == session::State::kDetached;
    if (!sessions_.finish(session)) return;
    watch_.remove(id);
    if (!detached) {
        recorder_.session(trail::Kind::kSessionEnd, session, nullptr, followed.exit_status);
        changed(session);
    }
    if (followed.grace) loop_.cancel(*followed.grace);
    if (followed.expiry) loop_.cancel(*followed.expiry);
    followed_.erase(id);
}

void Lives::tick() {
    const uint64_t now = boot_ns();
    sessions_.let_programs_go();
    sessions_.registry().each([&](session::Session& each) {
        sessions_.kill_due(each, now);
        // Lost events and detached cgroups: a look is one access(2).
        if (each.state == session::State::kEnded || each.state == session::State::kDetached) look(each);
    });
}

}  // namespace remit::daemon
