"""The techniques: what each tries, what is claimed about it (per DESIGN, not per what happens to work), and how its probe is run.

A claim is True, or the reason why the tier does not refuse it. `run` and `attach` are the base tier's two kinds of session. Words in
braces are filled in by the runner (see World of `run`); `control` are the arguments of the unmediated run where they differ, `twin` those
of the allowed twin, which must cross inside the session, too."""

import dataclasses

ROOT = "root inside a session is not contained in the base tier"
SCRIPTS = "the base tier judges the interpreter and only records the script (`scripts: partial`)"
FAMILIES = "attached sessions of the base tier have no filter on socket() (`families: partial`)"
BORROWED = "no hook of the base tier sees a socket or a process that is borrowed from outside"
BEFORE = "in the base tier a socket that was made before the session belongs to the cgroup that made it"
STRICT = "executable mappings are judged in the LSM tier only"
CODE = "an allowed interpreter or multi-call program is arbitrary code"
LOOPBACK = "loopback may always be listened on, and the other server asked to share its port with its own user"
UNIX_OLD = "unix sockets are judged from Linux 6.7 in the base tier; before, only run-sessions refuse to make one"
UNIX_NAMES = "the base tier knows a unix socket by its name alone, which could lead elsewhere a moment later"
MEMORY = "here all lies in memory, where no content can be vouched for: a write through a mapping leaves the times alone"
JIT = "anonymous memory is the process's own"


@dataclasses.dataclass
class Technique:
    name: str
    group: str
    tries: str
    arguments: str = ""
    probe: str = ""
    user: str = "nobody"
    run: object = True
    attach: object = True
    lsm: object = True
    attach_since: tuple = ()  # below this kernel, attach is not claimed: UNIX_OLD
    modes: tuple = ("run", "attach")
    record: tuple = ()  # crossings (or notice kinds) of which one must be in the trail; empty: the refusal leaves none
    filtered: bool = False  # in `remit run` the launcher's filter or the lost capability may refuse: no record, no twin
    more: str = ""  # policy
    control: str = None
    twin: str = None
    vm: bool = False
    destructive: bool = False  # where it is not claimed, it is not run
    stdin: str = ""  # a socket to inherit
    knock: bool = False
    own_listener: bool = False  # another session serves {other}
    allowed: bool = False  # a twin of its own: must cross in the session
    note: str = ""
    disk: bool = False  # asks for the hash of a program that the session can write, which no file system in memory can vouch for

    def claim(self, tier, mode, kernel):
        if tier == "lsm":
            return self.lsm
        if mode == "attach" and self.attach_since and kernel < self.attach_since:
            return UNIX_OLD
        return getattr(self, mode)


TECHNIQUES = []


def group(name, **common):
    def add(technique, tries, arguments="", **more):
        TECHNIQUES.append(Technique(technique, name, tries, arguments, **{**common, "probe": technique, **more}))
    return add


NOTICE = ("task_moved", "touch_refused")
PINNED = 'tool {{ name: "pinned" program {{ path: "{work}/pinned" sha256: "{pinned_hash}" }} writable: true }} grant {{ tool: "pinned" }}'
LOADER = 'tool {{ name: "libraries" program {{ path: "{loader_folder}/*" }} }} grant {{ tool: "libraries" }}'
SCRIPT = 'tool {{ name: "script" program {{ path: "{programs}/script" }} }} grant {{ tool: "script" }}'
HELPER = 'degrade: true tool {{ name: "helper" endpoint {{ unix_path: "{helper}" }} }} grant {{ tool: "helper" }}'
SET_ID = 'tool {{ name: "setid" program {{ path: "{programs}/setid" }} }} grant {{ tool: "setid" }}'
GRANTED = 'tool {{ name: "granted" program {{ path: "{granted}" }} }} grant {{ tool: "granted" }}'
SHELL = 'tool {{ name: "sh" program {{ path: "/usr/bin/*" }} }} grant {{ tool: "sh" }}'
CODE_OF_FILES = "strict_code: true degrade: true " + LOADER
USERNS = "user_namespaces: true degrade: true "

