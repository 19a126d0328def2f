/* Every bound of the kernel side, with its reason. Included by bpf/, userspace/ and the fuzzers; no bare numbers elsewhere. */
#ifndef REMIT_ABI_LIMITS_H
#define REMIT_ABI_LIMITS_H

/* Changes with every change of a struct in abi/; pins of another version are not adopted. */
#define REMIT_ABI_VERSION 6

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

/* Attempts to swap a rate's window against other CPUs; one that loses them all is refused and counted as a fault. Each lost attempt is a
 * crossing that passed meanwhile. */
#define REMIT_RATE_TRIES 16

/* Sessions in one line of delegation, the first included; bounds the kernel's walk to the ancestors. */
#define REMIT_MAX_LINEAGE 8

/* Map sizes. All of them but the arrays grow on demand (BPF_F_NO_PREALLOC), so a large bound costs nothing. */
#define REMIT_MAX_TABLES 32768
#define REMIT_MAX_ZONES 1048576
#define REMIT_MAX_PORTS 4194304
#define REMIT_MAX_PROGRAMS 1048576
#define REMIT_MAX_RULES 1048576
#define REMIT_MAX_NAMES 1048576
/* Endpoints of one policy that one look-up finds again, whatever the number of its rules; and of all policies, 100 MB if all were used. */
#define REMIT_FOUND_PLACE_BITS 10
#define REMIT_MAX_FOUND 524288
#define REMIT_MAX_RESOLVERS 4096
/* Sources of queries that were not read yet or not forgotten; one that finds no room is dropped, and asked again. */
#define REMIT_MAX_ASKERS 65536
#define REMIT_DNS_PORT 53
#define REMIT_MAX_UNIX 262144
#define REMIT_MAX_FAMILIES 65536
#define REMIT_MAX_GUARDED 1024
/* Cgroups that wait for the daemon to say whose they are: moments each, or for as long as it is away. */
#define REMIT_MAX_LIMBO 65536
/* Processes that stopped in limbo, and how long after a cgroup's making one may: then its call is refused. */
#define REMIT_MAX_STOPPED 4096
#define REMIT_LIMBO_STOPS_NS 30000000000ull
#define REMIT_MAX_GLOBS 1024
/* Of what stands before the first `*` of an attach glob. A longer one is cut, which puts more into limbo and never less. */
#define REMIT_PREFIX_BYTES 124
#define REMIT_MAX_EXECUTORS 16
#define REMIT_MAX_ASKED 65536
#define REMIT_MAX_SENT 65536
/* Endpoints of one session whose bytes are told apart; those of further ones are told apart by tool. Packets that a socket gathers before it
 * tells its flow of them: few enough that what is shown is fresh, many enough that a packet does not pay for it. */
#define REMIT_MAX_FLOWS 1048576
#define REMIT_MAX_FLOWS_PER_SESSION 256
#define REMIT_FLOW_PACKETS 64
/* Closed sockets that are remembered, over all sessions: some minutes of a busy host in 3 MB. */
#define REMIT_MAX_CLOSED 16384
/* 100,000 records/s of about 300 bytes, drained at least every 100 ms, with a reserve of five drains. */
#define REMIT_RECORDS_BYTES (16 << 20)
/* Every so many records of a CPU, a power of two, it is looked how full the ring is: far less than the half at which the daemon is woken. */
#define REMIT_RECORDS_A_LOOK 64
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

/* Capabilities (linux/capability.h) that no session may use in the initial user namespace, whoever it runs as: each one acts on the whole
 * host, or reaches past a rule of Remit's. What packages, archives and services of a session need stays: CHOWN, DAC_OVERRIDE, FOWNER,
 * FSETID, KILL, SETGID, SETUID, SETPCAP, SETFCAP, NET_BIND_SERVICE, NET_BROADCAST, IPC_LOCK, SYS_CHROOT, LEASE. */
