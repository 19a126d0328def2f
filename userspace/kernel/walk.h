// Runs a BPF iterator to its end. For kernel/ only.
#pragma once

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace remit::kernel {

// What the program of an iterator's link writes: one Item after the other. what: for the error.
template <typename Item>
Result<std::vector<Item>> walk(int link_fd, const char* what) {
    const Fd iterator(bpf_iter_create(link_fd));
    if (!iterator) return errno_error("walk", what);
    std::vector<Item> items;
    std::vector<char> buffer(128 * sizeof(Item));
    size_t held = 0;
    for (;;) {
        const ssize_t size = read(iterator.get(), buffer.data() + held, buffer.size() - held);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (size < 0) return errno_error("read", what);
        if (size == 0) return items;
        held += static_cast<size_t>(size);
        const size_t whole = held / sizeof(Item);
        const size_t before = items.size();
        items.resize(before + whole);
        std::memcpy(items.data() + before, buffer.data(), whole * sizeof(Item));
        held -= whole * sizeof(Item);
        std::memmove(buffer.data(), buffer.data() + whole * sizeof(Item), held);
    }
}

}  // namespace remit::kernel
