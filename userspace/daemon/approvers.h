// Who may say yes: by the kernel's credentials of whoever speaks, never by what it says. Used by daemon/questions.h and control.
#pragma once

#include <string>

#include "base/result.h"
#include "session/session.h"

namespace remit::daemon {

// Root may always: it could do it anyway. Anybody else has to be of `by` ("group:NAME", "user:NAME"; empty: whoever got here), and not who
// started the session, unless its policy says self_approve.
Result<void> may_approve(const session::Session& session, const std::string& by, const session::Actor& actor);

// A session below another has what is passed on to it: nobody gives it more.
Result<void> may_be_given(const session::Session& session);

}  // namespace remit::daemon