t = group("programs", record=("exec",))
t("exec_plain", "a program that nobody granted (baseline)", "{victim}", twin="{true}")
t("memfd_execveat", "its bytes in anonymous memory, by execveat", "{victim}")
t("memfd_proc_fd", "the same by /proc/self/fd/N", "{victim}")
t("unlinked", "an unlinked copy by execveat", "{victim} {work}")
t("tmpfile", "a file without a name (O_TMPFILE)", "{victim} {work}")
t("loader_program", "`ld.so PROGRAM`", "{loader} {linked}")
t("loader_granted", "the same, where a folder rule covers ld.so", "{loader} {linked}", probe="loader_program", more=LOADER)
t("loader_shebang", "`#!ld.so PROGRAM` in a script", "{work} '{loader} {linked}'", probe="shebang")
t("shebang_refused", "a script whose interpreter is refused", "{work} {victim}", probe="shebang")
t("shebang_unlisted", "an uncovered script of an allowed interpreter", "{work} {true}", probe="shebang", run=SCRIPTS, attach=SCRIPTS)
t("shebang_granted", "a granted script whose interpreter is refused", "{programs}/script", probe="exec_plain", more=SCRIPT)
t("shebang_nested", "a script whose interpreter is a script", "{work} {victim}")
t("shebang_fexecve", "a script by its descriptor", "{work} {victim}")
t("interpreter_c", "`sh -c` of an allowed shell", "/usr/bin/dash -c :", probe="exec_arguments", run=CODE, attach=CODE, lsm=CODE, more=SHELL, record=())
t("applet", "an allowed multi-call program by another name", "{true} {work}", run=CODE, attach=CODE, lsm=CODE, record=())
t("copy", "a copy under another name", "{victim} {work}/copy")
t("copy_of_allowed", "a copy of an allowed program", "{linked} {work}/true", probe="copy")
t("hard_link", "another file linked to the granted name", "{work}", more=PINNED, disk=True)
t("symlink", "the granted name as a symbolic link", "{victim} {work}", more=PINNED, disk=True)
t("rename_over", "another file renamed over the granted one", "{work}", more=PINNED, disk=True)
t("rename_exchange", "RENAME_EXCHANGE with the granted one", "{work}", more=PINNED, disk=True)
t("exchange_loop", "the same in a thread, all the while it is executed", "{work} {rounds}", more=PINNED, disk=True)
t("rewrite_in_place", "content changed after the verdict, size and times kept", "{work}", more=PINNED, disk=True)
t("truncate_rewrite", "truncated and written anew", "{work}", more=PINNED, disk=True)
t("mapped_rewrite", "changed through a mapping, which leaves the times alone", "{work}", more=PINNED, disk=True)
t("rewrite_within_tick", "changed within the tick of its time stamps", "{work} {rounds}", more=PINNED, disk=True)
t("pinned", "the granted content (allowed twin of these)", "{work}/pinned", probe="run_pinned", more=PINNED, disk=True, allowed=True, record=())
t("proc_root", "the path through /proc/self/root", "{victim}")
t("dotdot", "`..` from a granted folder", "{victim}")
t("long_path", "a path of 600 bytes", "{victim} {work} 5")
t("longer_path", "a path of 5,000 bytes", "{victim} {work} 50", probe="long_path", record=("exec", "touch_refused"))
t("bind_mount", "a bind mount over a granted path, in a user namespace", "{victim} {true}", more=USERNS)
t("tmpfs_over", "a new file system over a granted path, in a user namespace", "{victim} /usr/bin {true}", more=USERNS)
t("chroot_userns", "a root of its own in a user namespace", "{victim} {work}", more=USERNS)
t("overlay_userns", "an overlay with a changed copy, in a user namespace", "{victim} {work}", more=USERNS)
t("opath_exec", "by a descriptor opened with O_PATH", "{victim}")
t("thread_exec", "by a second thread", "{victim}")
t("thread_vfork_exec", "by vfork in a second thread", "{victim}")
t("proc_exe", "what a process outside runs, by /proc/PID/exe", "{neighbour}", record=("exec", "touch_refused"))
t("set_id", "a set-user-id program under a folder rule", "{programs}/setid", probe="exec_plain", more=SET_ID)
t("compile_and_run", "an ELF file written and run at once", "{work}/made")
t("int80_exec", "by the 32-bit execve", "{victim}", filtered=True)
t("mmap_exec_file", "a file's code is mapped, not executed", "{work}/code", probe="mmap_exec", more=CODE_OF_FILES, run=STRICT, attach=STRICT, record=NOTICE)
t("mmap_exec_memfd", "the same from a memfd", "memfd", probe="mmap_exec", more=CODE_OF_FILES, run=STRICT, attach=STRICT, record=NOTICE)
t("mprotect_exec", "the same by mprotect", "{work}/code", more=CODE_OF_FILES, run=STRICT, attach=STRICT, record=NOTICE)
t = group("programs", user="root", run=ROOT, attach=ROOT, more=GRANTED, record=NOTICE, filtered=True)
t("write_granted", "root writes to a granted program", "{granted}", probe="write_file")
t("truncate_granted", "root truncates it", "{granted}", probe="truncate_file")
t("rename_granted", "root renames it", "{granted}", probe="rename_file")
t("link_granted", "root gives it another name", "{granted} {programs}/link", probe="link_file")
t("device_node", "root makes a node of a block device", "{work} 254 0", probe="make_device")

