#include "base/library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace remit {
namespace {

constexpr int kLoaderFailed = 127;

void* or_end(void* found) {
    if (found) return found;
    fprintf(stderr, "%s: error while loading shared libraries: %s\n", program_invocation_short_name, ::dlerror());
    ::_exit(kLoaderFailed);
}

}  // namespace

Library::Library(const char* soname) : handle_(or_end(::dlopen(soname, RTLD_NOW | RTLD_LOCAL))) {}

Library::Symbol Library::find(const char* symbol) const {
    return {or_end(::dlsym(handle_, symbol))};
}

}  // namespace remit
