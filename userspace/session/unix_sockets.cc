#include "session/unix_sockets.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "policy/attribute.h"
#include "session/walk.h"

namespace remit::session {

namespace {

// A session that reaches for what is not there, in a loop, has the policy's paths looked at this often at most.
constexpr uint64_t kLookAgainNs = kSecondNs / 20;
constexpr size_t kMaxLooked = 4096;

struct Place {
    FoundFile found;
    std::vector<std::string> names;  // as the policy writes them, and the path behind its links
    struct stat status {};
};

bool same_inode(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

std::set<std::string> written_paths(const policy::Policy& policy) {
    std::set<std::string> paths;
    for (const policy::UnixEndpoint& each : policy.unix_endpoints) {
        if (!each.abstract()) paths.insert(each.name);
    }
    return paths;
}

// Of each socket once, with all names that lead to it.
std::vector<Place> find_places(const policy::Policy& policy, const Root& root) {
    std::vector<Place> places;
    for (const std::string& written : written_paths(policy)) {
        auto found = open_in_root(root, written);
        struct stat status {};
        if (!found || ::fstat(found->fd.get(), &status) != 0 || !S_ISSOCK(status.st_mode)) continue;
        auto at = std::find_if(places.begin(), places.end(), [&](const Place& each) { return same_inode(each.status, status); });
        if (at == places.end()) at = places.insert(at, Place{*std::move(found), {}, status});
        at->names.push_back(written);
    }
    for (Place& each : places) {
        if (!each.found.path.empty() && std::find(each.names.begin(), each.names.end(), each.found.path) == each.names.end())
            each.names.push_back(each.found.path);
    }
    return places;
}

}  // namespace

Result<void> UnixSockets::push_known(LoadedPolicy& loaded, const Root& root) {
    if (loaded.policy.unix_endpoints.empty()) return {};
    if (looked_ns_.size() >= kMaxLooked) looked_ns_.clear();
    looked_ns_[{loaded.tables_id, root.mounts}] = boot_ns();
    if (kernel_.tier() == kernel::Tier::kBase) return push_literals(loaded, root);
    const std::vector<Place> places = find_places(loaded.policy, root);
    std::vector<int> fds;
    fds.reserve(places.size());
    for (const Place& each : places) fds.push_back(each.found.fd.get());
    auto identities = kernel_.identify(fds);
    if (!identities) return std::move(identities).error();
    WriteCheck check(loaded.writer, root);
    for (size_t i = 0; i < places.size(); i++) {
        if (!(*identities)[i]) continue;
        const Place& place = places[i];
        remit_toolset toolset = policy::unix_toolset(loaded.policy, place.names);
        // The session may have linked another's socket to where its own is granted.
        if (place.status.st_nlink > 1 && check.replaceable(place.found.path)) toolset.bar = REMIT_REASON_WRITABLE;
        if (auto pushed = push_file(loaded, (*identities)[i]->file, toolset, place.names.front()); !pushed) return pushed;
    }
    return {};
}

Result<void> UnixSockets::push_file(LoadedPolicy& loaded, const remit_file& file, const remit_toolset& toolset, const std::string& path) {
    if (auto pushed = kernel_.push_unix_file(loaded.tables_id, file, toolset); !pushed) return pushed;
    if (auto out = loaded.sockets.add(file, {path, {}, toolset.peer_endpoint})) kernel_.drop_unix_file(loaded.tables_id, *out);
    return {};
}

// The base tier sees what the caller calls the socket: the name counts where the session can make it lead to no other.
Result<void> UnixSockets::push_literals(LoadedPolicy& loaded, const Root& root) {
    WriteCheck check(loaded.writer, root);
    for (const std::string& written : written_paths(loaded.policy)) {
        std::set<std::string> names{written};
        if (auto found = open_in_root(root, written); found && !found->path.empty()) names.insert(found->path);
        remit_toolset toolset = policy::unix_toolset(loaded.policy, {names.begin(), names.end()});
        for (const std::string& name : names) {
            if (check.leads_elsewhere(name)) toolset.bar = REMIT_REASON_WRITABLE;
        }
        for (const std::string& name : names) {
            if (name.size() > REMIT_UNIX_NAME_BYTES) continue;  // nobody can call it that
            if (auto pushed = kernel_.push_unix_path(loaded.tables_id, name, toolset); !pushed) return pushed;
            loaded.literal_sockets.insert(name);
        }
    }
    return {};
}

Result<void> UnixSockets::refuse_name(LoadedPolicy& loaded, const std::string& name) {
    if (auto pushed = kernel_.push_unix_path(loaded.tables_id, name, {}); !pushed) return pushed;
    loaded.refused_sockets.push_back(name);
    if (loaded.refused_sockets.size() > kMaxSockets) {
        kernel_.drop_unix_path(loaded.tables_id, loaded.refused_sockets.front());
        loaded.refused_sockets.pop_front();
    }
    return {};
}

bool UnixSockets::looked_lately(const LoadedPolicy& loaded, const Root& root) {
    auto at = looked_ns_.find({loaded.tables_id, root.mounts});
    return at != looked_ns_.end() && boot_ns() - at->second < kLookAgainNs;
}

Result<void> UnixSockets::learn(LoadedPolicy& loaded, const Root& root, const UnixQuestion& question) {
    const bool by_file = question.file.ino != 0;
    const bool by_name = !by_file && !question.name.empty() && kernel_.tier() == kernel::Tier::kBase;
    const bool known = by_file ? loaded.sockets.find(question.file) != nullptr : loaded.literal_sockets.contains(question.name);
    if ((by_file || by_name) && !known) {
        // What appeared a moment ago is found when it is tried again.
        if (looked_lately(loaded, root)) return {};
        if (auto pushed = push_known(loaded, root); !pushed) return pushed;
        if (by_file && !loaded.sockets.find(question.file)) return push_file(loaded, question.file, {}, {});
        if (by_name && !loaded.literal_sockets.contains(question.name)) return refuse_name(loaded, question.name);
    }
    return learn_listener(loaded, root, question);
}

Result<void> UnixSockets::carry_listeners(const LoadedPolicy& from, LoadedPolicy& to, const Root& root) {
    std::set<uint16_t> endpoints;
    for (const policy::UnixEndpoint& each : to.policy.unix_endpoints) {
        if (each.number != 0) endpoints.insert(each.number);
    }
    if (endpoints.empty() || from.listeners.empty()) return {};
    const std::vector<Alias> aliases = find_aliases(root, to.peer_patterns);
    Result<void> done;
    from.listeners.each([&](const remit_file& file) {
        const std::string& path = from.listeners.find(file)->path;
        for (const uint16_t endpoint : endpoints) {
            const std::vector<std::string> names = path.empty() ? std::vector<std::string>() : names_of(path, aliases);
            if (done) done = kernel_.push_peer(to.tables_id, endpoint, file, policy::peer_toolset(to.policy, endpoint, names));
        }
        if (auto out = to.listeners.add(file, {path, {}, 0})) drop_listener(kernel_, to, *out);
    });
    return done;
}

Result<void> UnixSockets::learn_listener(LoadedPolicy& loaded, const Root& root, const UnixQuestion& question) {
    uint16_t endpoint = 0;
    if (const KnownFile* known = loaded.sockets.find(question.file)) {
        endpoint = known->peer_endpoint;
    } else if (question.name.size() > 1 && question.name.front() == 0) {
        endpoint = policy::unix_toolset(loaded.policy, {"@" + question.name.substr(1)}).peer_endpoint;
    }
    if (endpoint == 0 || question.peer.ino == 0 || question.peer_pid <= 0) return {};
    auto listener = open_root_of(question.peer_pid);
    if (!listener) return {};
    auto found = open_named(question.peer_pid, *listener, {"/proc/self/exe"});
    if (!found) return {};
    auto identity = kernel_.identify(std::vector<int>{found->fd.get()});
    if (!identity) return std::move(identity).error();
    // It may run another program by now, or be another process.
    if (!identity->front() || !SameFile()(identity->front()->file, question.peer)) return {};
    const std::string path = path_in_session(root, *listener, *found);
    std::vector<std::string> names;
    if (!path.empty()) names = names_of(path, find_aliases(root, loaded.peer_patterns));
    const remit_toolset toolset = policy::peer_toolset(loaded.policy, endpoint, names);
    if (auto pushed = kernel_.push_peer(loaded.tables_id, endpoint, question.peer, toolset); !pushed) return pushed;
    if (auto out = loaded.listeners.add(question.peer, {path, {}, 0})) drop_listener(kernel_, loaded, *out);
    return {};
}

}  // namespace remit::session
