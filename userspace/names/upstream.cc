#include "names/upstream.h"

#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/time.h>

namespace remit::names {
namespace {

constexpr const char* kConfiguration = "/etc/resolv.conf";
// Two tries of 1 and 2 seconds: an answer, or none, comes before the 5 seconds after which libc asks again.
constexpr int kTimeoutMs = 1000;
constexpr int kTries = 2;
constexpr int kDatagramBytes = 1232;
constexpr uint64_t kNsPerMs = 1'000'000;

std::string state_of(const char* path) {
    struct stat status {};
    if (::stat(path, &status) != 0) return "none";
    return std::to_string(status.st_ino) + " " + std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
}

Error ares_error(const char* what, int status) {
    return Error{Code::kInternal, std::string(what) + ": " + ares_strerror(status), ""};
}

}  // namespace

Result<std::unique_ptr<Upstream>> Upstream::make(Reactor reactor, const std::string& server) {
    if (const int status = ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) return ares_error("c-ares", status);
    std::unique_ptr<Upstream> upstream(new Upstream(std::move(reactor), server));
    if (auto opened = upstream->open(); !opened) return std::move(opened).error();
    return upstream;
}

Upstream::~Upstream() {
    *alive_ = false;
    closing_ = true;
    pending_.clear();  // nobody is there any more to hear of it
    close();
    ares_library_cleanup();
}

Result<void> Upstream::open() {
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
    options.timeout = kTimeoutMs;
    options.tries = kTries;
    options.ednspsz = kDatagramBytes;
    options.sock_state_cb_data = this;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
        static_cast<Upstream*>(self)->on_socket(fd, readable != 0, writable != 0);
    };
    configuration_ = state_of(kConfiguration);
    const int chosen = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB;
    if (const int status = ares_init_options(&channel_, &options, chosen); status != ARES_SUCCESS) {
        channel_ = nullptr;
        return ares_error("start c-ares", status);
    }
    if (server_.empty()) return {};
    if (const int status = ares_set_servers_ports_csv(channel_, server_.c_str()); status != ARES_SUCCESS)
        return Error{Code::kUsage, "\"" + server_ + "\" is no resolver", "ADDRESS:PORT, like 10.0.0.53:53 or [::1]:53"};
    return {};
}

void Upstream::close() {
    if (channel_) ares_destroy(channel_);  // answers what is pending, with nothing
    channel_ = nullptr;
    for (const int fd : watched_) reactor_.unwatch(fd);
    watched_.clear();
}

void Upstream::follow_configuration() {
    if (!server_.empty() || !pending_.empty() || state_of(kConfiguration) == configuration_) return;
    close();
    (void)open();
}

void Upstream::on_socket(int fd, bool readable, bool writable) {
    const uint32_t events = (readable ? uint32_t{EPOLLIN} : 0u) | (writable ? uint32_t{EPOLLOUT} : 0u);
    if (events == 0) {
        if (watched_.erase(fd)) reactor_.unwatch(fd);
        return;
    }
    if (watched_.contains(fd)) {
        (void)reactor_.change(fd, events);
        return;
    }
    auto on_ready = [this, fd](uint32_t ready) {
        const bool failed = ready & (EPOLLERR | EPOLLHUP);
        const bool in = failed || (ready & EPOLLIN), out = failed || (ready & EPOLLOUT);
        ares_process_fd(channel_, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
        arm();
    };
    if (reactor_.watch(fd, events, on_ready)) watched_.insert(fd);
}

void Upstream::ask(const std::string& name, uint16_t type, OnAnswer on_answer) {
    follow_configuration();
    if (!channel_ || closing_) return on_answer(std::nullopt);
    const Key key{name, type};
    auto& waiting = pending_[key];
    waiting.push_back(std::move(on_answer));
    if (waiting.size() > 1) return;
    asked_++;
    auto* pending = new Pending{this, key};
    ares_query(
        channel_, name.c_str(), kClassIn, type,
        [](void* data, int status, int, unsigned char* bytes, int length) {
            const std::unique_ptr<Pending> done(static_cast<Pending*>(data));
            std::optional<Answer> answer;
            // Names and types that do not exist have bytes, too.
            if (status != ARES_EDESTRUCTION && bytes && length > 0)
                answer = parse_answer({bytes, static_cast<size_t>(length)}, done->key.first, done->key.second);
            done->upstream->on_done(done->key, answer);
        },
        pending);
    arm();
}

void Upstream::on_done(const Key& key, const std::optional<Answer>& answer) {
    auto found = pending_.extract(key);
    if (found.empty()) return;
    for (const OnAnswer& on_answer : found.mapped()) on_answer(answer);
}

void Upstream::arm() {
    timeval wait{};
    if (armed_ || !channel_ || pending_.empty() || !ares_timeout(channel_, nullptr, &wait)) return;
    armed_ = true;
    const uint64_t ms = static_cast<uint64_t>(wait.tv_sec) * 1000 + static_cast<uint64_t>(wait.tv_usec) / 1000 + 1;
    reactor_.after(ms * kNsPerMs, [this, alive = alive_] {
        if (!*alive) return;
        armed_ = false;
        if (channel_) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        arm();
    });
}

}  // namespace remit::names