t = group("endpoints", record=("connect",))
t("tcp", "a TCP connect (baseline)", "{tcp}", twin="{tcp_ok}")
t("tcp_blocking", "a connect that waits", "{tcp}", twin="{tcp_ok}")
t("tcp6", "over IPv6", "[::1]:7100", probe="tcp", twin="[::1]:7000")
t("tcp_mapped", "IPv4 inside IPv6", "[::ffff:127.0.41.1]:7000", probe="tcp", twin="[::ffff:127.0.40.1]:7000")
t("tcp_any", "0.0.0.0, which is this machine", "0.0.0.0:7200", probe="tcp")
t("tcp_any6", "[::], which is this machine", "[::]:7100", probe="tcp")
t("tcp_off_loopback", "another address of this machine", "10.66.0.1:7000", probe="tcp")
t("other_session", "another session's listener on loopback", "{other}", probe="tcp", own_listener=True)
t("udp_connect", "a UDP connect", "{udp}", twin="{udp_ok}")
t("unspec_then_udp", "allowed connect, AF_UNSPEC, another connect", "{udp_ok} {udp}")
t("unspec_then_tcp", "the same with TCP", "{tcp_ok} {tcp}")
t("tcp_metadata", "the cloud's metadata address", "169.254.169.254:80", probe="tcp")
t("fastopen_sendto", "MSG_FASTOPEN: no connect at all", "{tcp}", record=("connect", "send"), twin="{tcp_ok}")
t("fastopen_connect", "TCP_FASTOPEN_CONNECT", "{tcp}", twin="{tcp_ok}")
t("mptcp", "MPTCP", "{tcp} 262", probe="stream_protocol", record=("socket", "connect"))
t("mptcp_fastopen", "MPTCP with MSG_FASTOPEN", "{tcp} 262", probe="fastopen_sendto", record=("socket", "connect"))
t("uring_connect", "connect by io_uring", "{tcp}", twin="{tcp_ok}", filtered=True)
t("uring_worker_connect", "connect by a worker of io_uring", "{tcp}", twin="{tcp_ok}", filtered=True)
t("uring_sqpoll_connect", "connect by io_uring's polling thread", "{tcp}", twin="{tcp_ok}", filtered=True)
t = group("endpoints", record=("send",))
t("udp_sendto", "an unconnected datagram", "{udp}", twin="{udp_ok}")
t("udp6_sendto", "over IPv6", "[::1]:7101", probe="udp_sendto", twin="[::1]:7001")
t("udp_mapped", "IPv4 inside IPv6", "[::ffff:127.0.41.1]:7001", probe="udp_sendto", twin="[::ffff:127.0.40.1]:7001")
t("udp_sendmsg", "sendmsg", "{udp}", twin="{udp_ok}")
t("udp_sendmmsg", "sendmmsg to several", "{udp_ok} {udp}")
t("udp_elsewhere", "connected to one, sends to another", "{udp_ok} {udp}")
t("unspec_name", "a name of AF_UNSPEC", "{udp}", twin="{udp_ok}")
t("udp_multicast", "multicast", "224.0.0.251:5353", probe="udp_send_only")
t("udp_dns", "a datagram to a name server of its own choice", "127.0.41.1:53", probe="udp_sendto")
t("bind_to_device", "SO_BINDTODEVICE", "{udp} lo", twin="{udp_ok} lo")
t("uring_sendmsg", "sendmsg by io_uring", "{udp}", twin="{udp_ok}", filtered=True)
t("uring_sqpoll_sendmsg", "sendmsg by io_uring's polling thread", "{udp} sqpoll", probe="uring_sendmsg", twin="{udp_ok} sqpoll", filtered=True)
t = group("endpoints")  # egress drops these, and packets are counters, not crossings
t("routing_header", "IPV6_RTHDR on a socket, of type 2", "41 57 0002020100000000fd660000000000000000000000000001 [::1]:7001", probe="route_option")
t("segment_route", "IPV6_RTHDR on a socket, of type 4, and a datagram", "[::1]:7001 [fd66::1]:7101")
t("routing_header_message", "IPV6_RTHDR with one datagram", "[::1]:7001 [fd66::1]:7101")
t("source_route", "root sets IP_OPTIONS with a source route", "0 4 8307047f00290100 {udp_ok}", probe="route_option", user="root")
t("source_route_message", "root sends IP_RETOPTS with one datagram", "{udp_ok} {udp}", user="root")
t = group("endpoints", record=("socket", "connect"))
t("ping", "a ping socket", "2 2 1", probe="family")
t("udplite", "UDP-Lite", "2 2 136", probe="family")
t("sctp", "SCTP", "2 1 132", probe="family")
t("dccp", "DCCP", "2 6 33", probe="family")
t("uring_ping", "a ping socket by io_uring", "2 2 1", probe="uring_socket", filtered=True)
t = group("endpoints", attach=FAMILIES, record=("socket", "connect"), filtered=True)
t("vsock", "AF_VSOCK", "40 1 0", probe="family")
t("netlink_generic", "AF_NETLINK, generic", "16 3 16", probe="family")
t("netlink_audit", "AF_NETLINK, audit", "16 3 9", probe="family")
t("netlink_uevent", "AF_NETLINK, kobject uevents", "16 2 15", probe="family")
t("alg", "AF_ALG", "38 5 0", probe="family")
t("smc", "SMC, which speaks TCP", "{tcp}")
t("tipc", "AF_TIPC", "30 5 0", probe="family")
t("bluetooth", "AF_BLUETOOTH", "31 3 1", probe="family")
t("qrtr", "AF_QIPCRTR", "42 2 0", probe="family")
t("int80_socket", "a netlink socket by the 32-bit call", "")
t("x32_socket", "a netlink socket by the x32 call", "")
t("uring_netlink", "a netlink socket by io_uring", "16 3 16", probe="uring_socket", filtered=True)
t = group("endpoints", user="root", attach=FAMILIES, record=("socket", "connect"), filtered=True)
t("packet", "root opens AF_PACKET and sends a frame", "", probe="packet_send")
t("key", "root opens AF_KEY", "15 3 2", probe="family")
t("xdp", "root opens AF_XDP", "44 3 0", probe="family")
t = group("endpoints", user="root", record=("socket", "connect"))
t("raw", "root opens a raw ICMP socket", "2 3 1", probe="family", filtered=True, record=("socket", "connect", "touch_refused"))
t("raw_udp", "root makes a UDP packet by hand", "{udp}", filtered=True, record=("socket", "connect", "touch_refused"))
t = group("endpoints", user="root", run=ROOT, attach=ROOT, record=NOTICE, filtered=True)
t("transparent", "root sets IP_TRANSPARENT", "0 19 1", probe="socket_option")
t("tcp_repair", "root sets TCP_REPAIR", "6 19 1", probe="socket_option")
t("mark", "root sets SO_MARK, which is Remit's", "1 36 77", probe="socket_option")
t("tun", "root makes a network device", "")
t = group("endpoints", record=("listen",), knock=True)
t("listen_any", "a listener on 0.0.0.0", "0.0.0.0:0", probe="listen_bound")
t("listen_any6", "a listener on [::]", "[::]:0", probe="listen_bound")
t("listen_address", "a listener on another address of the machine", "10.66.0.1:0", probe="listen_bound")
t("listen_unbound", "a listener without a bind", "4", record=())
t("listen_unbound6", "the same over IPv6", "6", probe="listen_unbound", record=())
t("udp_bound", "a UDP socket bound to 0.0.0.0", "0.0.0.0:0", record=())
t = group("endpoints")
t("reuseport", "SO_REUSEPORT on a server of the same user", "127.0.41.1:7300", probe="reuseport_steal", run=LOOPBACK, attach=LOOPBACK, lsm=LOOPBACK)
t("own_tcp", "its own listener on loopback (allowed twin)", "127.0.0.1:0", allowed=True)
t("own_tcp6", "the same over IPv6 (allowed twin)", "[::1]:0", probe="own_tcp", allowed=True)
t = group("endpoints", record=("unix",), attach_since=(6, 7))
t("unix_path", "a stranger's unix socket, by path", "1 {sockets}/stream", probe="unix_connect")
t("unix_abstract", "by abstract name", "1 @{abstract}", probe="unix_connect")
t("unix_seqpacket", "of type SEQPACKET", "5 {sockets}/seqpacket", probe="unix_connect")
t("unix_datagram", "a datagram socket's connect", "2 {sockets}/datagram", probe="unix_connect")
t("unix_sendto", "a datagram without a connect", "{sockets}/datagram")
t("unix_relative", "by a relative path", "1 stream {sockets}", probe="unix_connect")
t("unix_link", "by a symbolic link", "1 {sockets}/stream {work}")
t("unix_proc_root", "through /proc/self/root", "1 /proc/self/root{sockets}/stream", probe="unix_connect")
t("uring_unix", "by io_uring", "{sockets}/stream", filtered=True)
t("broker_docker", "a broker that looks like docker's", "1 {sockets}/docker.sock", probe="unix_connect")
t("broker_bus", "a broker that looks like D-Bus", "1 {sockets}/system_bus_socket", probe="unix_connect")
t("own_unix", "its own unix socket (allowed twin)", "{work}/own", allowed=True, run=UNIX_NAMES, attach=UNIX_NAMES)
t("own_abstract", "its own abstract socket (allowed twin)", "@remit-own-{work}", probe="own_unix", allowed=True, run=UNIX_NAMES,
  attach=UNIX_NAMES)
