// How the daemon comes up.
#include "daemon/service.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/canary.h"
#include "daemon/guarded.h"
#include "daemon/preflight.h"
#include "daemon/version.h"
#include "trail/keys.h"
#include "trail/resume.h"

namespace remit::daemon {

namespace {

// Allowed crossings wake nobody: they are fetched this often. 16 MiB hold about five times what comes at 100,000 a second.
constexpr uint64_t kDrainNs = kSecondNs / 10;
constexpr uint64_t kHooksNs = 60 * kSecondNs;

// Before the first thread is started: none may take what the loop is to see.
Result<Fd> take_signals() {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    if (::sigprocmask(SIG_BLOCK, &mask, nullptr) != 0) return errno_error("sigprocmask");
    ::signal(SIGPIPE, SIG_IGN);
    Fd signals(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals) return errno_error("signalfd");
    return signals;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::start(Options options) {
    if (auto ready = prepare(options); !ready) return std::move(ready).error();
    auto loop = Loop::make();
    if (!loop) return std::move(loop).error();
    std::unique_ptr<Service> service(new Service(std::move(options), *std::move(loop)));
    service->started_ns_ = boot_ns();
    auto lock = lock_run_dir(service->options_.run_dir);
    if (!lock) return std::move(lock).error();
    service->lock_ = *std::move(lock);
    auto signals = take_signals();
    if (!signals) return std::move(signals).error();
    service->signals_ = *std::move(signals);
    if (const std::string missed = raise_limits(); !missed.empty()) log_info("goes on without: " + missed);
    for (auto step : {&Service::open_kernel, &Service::open_trail, &Service::open_sessions, &Service::watch_descriptors,
                      &Service::fly_canary, &Service::begin_attachments, &Service::open_control}) {
        auto done = (service.get()->*step)();
        if (done) continue;
        // All or nothing: programs that this start attached do not outlive it. Adopted ones go on without a daemon, as before.
        if (service->kernel_ && !service->kernel_->adopted()) (void)kernel::Kernel::off(service->options_.bpffs);
        return std::move(done).error();
    }
    return service;
}

Service::~Service() = default;

Result<void> Service::open_kernel() {
    kernel::Options wanted;
    wanted.cgroup_root = options_.cgroup_root;
    wanted.bpffs = options_.bpffs;
    wanted.dry_run = options_.dry_run;
    wanted.mark_base = options_.mark_base;
    wanted.mark_mask = options_.mark_mask;
    wanted.lsm = options_.tier != "base";
    auto opened = kernel::Kernel::open(wanted);
    if (!opened) return std::move(opened).error();
    kernel_.emplace(*std::move(opened));
    const bool lsm = kernel_->tier() == kernel::Tier::kLsm;
    if (options_.tier == "lsm" && !lsm) {
        const std::string why = kernel_->features().lsm_called ? kernel_->features().lsm_error : "kernel.ftrace_enabled is 0";
        return Error{Code::kUnsupported, "this kernel does not give the LSM tier" + (why.empty() ? "" : ": " + why),
                     "boot with lsm=…,bpf, or start with --tier auto"};
    }
    log_info(std::string(kernel_->adopted() ? "adopted" : "attached") + " " + std::to_string(kernel_->programs().size()) + " programs at " +
             options_.cgroup_root + ", tier " + (lsm ? "lsm" : "base") + (options_.dry_run ? ", dry run: nothing is refused" : ""));
    if (const bool wants = options_.mark_mask != 0; kernel_->mark_of(1) != (wants ? options_.mark_base | 1 : 0))
        log_warning("the adopted programs mark sockets as they were told at their load; --socket-mark holds after `remit off`");
    guarantees_ = probe_guarantees(*kernel_, options_.cgroup_root);
    return guard_own(*kernel_, options_, false);
}

Result<void> Service::open_trail() {
    utsname host{};
    ::uname(&host);
    trail::WriterOptions wanted = options_.trail;
    wanted.folder = options_.log_dir + "/trail";
    wanted.host = host.nodename;
    wanted.boot = boot_id();
    auto key = trail::open_key(options_.state_dir + "/trail.key", "remit/" + wanted.host, wanted.folder);
    if (!key) return std::move(key).error().within("open the key of the trail's checkpoints");
    wanted.signer = std::move(key->signer);
    auto writer = trail::Writer::open(wanted);
    if (!writer) return std::move(writer).error();
    writer_ = *std::move(writer);
    writer_->watch(true);
    key_change_ = std::move(key->change);
    return {};
}

Result<void> Service::open_sessions() {
    auto store = session::Store::open(options_.state_dir);
    if (!store) return std::move(store).error();
    store_.emplace(*std::move(store));
    auto guard = session::Guard::make();
    if (!guard) return std::move(guard).error();
    auto watch = CgroupWatch::make();
    if (!watch) return std::move(watch).error();
    session::Globs globs(options_.policy_dir, options_.cgroup_root, *guard);
    sessions_.emplace(*kernel_, *store_, *std::move(guard), options_.cgroup_root);
    recorder_.emplace(*writer_, sessions_->registry(), kernel_->tier(), guarantees_);
    questions_.emplace(*kernel_, *sessions_, *recorder_);
    notices_.emplace(*sessions_, *recorder_);
    recorder_->know(sessions_->names());
    auto resolver = Resolver::make(loop_, *kernel_, *sessions_, *recorder_, options_.resolver);
    if (!resolver) return std::move(resolver).error();
    resolver_ = *std::move(resolver);
    lives_.emplace(loop_, *sessions_, *recorder_, *std::move(watch));
    cuts_.emplace(*sessions_, *recorder_, *lives_);
    policies_.emplace(*sessions_, *recorder_, *writer_, guarantees_, options_.policy_dir, options_.log_dir + "/trail");
    attachments_.emplace(loop_, *kernel_, *sessions_, *recorder_, *lives_, *resolver_, *policies_, std::move(globs));

    const trail::Recovery& found = writer_->recovery();
    if (kernel_->adopted()) {
        auto resumed = trail::resume(options_.log_dir + "/trail", boot_id(), boot_ns(), recorder_->ledger());
        if (!resumed) return std::move(resumed).error().within("take up the trail's numbers");
    }
    utsname host{};
    ::uname(&host);
    const trail::Software software{kVersion, host.release, found.torn_bytes};
    if (found.new_boot) recorder_->software(trail::Kind::kBoot, software);
    recorder_->software(trail::Kind::kDaemonStart, software);
    if (key_change_) recorder_->key(*key_change_);
    recorder_->hooks(*kernel_, kernel_->adopted());
    adopt_sessions();
    return lives_->begin();
}

void Service::adopt_sessions() {
    session::Adoption adoption = sessions_->adopt();
    for (const std::string& problem : adoption.problems) log_warning(problem);
    // What the kernel kept while nobody listened comes before what becomes of the sessions now.
    drain_events();
    for (session::Session* over : adoption.over) recorder_->session(trail::Kind::kSessionEnd, *over, nullptr);
    for (session::Session* session : adoption.adopted) {
        lives_->follow(*session);
        if (auto served = resolver_->serve(*session, {}); !served) log_warning(served.error().message);
        if (session->state == session::State::kEnded) {
            sessions_->kill_later(*session);
            lives_->look(*session);
        } else {
            lives_->keeper_gone(*session);
        }
    }
    if (!adoption.adopted.empty()) log_info("adopted " + std::to_string(adoption.adopted.size()) + " sessions");
}

Result<void> Service::watch_descriptors() {
    if (auto done = loop_.watch(signals_.get(), EPOLLIN, [this](uint32_t) { on_signal(); }); !done) return done;
    if (auto done = loop_.watch(kernel_->events_fd(), EPOLLIN, [this](uint32_t) { drain_events(); }); !done) return done;
    if (auto done = loop_.watch(writer_->ready_fd(), EPOLLIN, [this](uint32_t) { drain_lines(); }); !done) return done;
    loop_.every(kDrainNs, [this] {
        drain_events();
        recorder_->write_folded(false);
    });
    loop_.every(kSecondNs, [this] { on_second(); });
    loop_.every(kHooksNs, [this] {
        recorder_->hooks(*kernel_, true);
        recorder_->forget_unknown();
        attachments_->know_executors();
    });
    uint64_t watchdog_us = 0;
    if (::sd_watchdog_enabled(0, &watchdog_us) > 0) loop_.every(watchdog_us * 1000 / 2, [] { ::sd_notify(0, "WATCHDOG=1"); });
    return {};
}

Result<void> Service::fly_canary() {
    auto record_start = [this](const session::Session& session) {
        lines_.leave_out(session.id);
        recorder_->session(trail::Kind::kSessionStart, session, nullptr);
    };
    const bool lsm = kernel_->tier() == kernel::Tier::kLsm;
    const bool unix_judged = lsm ? kernel::calls_lsm_programs() : kernel_->features().connect_unix;
    auto canary = run_canary(*sessions_, options_.dry_run, unix_judged, record_start);
    if (!canary) {
        // Never half-enforce: what refuses nothing must not look as if it did.
        auto removed = kernel::Kernel::off(options_.bpffs);
        log_error("everything is detached again" + (removed ? std::string() : ", but for: " + removed.error().message));
        return std::move(canary).error();
    }
    drain_events();
    lives_->follow(**canary);
    lives_->end(**canary, "the canary is done", std::nullopt);
    return {};
}

// Once it is proved that what is bound is refused things.
Result<void> Service::begin_attachments() {
    attachments_->begin();
    return {};
}

Result<void> Service::open_control() {
    auto listener = api::listen_control(options_.run_dir);
    if (!listener) return std::move(listener).error();
    auto agents = api::listen_agent(options_.run_dir);
    if (!agents) return std::move(agents).error();
    Context context{loop_,
                    *kernel_,
                    *sessions_,
                    *recorder_,
                    *questions_,
                    lines_,
                    *lives_,
                    *resolver_,
                    *policies_,
                    *attachments_,
                    *writer_,
                    guarantees_,
                    [this] { catch_up(); },
                    options_.cgroup_root,
                    std::filesystem::canonical(options_.run_dir),
                    options_.log_dir + "/trail",
                    started_ns_};
    auto metrics = MetricsServer::make(loop_, options_.run_dir, options_.metrics_listen, [this] { return this->metrics(); });
    if (!metrics) return std::move(metrics).error().within("serve metrics");
    metrics_ = *std::move(metrics);
    // Once more, now that the sockets are there.
    if (auto guarded = guard_own(*kernel_, options_, true); !guarded) return guarded;
    control_.emplace(std::move(context), *std::move(listener), *std::move(agents));
    lives_->on_changed([this](const session::Session& session) { control_->tell_changed(session); });
    return control_->begin();
}

}  // namespace remit::daemon
