#include "daemon/resolver.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/netns.h"
#include "names/inner.h"
#include "policy/address.h"
#include "policy/hosts.h"
#include "session/cgroup.h"

namespace remit::daemon {

namespace {

// A query is read within milliseconds of leaving; one that is older is somebody else's, from a port that was used again.
constexpr uint64_t kAskerNs = 5 * kSecondNs;
constexpr uint32_t kMaxInFlight = 64;
constexpr size_t kMaxServed = 512;
// Processes of a session whose namespaces are looked at.
constexpr size_t kMaxLookedAt = 64;

std::vector<std::string> texts_of(const std::vector<names::Found>& found) {
    std::vector<std::string> texts;
    for (const names::Found& each : found) texts.push_back(policy::format_address(each.address));
    return texts;
}

}  // namespace

Result<std::unique_ptr<Resolver>> Resolver::make(Loop& loop, kernel::Kernel& kernel, session::Lifecycle& sessions, Recorder& recorder,
                                                 const std::string& server) {
    std::unique_ptr<Resolver> resolver(new Resolver(loop, kernel, sessions, recorder));
    auto upstream = names::Upstream::make(resolver->reactor(), server);
    if (!upstream) return std::move(upstream).error();
    resolver->upstream_ = *std::move(upstream);
    return resolver;
}

names::Reactor Resolver::reactor() {
    return {
        .watch = [this](int fd, uint32_t events, names::Reactor::OnReady on_ready) { return loop_.watch(fd, events, std::move(on_ready)); },
        .change = [this](int fd, uint32_t events) { return loop_.change(fd, events); },
        .unwatch = [this](int fd) { loop_.unwatch(fd); },
        .after = [this](uint64_t delay_ns, std::function<void()> task) { loop_.after(delay_ns, std::move(task)); }};
}

Result<void> Resolver::serve(const session::Session& session, const std::vector<pid_t>& others) {
    if (!session.policy->hosts) return {};
    std::vector<pid_t> pids = others;
    for (const pid_t pid : session::processes_below(session.cgroup)) {
        if (pids.size() >= kMaxLookedAt) break;
        pids.push_back(pid);
    }
    Result<void> done;
    for (const pid_t pid : pids)
        if (auto served = serve_namespace_of(session, pid); !served) done = std::move(served);
    return done;
}

Result<void> Resolver::serve_namespace_of(const session::Session& session, pid_t pid) {
    const uint64_t number = network_of(pid);
    if (number == 0) return {};
    if (!served_.contains(number)) {
        if (auto opened = open_server(number, pid); !opened)
            return std::move(opened).error().within("names are not served in the network namespace of process " + std::to_string(pid));
    }
    served_[number].sessions.insert(session.kernel_id);
    return {};
}

Result<void> Resolver::open_server(uint64_t number, pid_t pid) {
    if (served_.size() >= kMaxServed) return Error{Code::kUnavailable, "too many network namespaces are served", ""};
    auto sockets = open_sockets_in(pid, number, 0);
    if (!sockets) return std::move(sockets).error();
    // Where the last daemon's resolver was, sockets of running programs may still be connected to.
    if (const auto before = kernel_.resolver_of(sockets->netns); before && before->port != sockets->port) {
        auto again = open_sockets_in(pid, number, before->port);
        if (again) sockets = std::move(again);
    }
    remit_asking mark{};
    mark.netns = sockets->netns;
    mark.resolver = sockets->port;
    mark.is_resolver = 1;
    for (const Fd* fd : {&sockets->udp4, &sockets->tcp4, &sockets->udp6, &sockets->tcp6}) {
        if (!*fd) continue;
        if (auto marked = kernel_.mark_resolver(fd->get(), mark); !marked) return marked;
    }
    const uint64_t netns = sockets->netns;
    const remit_resolver place{
        .port = sockets->port,
        .families = static_cast<__u16>((sockets->udp4 && sockets->tcp4 ? REMIT_RESOLVES_4 : 0) |
                                       (sockets->udp6 && sockets->tcp6 ? REMIT_RESOLVES_6 : 0)),
        .reserved = 0,
    };
    auto server = names::Server::make(
        reactor(), *std::move(sockets), [this, netns](const names::Source& source) { return who_asks(netns, source); },
        [this, netns](uint64_t who, const names::Source& source, const names::Question& question, names::Server::Reply reply) {
            on_question(netns, who, source, question, std::move(reply));
        });
    if (!server) return std::move(server).error();
    if (auto set = kernel_.set_resolver(netns, place); !set) return set;
    served_[number].server = *std::move(server);
    return {};
}

void Resolver::on_crossing(const remit_event& event) {
    const bool asks = event.crossing == REMIT_CONNECT || event.crossing == REMIT_SEND;
    if (!asks || event.port != REMIT_DNS_PORT || event.effect == REMIT_PASSED || event.pid == 0) return;
    const session::Session* session = sessions_.registry().find_kernel_id(event.session);
    if (!session || session->state != session::State::kArmed || !session->policy->hosts) return;
    const uint64_t number = network_of(static_cast<pid_t>(event.pid));
    if (number == 0 || served_.contains(number)) return;
    if (auto served = serve_namespace_of(*session, static_cast<pid_t>(event.pid)); !served) log_warning(served.error().message);
}

void Resolver::on_time(uint64_t now_ns) {
    const auto find = [this](uint64_t kernel_id) { return sessions_.registry().find_kernel_id(kernel_id); };
    sessions_.names().on_time(now_ns, find);
    if (!served_.empty()) kernel_.forget_askers(now_ns - 2 * kAskerNs);
    for (auto each = served_.begin(); each != served_.end();) {
        Served& served = each->second;
        std::erase_if(served.sessions, [&](uint64_t kernel_id) { return !find(kernel_id); });
        if (served.sessions.empty()) kernel_.drop_resolver(served.server->netns());
        each = served.sessions.empty() ? served_.erase(each) : std::next(each);
    }
}

uint64_t Resolver::who_asks(uint64_t netns, const names::Source& source) {
    remit_asker_key key{.netns = netns, .address = {}, .port = source.port, .protocol = source.protocol, .reserved = 0};
    std::copy(source.address.begin(), source.address.end(), key.address);
    const auto asker = kernel_.asker_of(key);
    return asker && boot_ns() - asker->boot_ns < kAskerNs ? asker->session : 0;
}

void Resolver::refuse(const Asked& asked, names::Rcode rcode, names::Extended why) {
    asked.reply(names::compose_answer(asked.question, {.rcode = rcode}, asked.question.largest, why));
}

void Resolver::on_question(uint64_t netns, uint64_t who, const names::Source& source, const names::Question& question,
                           names::Server::Reply reply) {
    const session::Session* session = sessions_.registry().find_kernel_id(who);
    if (!session) return;
    auto asked = std::make_shared<Asked>(Asked{.session = who, .question = question, .reply = std::move(reply)});
    remit_asker_key key{.netns = netns, .address = {}, .port = source.port, .protocol = source.protocol, .reserved = 0};
    std::copy(source.address.begin(), source.address.end(), key.address);
    remit_lookup& lookup = asked->lookup;
    if (const auto asker = kernel_.asker_of(key)) lookup.pid = asker->pid;
    lookup.session = who;
    lookup.slot = session->slot;
    lookup.boot_ns = boot_ns();
    lookup.family = policy::is_ipv4(source.address) ? AF_INET : AF_INET6;
    lookup.type = question.type;
    std::memcpy(lookup.name, question.name.data(), std::min(question.name.size(), sizeof(lookup.name) - 1));
    if (question.question_class != names::kClassIn) return refuse(*asked, names::Rcode::kNotImplemented, names::Extended::kNone);
    const bool wants_address = question.type == names::kTypeA || question.type == names::kTypeAaaa;
    // Of what may be looked up, everything but addresses is as if it were not there: nothing else is bound to anything.
    if (!may_look_up(*session, *asked, !wants_address)) return refuse(*asked, names::Rcode::kNoSuchName, names::Extended::kProhibited);
    if (!wants_address) return refuse(*asked, names::Rcode::kOk, names::Extended::kNone);
    uint32_t& in_flight = in_flight_[who];
    if (in_flight >= kMaxInFlight) return refuse(*asked, names::Rcode::kServerFailure, names::Extended::kNone);
    in_flight++;
    upstream_->ask(question.name, question.type, [this, asked](const std::optional<names::Answer>& answer) { on_answer(asked, answer); });
}

// One set of tools after the other, until one lets it pass: a name may be good for several, at different ports.
bool Resolver::may_look_up(const session::Session& session, Asked& asked, bool done) {
    const session::LoadedPolicy& loaded = *session.policy;
    if (!loaded.hosts) return false;
    const auto toolsets = policy::name_toolsets(loaded.policy, *loaded.hosts, asked.question.name);
    for (size_t i = 0; i < toolsets.size(); i++) {
        asked.lookup.toolset = toolsets[i];
        asked.lookup.flags = (done ? REMIT_LOOKUP_DONE : 0) | (i + 1 == toolsets.size() ? REMIT_LOOKUP_LAST : 0);
        if (auto judged = kernel_.resolve(asked.lookup); !judged) return false;
        if (asked.lookup.passes) return true;
    }
    return false;
}

void Resolver::on_answer(const std::shared_ptr<Asked>& asked, const std::optional<names::Answer>& answer) {
    if (const auto found = in_flight_.find(asked->session); found != in_flight_.end() && --found->second == 0) in_flight_.erase(found);
    const session::Session* session = sessions_.registry().find_kernel_id(asked->session);
    if (!session) return;
    give(*session, *asked, answer ? *answer : names::Answer{});
}

// The addresses are the session's before it hears of them: the connect that follows finds them.
void Resolver::give(const session::Session& session, Asked& asked, names::Answer answer) {
    const session::LoadedPolicy& loaded = *session.policy;
    const std::string& name = asked.question.name;
    std::vector<names::Found> given, withheld;
    if (loaded.hosts && loaded.hosts->covers(name)) {
        for (const names::Found& found : answer.found) {
            const bool inner = names::is_inner(found.address) && !policy::covers_address(loaded.policy, found.address);
            (inner ? withheld : given).push_back(found);
        }
        for (const names::Found& found : given) {
            if (auto bound = sessions_.names().bind(session, name, found.address, found.ttl * kSecondNs); bound) continue;
            answer = {};
            given.clear();
            break;
        }
    } else {
        given = answer.found;
    }
    if (!may_look_up(session, asked, true)) return refuse(asked, names::Rcode::kNoSuchName, names::Extended::kProhibited);
    if (asked.lookup.recorded) recorder_.answered(asked.lookup.cpu, asked.lookup.n, texts_of(given), texts_of(withheld));
    const bool filtered = given.empty() && !withheld.empty();
    if (filtered) return refuse(asked, names::Rcode::kNoSuchName, names::Extended::kFiltered);
    answer.found = std::move(given);
    const auto why = answer.rcode == names::Rcode::kServerFailure ? names::Extended::kNetworkError : names::Extended::kNone;
    asked.reply(names::compose_answer(asked.question, answer, asked.question.largest, why));
}

}  // namespace remit::daemon