t = group("endpoints", record=("connect", "send", "touch_refused"))
t("inherited_tcp", "a connected socket from before, as standard input", "0", probe="inherited", stdin="tcp", attach=BEFORE, record=())
t("inherited_udp", "an unconnected one", "0 {udp}", stdin="udp", record=())
t("received", "a connected socket over SCM_RIGHTS", "{helper}", more=HELPER, run=BORROWED, attach=BORROWED)
t = group("endpoints", run=BORROWED, attach=BORROWED, record=NOTICE)
t("pidfd_getfd", "takes a socket of a process outside", "{neighbour} {neighbour_fd}")
t("ptrace", "ptrace of a process outside", "{neighbour}")
t("vm_writev", "process_vm_writev into it", "{neighbour}")
t("proc_mem", "/proc/PID/mem of it", "{neighbour}")

t = group("identity", record=("connect",))
t("setsid", "setsid", "{tcp}")
t("orphan", "double fork and orphaning", "{tcp}")
t("thread", "a second thread", "{tcp}")
t("clone_parent", "a sibling by CLONE_PARENT", "{tcp}")
t("spoofed_name", "comm and argv of remitd", "{tcp}")
t("user_namespace", "a user namespace", "0 {tcp}", probe="namespaces", more=USERNS)
t("cgroup_namespace", "a cgroup namespace", "02000000 {tcp}", probe="namespaces", more=USERNS)
t("pid_namespace", "a pid namespace", "20000000 {tcp}", probe="namespaces", more=USERNS)
t("all_namespaces", "mount, uts, ipc, pid and cgroup namespaces", "2e020000 {tcp}", probe="namespaces", more=USERNS)
t("userns_refused", "a user namespace without `user_namespaces: true`", "0 {tcp}", probe="namespaces", record=())
t("fork_storm", "many processes that connect with their first instructions", "{udp} {many}")
t("cgroup_threads", "a thread to cgroup.threads outside", "{threaded} {tcp}")
t("child_cgroup", "a child cgroup of its own", "{own} {tcp}", control="{free} {tcp}", modes=("attach",))
t = group("identity", record=("task_moved", "connect", "exec"))
t("clone_into_cgroup", "CLONE_INTO_CGROUP outside", "{free} {tcp}", filtered=True)
t("cgroup_procs", "moves itself out by cgroup.procs", "{free} {tcp}")
t("cgroup_exec", "moves itself out, then executes", "{free} {victim}")
t("cgroup_move_child", "moves a child out", "{free} {tcp}")
t("pull_in", "moves a process outside into its session", "{own} {neighbour}", control="{free} {neighbour}", modes=("attach",))
t = group("identity", user="root", record=("connect",))
t("changed_user", "root becomes another user", "1234 {tcp}", run="the launcher drops CAP_SETUID; the identity is held all the same")
t("root_cgroup_procs", "root moves itself out", "{free} {tcp}", probe="cgroup_procs", record=("task_moved", "connect"))