#define REMIT_CAPABILITY(number) (1ULL << (number))
#define REMIT_CAPABILITY_DAC_READ_SEARCH 2
#define REMIT_CAPABILITY_NET_RAW 13
#define REMIT_CAPABILITY_SYS_RESOURCE 24
#define REMIT_REFUSED_CAPABILITIES                                                                                                        \
	(REMIT_CAPABILITY(2) /* DAC_READ_SEARCH: open_by_handle_at reaches files past every folder; reading goes on by DAC_OVERRIDE */    \
	 | REMIT_CAPABILITY(9) /* LINUX_IMMUTABLE: takes off what an operator nailed down */                                              \
	 | REMIT_CAPABILITY(12) /* NET_ADMIN: routes, packet filters, interfaces, socket marks: the ground that verdicts stand on */      \
	 | REMIT_CAPABILITY(13) /* NET_RAW: forged packets, transparent binding, socket marks; kept where the policy names raw sockets */ \
	 | REMIT_CAPABILITY(15) /* IPC_OWNER: the shared memory of processes outside */                                                   \
	 | REMIT_CAPABILITY(16) /* SYS_MODULE: code in the kernel */                                                                      \
	 | REMIT_CAPABILITY(17) /* SYS_RAWIO: memory and ports of the machine */                                                          \
	 | REMIT_CAPABILITY(19) /* SYS_PTRACE: the memory and descriptors of other users' processes */                                    \
	 | REMIT_CAPABILITY(20) /* SYS_PACCT: the host's process accounting */                                                            \
	 | REMIT_CAPABILITY(21) /* SYS_ADMIN: mounts, namespaces, setns, quotas, seccomp of others … */                                 \
	 | REMIT_CAPABILITY(22) /* SYS_BOOT: reboot, kexec */                                                                             \
	 | REMIT_CAPABILITY(23) /* SYS_NICE: real-time priority starves the daemon; priorities of other users' processes */               \
	 | REMIT_CAPABILITY(24) /* SYS_RESOURCE: past limits and quotas that hold the session */                                          \
	 | REMIT_CAPABILITY(25) /* SYS_TIME: the clock that the trail is dated by */                                                      \
	 | REMIT_CAPABILITY(26) /* SYS_TTY_CONFIG: hangs up other people's terminals */                                                   \
	 | REMIT_CAPABILITY(27) /* MKNOD: a device file of one's own for any disk */                                                      \
	 | REMIT_CAPABILITY(29) /* AUDIT_WRITE: forged lines in the host's audit log */                                                   \
	 | REMIT_CAPABILITY(30) /* AUDIT_CONTROL: the host's audit rules */                                                               \
	 | REMIT_CAPABILITY(32) /* MAC_OVERRIDE: past the host's other security modules */                                                \
	 | REMIT_CAPABILITY(33) /* MAC_ADMIN: their rules */                                                                              \
	 | REMIT_CAPABILITY(34) /* SYSLOG: kernel addresses and the kernel's log */                                                       \
	 | REMIT_CAPABILITY(35) /* WAKE_ALARM: wakes the machine up */                                                                    \
	 | REMIT_CAPABILITY(37) /* AUDIT_READ: what other people's processes do */                                                        \
	 | REMIT_CAPABILITY(38) /* PERFMON: probes and samples of the whole host */                                                       \
	 | REMIT_CAPABILITY(39) /* BPF: programs and maps, Remit's among them */                                                          \
	 | REMIT_CAPABILITY(40) /* CHECKPOINT_RESTORE: forged process ids, /proc/PID/map_files of others */)
/* Of these the kernel asks for in passing, on ordinary work of root: refused without a word. */
#define REMIT_QUIET_CAPABILITIES (REMIT_CAPABILITY(REMIT_CAPABILITY_DAC_READ_SEARCH) | REMIT_CAPABILITY(REMIT_CAPABILITY_SYS_RESOURCE))

#define REMIT_NO_TOOL 0xffff
#define REMIT_NO_RULE 0xffff

#endif
