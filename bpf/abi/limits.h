/* Every bound of the kernel side, with its reason. Included by bpf/, userspace/ and the fuzzers; no bare numbers elsewhere. */
#ifndef REMIT_ABI_LIMITS_H
#define REMIT_ABI_LIMITS_H

/* Changes with every change of a struct in abi/; pins of another version are not adopted. */
#define REMIT_ABI_VERSION 2

/* Slots of the sessions table; slot 0 is never used, so that a zeroed stamp names no session. */
#define REMIT_MAX_SESSIONS 16384
/* Tools of one policy; a toolset is four words, so that deciding is a few word operations. */
#define REMIT_MAX_TOOLS 256
#define REMIT_TOOL_WORDS (REMIT_MAX_TOOLS / 64)
/* Marks are what a session has seen: its policy's tools, then its labels. One further word holds the labels. */
#define REMIT_MAX_LABELS 64
#define REMIT_MARK_WORDS (REMIT_TOOL_WORDS + REMIT_MAX_LABELS / 64)
#define REMIT_FIRST_LABEL REMIT_MAX_TOOLS
/* POLICY.md: at most 8 grants a tool, tried in order. */
#define REMIT_MAX_GRANTS_PER_TOOL 8
/* Denies of one policy; scanned only when a tool that some deny names covers the object. */
#define REMIT_MAX_DENIES 64
/* Tied most specific tools of one object with conditional grants; policy check refuses more. Bounds the kernel's loop. */
#define REMIT_MAX_TIED 8

/* Map sizes. All of them but the arrays grow on demand (BPF_F_NO_PREALLOC), so a large bound costs nothing. */
#define REMIT_MAX_TABLES 32768
#define REMIT_MAX_ZONES 1048576
#define REMIT_MAX_PORTS 4194304
#define REMIT_MAX_PROGRAMS 1048576
#define REMIT_MAX_RULES 1048576
#define REMIT_MAX_UNIX 262144
#define REMIT_MAX_FAMILIES 65536
#define REMIT_MAX_GUARDED 1024
#define REMIT_MAX_ASKED 65536
#define REMIT_MAX_SENT 65536
/* 100,000 records/s of about 300 bytes, drained at least every 100 ms, with a reserve of five drains. */
#define REMIT_RECORDS_BYTES (16 << 20)
/* Questions are rare and small; a ring of their own, so that a flood of records cannot push one out. */
#define REMIT_QUESTIONS_BYTES (1 << 20)

/* Notices (moved tasks, attempts on Remit itself) have a ring of their own for the same reason. */
#define REMIT_NOTICES_BYTES (256 << 10)

/* Different depths of the cgroup tree at which sessions may be bound at one time; each in use costs a task outside a look-up. */
#define REMIT_MAX_BOUND_LEVELS 8
/* Bytes of a program's path in a record, the closing zero included; longer ones are cut and flagged. */
#define REMIT_PATH_BYTES 256
#define REMIT_COMM_BYTES 16
/* unix(7): sun_path, with no zero at its end where it is full or abstract. */
#define REMIT_UNIX_NAME_BYTES 108
/* Folders between a file and the root of its file system that are looked at for a guarded one; what lies deeper is refused. */
#define REMIT_MAX_FOLDERS 32

/* The hold: the first SYN is repeated after one jiffy, doubling; see DESIGN fact 6 for the measured steps. */
#define REMIT_HOLD_QUICK_DROPS 8
#define REMIT_HOLD_SYN_COUNT 127
/* A question that found no answer is asked again after this long, when the crossing is tried again. */
#define REMIT_ASK_AGAIN_NS 1000000000ULL

#define REMIT_NO_TOOL 0xffff
#define REMIT_NO_RULE 0xffff

#endif