t = group("trail", record=("exec",))
t("name_line_feed", "a program's name that looks like a record", "{victim} {work} 610a7b2276223a312c22736571223a307d0a", probe="odd_name")
t("name_escape", "one with terminal escapes", "{victim} {work} 1b5b324a1b5d303b781b5c", probe="odd_name")
t("name_invalid", "one of invalid UTF-8", "{victim} {work} fffec0af80e28080", probe="odd_name")
t("name_bidi", "one that turns the line round", "{victim} {work} e280ae676e702e6578652e", probe="odd_name")
t("long_argument", "120 KiB of arguments", "{victim}")
t("flood_programs", "a flood of names of a program", "{some} {victim} {work}")
t("odd_comm", "a thread's name with a line feed", "{tcp}", record=("connect",))
t("flood", "a flood of destinations before the one that matters", "{flood} {tcp}", record=("connect",))
t("abstract_odd", "an abstract name with line feeds", "1 @{odd_abstract}", probe="unix_connect", record=("unix",), attach_since=(6, 7))
t = group("trail", user="root", run=ROOT, attach=ROOT, record=NOTICE, filtered=True)
t("trail_write", "root opens the trail for writing", "{trail}", probe="write_file")
t("trail_truncate", "root truncates it", "{trail}", probe="truncate_file")
t("trail_rename", "root renames it", "{trail}", probe="rename_file")
t("trail_folder_rename", "root renames its folder", "{trail_folder}", probe="rename_file")
t("trail_remove", "root removes it", "{trail}", control="{decoys}/removed", probe="remove_file", destructive=True)
t("state_write", "root opens the daemon's state for writing", "{state}", probe="write_file")

