/* One request through io_uring, without a library. */
#ifndef URING_H
#define URING_H

#include <linux/io_uring.h>
#include <sys/mman.h>

#include "probe.h"

struct ring {
    int fd;
    struct io_uring_sqe* entries;
    char* base; /* both queues: IORING_FEAT_SINGLE_MMAP is older than every kernel here */
    struct io_uring_params set;
};

PROBE_UNUSED struct ring make_ring(unsigned flags) {
    struct ring ring = {.set = {.flags = flags, .sq_thread_idle = 1000}};

    ring.fd = syscall(SYS_io_uring_setup, 4, &ring.set);
    if (ring.fd < 0 && errno == ENOSYS) not_here("io_uring");
    must(ring.fd, "io_uring_setup");
    size_t results = ring.set.cq_off.cqes + ring.set.cq_entries * sizeof(struct io_uring_cqe);
    size_t requests = ring.set.sq_off.array + ring.set.sq_entries * sizeof(unsigned);
    ring.base =
        mmap(NULL, results > requests ? results : requests, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, IORING_OFF_SQ_RING);
    ring.entries = mmap(NULL, 4 * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQES);
    if (ring.base == MAP_FAILED || (void*)ring.entries == MAP_FAILED) cannot("map the rings");
    return ring;
}

/* Waits for the request's result; negative: -errno. */
PROBE_UNUSED int submit(struct ring* ring, const struct io_uring_sqe* request) {
    unsigned* tail = (void*)(ring->base + ring->set.sq_off.tail);
    unsigned mask = *(unsigned*)(ring->base + ring->set.sq_off.ring_mask);
    unsigned* array = (void*)(ring->base + ring->set.sq_off.array);
    unsigned* head = (void*)(ring->base + ring->set.cq_off.head);
    unsigned* done = (void*)(ring->base + ring->set.cq_off.tail);
    struct io_uring_cqe* results = (void*)(ring->base + ring->set.cq_off.cqes);
    unsigned polled = ring->set.flags & IORING_SETUP_SQPOLL;

    ring->entries[*tail & mask] = *request;
    array[*tail & mask] = *tail & mask;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    for (int waited = 0; waited < patience_ms() && *head == __atomic_load_n(done, __ATOMIC_ACQUIRE); waited += 10) {
        if (!waited && syscall(SYS_io_uring_enter, ring->fd, !polled, 0, polled ? IORING_ENTER_SQ_WAKEUP : 0, NULL, 0) < 0)
            failed("io_uring_enter");
        poll(NULL, 0, waited ? 10 : 1);
    }
    if (*head == __atomic_load_n(done, __ATOMIC_ACQUIRE)) exit(REFUSED); /* held: no answer in time */
    int result = results[*head & *(unsigned*)(ring->base + ring->set.cq_off.ring_mask)].res;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return result;
}

PROBE_UNUSED int submitted(struct ring* ring, const struct io_uring_sqe* request, const char* step) {
    int result = submit(ring, request);

    errno = result < 0 ? -result : 0;
    if (errno == EINVAL || errno == EOPNOTSUPP) not_here(step);
    return must(result < 0 ? -1 : result, step);
}

PROBE_UNUSED void ring_connect(struct ring* ring, int fd, const struct address* to, unsigned flags) {
    struct io_uring_sqe request = {
        .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (unsigned long)&to->bytes, .off = to->size, .flags = flags};

    submitted(ring, &request, "connect by io_uring");
}

#endif
