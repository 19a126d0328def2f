#include "daemon/approvers.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>

#include "session/policies.h"

namespace remit::daemon {

namespace {

// A group or user that this host does not have names nobody.
bool is_of(const std::string& by, const session::Actor& actor) {
    const std::string name = by.substr(by.find(':') + 1);
    if (by.starts_with("user:")) {
        const passwd* user = ::getpwnam(name.c_str());
        return user && user->pw_uid == actor.uid;
    }
    const group* members = ::getgrnam(name.c_str());
    return members && std::ranges::find(actor.gids, members->gr_gid) != actor.gids.end();
}

}  // namespace

Result<void> may_approve(const session::Session& session, const std::string& by, const session::Actor& actor) {
    if (actor.uid == 0) return {};
    if (!session.policy->policy.self_approve && actor.uid == session.starter.uid)
        return Error{
            Code::kNotPermitted, "who started a session cannot approve for it",
            by.empty() ? "another member of group remit, or root, has to answer" : "someone else of " + by + ", or root, has to answer"};
    if (!by.empty() && !is_of(by, actor))
        return Error{Code::kNotPermitted, "only " + by + " may approve this", "someone of " + by + ", or root, has to answer"};
    return {};
}

Result<void> may_be_given(const session::Session& session) {
    if (session.parent == 0) return {};
    return Error{Code::kRefused, "session " + session.id + " is below " + session.lineage.back() + ", and has what that passes on",
                 "the policy says what: `delegable: true`"};
}

}  // namespace remit::daemon
