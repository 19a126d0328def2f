// What the benchmarks of crossings share: children that stay in one context and measure in turns, the operations, and how they are summed
// up.
#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "kernel/harness.h"
#include "session/cgroup.h"

namespace remit::bench {

using test::Harness;
using test::TablesBuilder;

// Nanoseconds an operation, one entry a round.
struct Samples {
    std::vector<double> ns;

    double at(double quantile) const {
        auto sorted = ns;
        std::sort(sorted.begin(), sorted.end());
        return sorted.empty() ? 0 : sorted[static_cast<size_t>(quantile * static_cast<double>(sorted.size() - 1))];
    }
    double median() const { return at(0.5); }
};

// Lines of a table, in the order in which they came; each has samples by context.
class Results {
public:
    Samples& of(const std::string& line, const std::string& context) {
        if (!lines_.contains(line)) order_.push_back(line);
        return lines_[line][context];
    }
    void print(const std::vector<std::string>& contexts, const std::string& control) const {
        for (const auto& line : order_) {
            printf("%s\n", line.c_str());
            const double plain = median(line, control);
            for (const auto& context : contexts) {
                const auto found = lines_.at(line).find(context);
                if (found == lines_.at(line).end()) continue;
                printf("    %-34s %14.0f ns  p99 %14.0f", context.c_str(), found->second.median(), found->second.at(0.99));
                if (plain > 0) printf("  ÷ %s %7.3f", control.c_str(), found->second.median() / plain);
                printf("\n");
            }
        }
    }
    bool write(const std::string& file) const {
        nlohmann::json all = nlohmann::json::object();
        for (const auto& [line, contexts] : lines_)
            for (const auto& [context, samples] : contexts)
                all[line][context] = {{"median_ns", samples.median()}, {"p99_ns", samples.at(0.99)}, {"rounds", samples.ns.size()}};
        FILE* out = fopen(file.c_str(), "w");
        if (!out) return false;
        fprintf(out, "%s\n", all.dump(2).c_str());
        return fclose(out) == 0;
    }

private:
    double median(const std::string& line, const std::string& context) const {
        const auto found = lines_.at(line).find(context);
        return found == lines_.at(line).end() ? 0 : found->second.median();
    }
    std::vector<std::string> order_;
    std::map<std::string, std::map<std::string, Samples>> lines_;
};

// A child that stays in one context and measures when it is told to.
class Worker {
public:
    using Work = std::function<double()>;
    // session, or cgroup: where it is; "": where its parent is. prepare: what it does to itself first; false: that cannot be done here.
    Worker(
        const std::string& cgroup, const test::TestSession* session, const Work& work,
        const std::function<bool()>& prepare = [] { return true; }) {
        if (pipe2(orders_, O_CLOEXEC) || pipe2(answers_, O_CLOEXEC)) _exit(2);
        const auto serve = [this, work, prepare] {
            close(orders_[1]);
            const bool ready = prepare();
            char order;
            while (read(orders_[0], &order, 1) == 1 && order == 'm') {
                const double ns = ready ? work() : 0;
                if (write(answers_[1], &ns, sizeof(ns)) != sizeof(ns)) break;
            }
            return 0;
        };
        if (session) {
            pid_ = Harness::get().start(session, serve);
            note_program();
        } else {
            pid_ = fork();
            if (pid_ == 0) {
                if (!cgroup.empty() && !session::move_process(cgroup, getpid())) _exit(2);
                _exit(serve());
            }
        }
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        (void)!write(orders_[1], "q", 1);
        test::wait_for(pid_);
        for (const int fd : {orders_[0], orders_[1], answers_[0], answers_[1]}) close(fd);
    }
    // 0: the context is not to be had here.
    double measure() {
        double ns = 0;
        if (write(orders_[1], "m", 1) != 1 || read(answers_[0], &ns, sizeof(ns)) != sizeof(ns)) ns = 0;
        return ns;
    }

private:
    // A session's process comes from an exec, at which what it runs was noted.
    void note_program() const {
        const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
        auto tag = Harness::get().kernel().tag_of(pidfd.get());
        if (!tag || !*tag) _exit(2);
        (*tag)->start_ns = boot_ns();
        if (!Harness::get().kernel().tag_task(pidfd.get(), **tag)) _exit(2);
    }
    int orders_[2] = {-1, -1};
    int answers_[2] = {-1, -1};
    pid_t pid_ = -1;
};

inline double per_operation(int count, const std::function<void()>& operation) {
    const uint64_t start = boot_ns();
    for (int i = 0; i < count; i++) operation();
    return static_cast<double>(boot_ns() - start) / count;
}

// One reused UDP socket: isolates the hook. A refused one is the session's only; its twins pass.
inline double connect_udp(const std::string& address, uint16_t port, int count) {
    const auto to = test::address_of(address, port);
    const Fd fd(socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return per_operation(count, [&] { (void)!connect(fd.get(), to.get(), to.size); });
}

inline double connect_tcp(uint16_t port, int count) {
    const auto to = test::address_of("127.0.0.1", port);
    return per_operation(count, [&] {
        const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const linger at_once{1, 0};
        setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        (void)!connect(fd.get(), to.get(), to.size);
    });
}

inline double spawn(const std::string& path, int count) {
    std::string program = path;
    char* const arguments[] = {program.data(), nullptr};
    char* const environment[] = {nullptr};
    return per_operation(count, [&] {
        pid_t pid = 0;
        if (posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environment) == 0) test::wait_for(pid);
    });
}

// Of lo in a network namespace of this process's own, as all of 10.0.0.0/8 then is: endpoints that are not loopback, where a session can
// have no peers of its own.
constexpr const char* kElsewhere = "10.0.0.1";

inline bool enter_network() {
    if (unshare(CLONE_NEWNET)) return false;
    const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq up{}, elsewhere{};
    std::strcpy(up.ifr_name, "lo");
    up.ifr_flags = IFF_UP;
    std::strcpy(elsewhere.ifr_name, "lo:1");
    const auto address = test::address_of(kElsewhere, 0);
    std::memcpy(&elsewhere.ifr_addr, address.get(), sizeof(elsewhere.ifr_addr));
    return ioctl(any.get(), SIOCSIFFLAGS, &up) == 0 && ioctl(any.get(), SIOCSIFADDR, &elsewhere) == 0;
}

// Takes connections and reads them until the listener is shut down.
inline void accept_and_read(int listener) {
    static char block[1 << 20];
    for (;;) {
        const Fd connection(accept(listener, nullptr, nullptr));
        if (!connection) return;
        while (recv(connection.get(), block, sizeof(block), 0) > 0) {
        }
    }
}

// Drains the rings as the daemon does, every 100 ms, so that they never fill.
class Drainer {
public:
    Drainer()
        : thread_([this] {
              while (!done_) {
                  pollfd waiting{Harness::get().kernel().events_fd(), POLLIN, 0};
                  poll(&waiting, 1, 100);
                  Harness::get().events();
              }
          }) {}
    ~Drainer() {
        done_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

// A benchmark by its command line: --short and --json FILE are everybody's; own takes the option at i with its value, and moves i on, or
// says that there is none of this name. Returns the exit status.
template <typename Bench, typename Settings>
int run_bench(int argc, char** argv, const char* usage, void (*shorten)(Settings&), bool (*own)(char** argv, int& i, Settings&) = nullptr) {
    Settings settings;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--short")) {
            shorten(settings);
        } else if (!strcmp(argv[i], "--json") && i + 1 < argc) {
            settings.json = argv[++i];
        } else if (!own || i + 1 >= argc || !own(argv, i, settings)) {
            fprintf(stderr, "usage: %s\n", usage);
            return 64;
        }
    }
    Bench bench(settings);
    if (!bench.run()) return 1;
    bench.print();
    return bench.write_json() ? 0 : 1;
}

}  // namespace remit::bench
