#include "daemon/agent_limits.h"

#include <algorithm>

#include "base/clock.h"

namespace remit::daemon {

namespace {

// Beyond it, accounts that are as good as new are thrown away.
constexpr size_t kManyAccounts = 1024;

}  // namespace

double AgentLimits::room_at(const Account& account, uint64_t now_ns) {
    const double seconds = static_cast<double>(now_ns - account.last_ns) / static_cast<double>(kSecondNs);
    return std::min(kRequests, account.room + kRequestsPerSecond * seconds);
}

bool AgentLimits::connect(uint64_t session, uint64_t now_ns) {
    if (accounts_.size() >= kManyAccounts)
        std::erase_if(accounts_,
                      [&](const auto& each) { return each.second.connections == 0 && room_at(each.second, now_ns) >= kRequests; });
    Account& account = accounts_.try_emplace(session, Account{.last_ns = now_ns}).first->second;
    if (account.connections >= kConnections) return false;
    account.connections++;
    return true;
}

void AgentLimits::disconnect(uint64_t session) {
    auto at = accounts_.find(session);
    if (at != accounts_.end() && at->second.connections > 0) at->second.connections--;
}

bool AgentLimits::request(uint64_t session, uint64_t now_ns) {
    Account& account = accounts_.try_emplace(session, Account{.last_ns = now_ns}).first->second;
    account.room = room_at(account, now_ns);
    account.last_ns = now_ns;
    if (account.room < 1) return false;
    account.room -= 1;
    return true;
}

}  // namespace remit::daemon
