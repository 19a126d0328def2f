// The host's own resolver, asked by c-ares: over UDP, and TCP where an answer was cut. Look-ups of one name at one time are one. Owned by
// the daemon's resolver.
#pragma once

#include <ares.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "names/message.h"
#include "names/reactor.h"

namespace remit::names {

class Upstream {
public:
    // Answer: what was said; nothing when no server answered, or none that can be read.
    using OnAnswer = std::function<void(const std::optional<Answer>& answer)>;

    // server: "10.0.0.53:53" or "[::1]:53"; empty: those of /etc/resolv.conf, read anew when it changes.
    static Result<std::unique_ptr<Upstream>> make(Reactor reactor, const std::string& server);
    ~Upstream();
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    // on_answer may be called before this returns. name: lower case.
    void ask(const std::string& name, uint16_t type, OnAnswer on_answer);
    uint64_t asked() const { return asked_; }  // of servers, merged ones once

private:
    using Key = std::pair<std::string, uint16_t>;
    struct Pending {
        Upstream* upstream;
        Key key;
    };

    Upstream(Reactor reactor, std::string server) : reactor_(std::move(reactor)), server_(std::move(server)) {}
    Result<void> open();
    void close();
    void follow_configuration();
    void on_socket(int fd, bool readable, bool writable);
    void on_done(const Key& key, const std::optional<Answer>& answer);
    void arm();

    Reactor reactor_;
    std::string server_;
    ares_channel channel_ = nullptr;
    std::map<Key, std::vector<OnAnswer>> pending_;
    std::set<int> watched_;
    std::string configuration_;  // of /etc/resolv.conf: when it was changed, and which file it was
    uint64_t asked_ = 0;
    bool armed_ = false;
    bool closing_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace remit::names
