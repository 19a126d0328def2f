// How a running session comes to other tables: a grant by an operator, another policy. Everything that they need is in the kernel before
// one word makes them hold; those that held stay for as long as a crossing may still be judged by them.
#include <algorithm>

#include "base/clock.h"
#include "session/lifecycle.h"
#include "session/own.h"
#include "session/slot.h"

namespace remit::session {

namespace {

// No hook takes nearly as long.
constexpr uint64_t kWithdrawAfterNs = 2 * kSecondNs;

std::vector<uint32_t> counters_of(const LoadedPolicy& loaded) {
    std::vector<uint32_t> counters;
    for (const Tables::Grant& grant : loaded.tables.grants)
        if (counted(grant.grant)) counters.push_back(grant.grant.counter);
    return counters;
}

}  // namespace

Result<void> Lifecycle::grant(Session& session, OperatorGrant grant) {
    if (session.state != State::kArmed)
        return Error{Code::kRefused, "session " + session.id + " is " + std::string(state_name(session.state)), "start a new session"};
    Own own = session.own ? *session.own : own_of(session.policy->policy);
    add_grant(own, std::move(grant), boot_ns() - session.start_ns);
    auto loaded = policies_.compile_own(session.policy->source, session.policy->writer, own);
    if (!loaded) return std::move(loaded).error();
    return switch_to(session, *std::move(loaded), std::move(own));
}

Result<void> Lifecycle::reload(Session& session, std::shared_ptr<LoadedPolicy> next) {
    if (session.state != State::kArmed)
        return Error{Code::kRefused, "session " + session.id + " is " + std::string(state_name(session.state)), "start a new session"};
    auto own = own_under(next->policy, session.policy->policy, session.own ? *session.own : own_of(session.policy->policy));
    if (!own) return std::move(own).error();
    if (!*own) return switch_to(session, std::move(next), std::nullopt);
    auto loaded = policies_.compile_own(next->source, next->writer, *own);
    if (!loaded) return std::move(loaded).error();
    return switch_to(session, *std::move(loaded), *std::move(own));
}

// Until the word is written nothing holds that did not; the file names both before, as the daemon may die on either side of it.
Result<void> Lifecycle::switch_to(Session& session, std::shared_ptr<LoadedPolicy> next, std::optional<Own> own) {
    if (next == session.policy) return {};
    auto published = policies_.enter(*next);
    if (!published) return std::move(published).error();
    session.next = Switch{next->policy.identity, next->tables_id, own};
    auto ready = prepare(session, *next, *published);
    if (ready) ready = save(session);
    session.next.reset();
    if (!ready) {
        (void)save(session);
        policies_.leave(next);
        return ready;
    }
    session.generation = switch_tables(slot(session), next->tables_id);
    const std::shared_ptr<LoadedPolicy> before = std::exchange(session.policy, std::move(next));
    session.own = std::move(own);
    const auto kept = counters_of(*session.policy);
    for (const uint32_t counter : counters_of(*before))
        if (std::ranges::find(kept, counter) == kept.end()) retired_counters_.push_back({session.kernel_id, counter});
    retired_.push_back({before, session.kernel_id, boot_ns() + kWithdrawAfterNs});
    return save(session);
}

// What the session could reach without a question it can reach without one afterwards.
Result<void> Lifecycle::prepare(Session& session, LoadedPolicy& next, bool published) {
    if (published) {
        if (auto pushed = programs_.push_known(next, *session.root); !pushed) return std::move(pushed).error();
    }
    std::vector<FoundFile> others;
    session.policy->programs.each([&](const remit_file& file) {
        const KnownFile* known = session.policy->programs.find(file);
        if (next.programs.find(file) || !known || known->path.empty()) return;
        if (auto found = open_in_root(*session.root, known->path)) others.push_back(*std::move(found));
    });
    if (!others.empty()) {
        if (auto learned = programs_.learn(next, *session.root, others); !learned) return std::move(learned).error();
    }
    if (auto pushed = unix_sockets_.push_known(next, *session.root); !pushed) return pushed;
    if (auto carried = unix_sockets_.carry_listeners(*session.policy, next, *session.root); !carried) return carried;
    if (auto bound = names_.bind_anew(session, next); !bound) return bound;
    for (const uint32_t counter : counters_of(next))
        if (auto made = kernel_.make_use_counter(session.kernel_id, counter); !made) return made;
    return {};
}

void Lifecycle::withdraw_due(uint64_t now_ns) {
    while (!retired_.empty() && retired_.front().due_ns <= now_ns) {
        const Retired& over = retired_.front();
        if (const Session* session = registry_.find_kernel_id(over.session); session && session->policy != over.policy)
            names_.forget_tables(*session, over.policy->tables_id);
        policies_.leave(over.policy);
        retired_.pop_front();
        // Counters of an earlier switch: no crossing takes from them any more.
        if (!retired_.empty()) continue;
        for (const auto& [id, counter] : retired_counters_) {
            const Session* session = registry_.find_kernel_id(id);
            const auto kept = session ? counters_of(*session->policy) : std::vector<uint32_t>();
            if (std::ranges::find(kept, counter) == kept.end()) kernel_.drop_use_counter(id, counter);
        }
        retired_counters_.clear();
    }
    policies_.withdraw_idle(now_ns);
}

Result<void> Lifecycle::renew(Session& session, uint64_t expires_ns) {
    if (session.state != State::kArmed && session.state != State::kExpired)
        return Error{Code::kRefused, "session " + session.id + " is " + std::string(state_name(session.state)), "start a new session"};
    __atomic_store_n(&slot(session).expires_ns, expires_ns, __ATOMIC_SEQ_CST);
    session.expires_ns = expires_ns;
    const uint64_t now = boot_ns();
    session.expires_at = format_time(wall_ns() + (expires_ns - std::min(now, expires_ns)));
    if (session.state == State::kExpired) {
        session.state = State::kArmed;
        session.end_reason.clear();
        session.generation = flip_generation(slot(session));  // what was refused for it is judged again
    }
    return save(session);
}

}  // namespace remit::session
