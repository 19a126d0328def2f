// What the benchmarks of crossings share: children that stay in one context and measure in turns, and how that is summed up. The operations
// are in operations.h.
#pragma once

#include <fcntl.h>
#include <poll.h>
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
#include "base/pidfd.h"
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
            close_others();
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
    // Each program that a worker spawns would copy and close all descriptors that its parent holds of Remit's maps and programs, hundreds.
    void close_others() const {
        const auto [low, high] = std::minmax(orders_[0], answers_[1]);
        close_range(3, static_cast<unsigned>(low) - 1, 0);
        if (high > low + 1) close_range(static_cast<unsigned>(low) + 1, static_cast<unsigned>(high) - 1, 0);
        close_range(static_cast<unsigned>(high) + 1, ~0U, 0);
    }
    // A session's process comes from an exec, at which what it runs was noted.
    void note_program() const {
        const Fd pidfd = open_pidfd(pid_);
        auto tag = Harness::get().kernel().tag_of(pidfd.get());
        if (!tag || !*tag) _exit(2);
        (*tag)->start_ns = boot_ns();
        if (!Harness::get().kernel().tag_task(pidfd.get(), **tag)) _exit(2);
    }
    int orders_[2] = {-1, -1};
    int answers_[2] = {-1, -1};
    pid_t pid_ = -1;
};

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

// A benchmark by its command line: --short and --json FILE are everybody's; own takes the option at i with its value, if there is
// one, and moves i on, or says that there is none of this name. Returns the exit status.
template <typename Bench, typename Settings>
int run_bench(int argc, char** argv, const char* usage, void (*shorten)(Settings&), bool (*own)(char** argv, int& i, Settings&) = nullptr) {
    Settings settings;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--short")) {
            shorten(settings);
        } else if (!strcmp(argv[i], "--json") && i + 1 < argc) {
            settings.json = argv[++i];
        } else if (!own || !own(argv, i, settings)) {
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
