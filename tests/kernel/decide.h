/* What tests/kernel/decide.bpf.c is asked, and answers. */
#ifndef REMIT_TESTS_KERNEL_DECIDE_H
#define REMIT_TESTS_KERNEL_DECIDE_H

#include "abi/policy.h"

enum remit_decide_about { REMIT_ABOUT_PROGRAM, REMIT_ABOUT_ENDPOINT, REMIT_ABOUT_LISTENER, REMIT_ABOUT_UNIX };

struct remit_decide_case {
    __u64 now_ns;               /* boot time */
    struct remit_file file;     /* of a program */
    struct remit_unix_key name; /* of a unix socket */
    __u8 address[16];
    __u16 port; /* host order */
    __u16 protocol;
    __u32 about; /* enum remit_decide_about */
    __u32 slot;
    __u32 again; /* judged again: takes nothing */
    /* Answered. */
    struct remit_verdict verdict;
    __u32 found; /* the session is there */
    __u32 passes;
};

#endif
