// Numbers for monitoring, in the text form of Prometheus, over HTTP: on `<run-dir>/metrics.sock` and, where it is wanted, on a TCP address.
// Owned by daemon/service.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/fd.h"
#include "daemon/loop.h"

namespace remit::daemon {

// Everything about every session is counted without naming one.
class MetricsServer {
public:
    using Text = std::function<std::string()>;

    // address: "" for the unix socket alone, else "127.0.0.1:9464" beside it; only a loopback address is taken.
    static Result<std::unique_ptr<MetricsServer>> make(Loop& loop, const std::string& run_dir, const std::string& address, Text text);
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    ~MetricsServer();

private:
    struct Client {
        Fd fd;
        std::string request, answer;
        size_t sent = 0;
        Loop::TimerId deadline{};
    };

    MetricsServer(Loop& loop, Text text) : loop_(loop), text_(std::move(text)) {}
    Result<void> listen(Fd listener);
    void accept(int listener);
    void serve(int fd, uint32_t events);
    void answer(Client& client);
    void drop(int fd);

    Loop& loop_;
    const Text text_;
    std::vector<Fd> listeners_;
    std::unordered_map<int, Client> clients_;
};

}  // namespace remit::daemon
