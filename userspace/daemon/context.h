// The parts of the running daemon that its control server works with. Owned by daemon/service.h; passive.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "daemon/attachments.h"
#include "daemon/lines.h"
#include "daemon/lives.h"
#include "daemon/loop.h"
#include "daemon/policy_loader.h"
#include "daemon/questions.h"
#include "daemon/recorder.h"
#include "daemon/resolver.h"
#include "kernel/kernel.h"
#include "session/lifecycle.h"
#include "trail/writer.h"

namespace remit::daemon {

struct Context {
    Loop& loop;
    kernel::Kernel& kernel;
    session::Lifecycle& sessions;
    Recorder& recorder;
    Questions& questions;
    Lines& lines;
    Lives& lives;
    Resolver& resolver;
    PolicyLoader& policies;
    Attachments& attachments;
    trail::Writer& writer;
    const Guarantees& guarantees;
    std::function<void()> catch_up;  // what the kernel has told until now is in the trail, and its lines are known here
    std::string cgroup_root;
    std::string run_dir;
    std::string trail_dir;
    uint64_t started_ns = 0;  // boot time
};

}  // namespace remit::daemon