t = group("remit", user="root", run=ROOT, attach=ROOT, record=NOTICE, filtered=True, vm=True)
t("clock", "sets the clock", "", probe="clock_back")
t("bpf_map_by_id", "opens a map by its id", "map", probe="bpf_by_id")
t("bpf_prog_by_id", "opens a program by its id", "prog", probe="bpf_by_id")
t("bpf_link_by_id", "opens a link by its id, to detach it", "link", probe="bpf_by_id")
t("bpf_pinned", "opens a pin", "{pin}")
t("bpf_map_create", "makes a map", "", probe="bpf_map")
t("bpf_prog_load", "loads a program", "", probe="bpf_program")
t("pin_unlink", "removes a pin", "{pin}", control="{decoy_pin}", probe="remove_file", destructive=True)
t("pin_rename", "renames a pin", "{pin}", probe="rename_file")
t("bpffs_umount", "unmounts the bpffs", "{bpffs}", control="{decoy_bpffs}", probe="umount", destructive=True)
t("bpffs_cover", "mounts over it", "{pins}", probe="mount_over")
t("bpffs_move", "moves the mount", "{bpffs} {work}", control="{decoy_bpffs} {work}", probe="move_mount", destructive=True)
t("kill_daemon", "SIGKILL to the daemon", "{daemon} 9", control="{decoy} 9", probe="signal", destructive=True)
t("stop_daemon", "SIGSTOP", "{daemon} 19", control="{decoy} 19", probe="signal", destructive=True)
t("pidfd_kill", "SIGKILL by pidfd", "{daemon} 9", control="{decoy} 9", probe="pidfd_signal", destructive=True)
t("ptrace_daemon", "ptrace of the daemon", "{daemon}", probe="ptrace")
t("mem_daemon", "/proc/PID/mem of the daemon", "{daemon}", control="{decoy}", probe="proc_mem", destructive=True)
t("getfd_daemon", "takes a descriptor of the daemon", "{daemon} 3", control="{neighbour} {neighbour_fd}", probe="pidfd_getfd", destructive=True)
t("priority", "setpriority on the daemon", "{daemon}")
t("scheduler", "sched_setscheduler on it", "{daemon}", control="{decoy}", destructive=True)
t("affinity", "sched_setaffinity on it", "{daemon}")
t("limits", "prlimit on it", "{daemon}")
t("io_priority", "ioprio_set on it", "{daemon}")
t("oom_score", "its oom_score_adj", "/proc/{daemon}/oom_score_adj", probe="write_switch")
t("freezer", "the freezer of its cgroup", "{daemon_cgroup}/cgroup.freeze 0", probe="write_switch")
t("kill_cgroup", "cgroup.kill of its cgroup", "{daemon_cgroup}/cgroup.kill 1", control="{free}/cgroup.kill 1", probe="write_switch", destructive=True)
t("memory_limit", "memory.max of its cgroup", "{daemon_cgroup}/memory.max max", probe="write_switch")
t("control_socket", "connects to control.sock", "{control}", probe="unix_open", record=("unix", "touch_refused"))
t("ftrace", "kernel.ftrace_enabled", "/proc/sys/kernel/ftrace_enabled", probe="write_switch")
t("core_pattern", "kernel.core_pattern", "/proc/sys/kernel/core_pattern", probe="write_switch")
t("modprobe_path", "kernel.modprobe", "/proc/sys/kernel/modprobe", probe="write_switch")
t("bpf_stats", "kernel.bpf_stats_enabled", "/proc/sys/kernel/bpf_stats_enabled", probe="write_switch")
t("sysrq", "/proc/sysrq-trigger (help only)", "/proc/sysrq-trigger h", probe="write_switch")
t("tracefs", "tracing_on", "/sys/kernel/tracing/tracing_on", probe="write_switch")
t("uevent_helper", "the kernel's helper for uevents", "/sys/kernel/uevent_helper", probe="write_switch")
t("binfmt", "binfmt_misc", "{victim} {work}", record=NOTICE + ("exec",))
t("load_module", "a module")
t("kexec", "kexec")
t("reboot_switch", "reboot(2)")
t("dev_mem", "/dev/mem", "/dev/mem", probe="open_device")
t("dev_port", "/dev/port", "/dev/port", probe="open_device")
t("enter_mounts", "the mount namespace of the daemon", "{daemon} mnt", probe="enter_namespace")
t("enter_root", "the daemon's root through /proc", "{daemon}")
t("file_handle", "a file by its handle", "{work}", record=())  # a capability that the kernel asks for in passing: refused without a word
t("fanotify", "permission events")
t("accounting", "process accounting", "", probe="process_accounting")
t("io_ports", "ports of the hardware")
t("tracing", "perf events of a whole CPU")
t("kernel_log", "clears the kernel's log")
t = group("remit")
t("keep_own_files", "what a session may do to its own files (allowed twin)", "{work}", allowed=True)
