// A pipe. Usable everywhere.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/result.h"

namespace remit {

// Both ends are closed on exec.
struct Pipe {
    Fd read;
    Fd write;

    static Result<Pipe> make() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("make", "a pipe");
        return Pipe{Fd(ends[0]), Fd(ends[1])};
    }
};

}  // namespace remit
