"""The world that the probes try to get out of: a private remitd in a network namespace of its own, programs and servers that no session is
granted, a neighbour, decoys for what must not be destroyed in the unmediated control."""

import contextlib
import ctypes
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / "stories")]

from servers import Servers, start_neighbour  # noqa: E402
from world import World, cgroup2_mount, remove_cgroup, wait_until  # noqa: E402

USER = 65534
CONTROL_GROUP = 4242  # may speak to control.sock; stands for the group `remit`
SCALE = int(os.environ.get("REMIT_COUNT_SCALE", "1"))
MS_MOVE = 8192
STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM

POLICY = """
name: "evasion"  version: "1"  lifetime: "1h"
tool {{ name: "probes" {programs} }} grant {{ tool: "probes" }}
tool {{ name: "shell" program {{ path: "{true}" }} }} grant {{ tool: "shell" }}
tool {{ name: "net" endpoint {{ cidr: "127.0.40.1/32" port: "7000-7001" }} endpoint {{ cidr: "::1/128" port: "7000-7001" }} }}
grant {{ tool: "net" }}
{more}
"""


def sh(*command):
    subprocess.run(command, check=True, capture_output=True)


def leave_chroot():
    """The kernel gives no user namespace to a task in a chroot, and the VM's guest runs in one: its root becomes that of the namespace."""
    inside, folder = os.open("/", os.O_RDONLY), tempfile.mkdtemp(dir="/run")
    os.chroot(folder)
    os.fchdir(inside)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    root = os.readlink(f"/proc/self/fd/{inside}")
    if root == "/":
        return
    os.chdir(root)
    if ctypes.CDLL(None, use_errno=True).mount(root.encode(), b"/", None, MS_MOVE, None) != 0:
        raise OSError(ctypes.get_errno(), "cannot move the root")
    os.chroot(".")
    os.chdir("/")


def enter_namespaces():
    """Runs the script again in mount and network namespaces of its own."""
    if os.environ.get("REMIT_EVASION_NAMESPACE") == str(os.getppid()):
        folder = os.getcwd()
        leave_chroot()
        os.chdir(folder)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and take everything away
        return
    os.environ["REMIT_EVASION_NAMESPACE"] = str(os.getpid())
    child = subprocess.Popen(["unshare", "--mount", "--net", "--propagation", "private", sys.executable, *sys.argv])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: child.send_signal(received))
    sys.exit(child.wait())


def set_up_network():
    sh("ip", "link", "set", "lo", "up")
    for address in ("10.66.0.1/32", "169.254.169.254/32"):
        sh("ip", "address", "add", address, "dev", "lo")
    sh("ip", "-6", "address", "add", "fd66::1/128", "dev", "lo", "nodad")
    sh("ip", "route", "add", "224.0.0.0/4", "dev", "lo")
    for switch, value in (("tcp_fastopen", "3"), ("ping_group_range", "0 2147483647")):
        pathlib.Path("/proc/sys/net/ipv4", switch).write_text(value)
    for device in ("all", "lo"):
        with contextlib.suppress(OSError):
            pathlib.Path("/proc/sys/net/ipv6/conf", device, "seg6_enabled").write_text("1")


class Target(World):
    def __init__(self, build, tier):
        super().__init__(build)
        self.tier = tier
        self.probes = self.bin / "probes"
        self.work = self.folder / "work" / "now"
        self.sessions = {}  # attached: policy text -> (name, cgroup)
        self.children = []
        self.daemon_cgroup = cgroup2_mount() / (self.folder.name + "-daemon")

    def start_daemon(self, *options):
        super().start_daemon(*(options or ("--tier", self.tier)))
        os.chown(self.run_dir / "control.sock", -1, CONTROL_GROUP)
        self.daemon_cgroup.mkdir(exist_ok=True)
        if os.environ.get("REMIT_VM") == "1":
            with contextlib.suppress(OSError):
                (cgroup2_mount() / "cgroup.subtree_control").write_text("+memory")
            subprocess.run(["mount", "-t", "binfmt_misc", "none", "/proc/sys/fs/binfmt_misc"], capture_output=True, check=False)
        (self.daemon_cgroup / "cgroup.procs").write_text(str(self.daemon.pid))

    def __enter__(self):
        self.folder.chmod(0o711)
        set_up_network()
        super().__enter__()
        try:
            self.make_programs()
            self.make_cgroups()
            self.enter_cgroup(self.cgroup / "control")
            self.make_decoys()
            self.start_servers()
            self.words = self.make_words()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.kill()
            child.wait()
        self.enter_cgroup(cgroup2_mount())
        subprocess.run(["umount", self.folder / "decoys" / "bpf"], capture_output=True, check=False)
        super().__exit__()
        remove_cgroup(self.daemon_cgroup)

    def make_programs(self):
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        for name, source in (("victim", self.probes / "victim"), ("linked", "/usr/bin/true"), ("granted", self.probes / "victim")):
            shutil.copy(source, self.programs / name)
        shutil.copy(self.probes / "victim", self.programs / "setid")
        (self.programs / "setid").chmod(0o4755)
        (self.programs / "script").write_text(f"#!{self.programs}/victim\n")
        (self.programs / "script").chmod(0o755)
        pair = [(self.probes / name).read_bytes() for name in ("bystander", "victim")]
        self.pinned, self.unpinned = (content.ljust(max(map(len, pair)) + 8, b"\0") for content in pair)

    def make_cgroups(self):
        """`free` is where a session must not get to; the files that guard a move are everybody's, so that the kernel alone would let it."""
        for name in ("free", "control", "threads", "threads/a", "threads/b"):
            (self.cgroup / name).mkdir()
        for name in ("threads/a", "threads/b"):
            (self.cgroup / name / "cgroup.type").write_text("threaded")
        for folder in (self.cgroup, *self.cgroup.rglob("*")):
            if folder.is_dir():
                self.open_cgroup(folder)

    @staticmethod
    def open_cgroup(folder):
        for name in ("cgroup.procs", "cgroup.threads"):
            (folder / name).chmod(0o666)
        folder.chmod(0o777)

    @staticmethod
    def enter_cgroup(folder):
        """The servers' sockets and the neighbour are below the mediated root, too, as everything is on a real host."""
        (folder / "cgroup.procs").write_text(str(os.getpid()))

    def make_decoys(self):
        self.decoys = self.folder / "decoys"
        (self.decoys / "bpf").mkdir(parents=True)
        sh("mount", "-t", "bpf", "bpf", str(self.decoys / "bpf"))

    def renew_decoys(self):
        with contextlib.suppress(FileExistsError):
            (self.decoys / "bpf" / "pin").mkdir()
        if not os.path.ismount(self.decoys / "bpf"):
            sh("mount", "-t", "bpf", "bpf", str(self.decoys / "bpf"))
            (self.decoys / "bpf" / "pin").mkdir(exist_ok=True)
        (self.decoys / "removed").write_text("x")

    def start_servers(self):
        self.sockets = self.folder / "sockets"
        self.sockets.mkdir()
        self.servers_of_probes = servers = Servers(self.sockets)
        four, six, unix = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX
        for family, address, port, refused in ((four, "127.0.40.1", 7000, False), (four, "127.0.41.1", 7000, True), (six, "::1", 7000, False),
                                               (six, "::1", 7100, True), (four, "127.0.0.1", 7200, True), (four, "10.66.0.1", 7000, True),
                                               (four, "169.254.169.254", 80, True)):
            servers.serve(f"{address}:{port}", family, STREAM, (address, port), refused)
        for family, address, port, refused in ((four, "127.0.40.1", 7001, False), (four, "127.0.41.1", 7001, True), (six, "::1", 7001, False),
                                               (six, "::1", 7101, True), (four, "127.0.41.1", 53, True)):
            servers.serve(f"{address}:{port}", family, DATAGRAM, (address, port), refused)
        self.abstract = f"stranger-{self.folder.name}"
        odd = f"odd\n\x1b[2J{self.folder.name}"
        for name, kind in ((str(self.sockets / "stream"), STREAM), (str(self.sockets / "docker.sock"), STREAM),
                           (str(self.sockets / "system_bus_socket"), STREAM), (str(self.sockets / "seqpacket"), socket.SOCK_SEQPACKET),
                           (str(self.sockets / "datagram"), DATAGRAM), ("\0" + self.abstract, STREAM), ("\0" + odd, STREAM)):
            servers.serve(name, unix, kind, name)
        self.odd = odd
        helper = servers.serve("helper", unix, STREAM, str(self.sockets / "helper"), True,
                               lambda: servers.pass_socket(helper, ("127.0.41.1", 7000)))
        self.borrowed = servers.connected(("127.0.41.1", 7000))
        self.renew_neighbours()

    def renew_neighbours(self):
        """The neighbour may have been moved into a session, and the decoy killed."""
        for child in self.children:
            child.kill()
            child.wait()
        self.neighbour = start_neighbour(USER, self.borrowed)
        self.decoy = start_neighbour(0, self.borrowed)
        self.children = [self.neighbour, self.decoy]

    def renew_work(self):
        """Every run gets a folder of its user's own, with the granted file and another of its size in it."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.work.chmod(0o777)
        for name, content in (("pinned", self.pinned), ("other", self.unpinned)):
            (self.work / name).write_bytes(content)
            (self.work / name).chmod(0o755)
            os.chown(self.work / name, USER, USER)

    def make_words(self):
        loader = next(str(path) for path in map(os.path.realpath, ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"))
                      if os.path.exists(path))
        pins = self.folder / "bpf" / "remit"
        return {
            "victim": self.programs / "victim", "linked": self.programs / "linked", "granted": self.programs / "granted",
            "programs": self.programs, "work": self.work, "true": "/usr/bin/true", "loader": loader, "loader_folder": os.path.dirname(loader),
            "tcp": "127.0.41.1:7000", "tcp_ok": "127.0.40.1:7000", "udp": "127.0.41.1:7001", "udp_ok": "127.0.40.1:7001",
            "other": "127.0.0.1:7400", "sockets": self.sockets, "helper": self.sockets / "helper", "abstract": self.abstract,
            "odd_abstract": self.odd, "free": self.cgroup / "free", "threaded": self.cgroup / "threads" / "b",
            "neighbour_fd": self.borrowed.fileno(), "pinned_hash": hashlib.sha256(self.pinned).hexdigest(), "rounds": max(20, 400 // SCALE), "some": max(20, 200 // SCALE),
            "many": max(50, 2000 // SCALE), "flood": 20000 // SCALE, "decoys": self.decoys, "trail": max(self.trail.glob("*.jsonl")),
            "trail_folder": self.trail, "state": next((p for p in sorted((self.folder / "state").rglob("*")) if p.is_file()), "/nothing"),
            "pin": next(p for p in sorted(pins.rglob("*")) if p.is_file()), "pins": pins, "bpffs": self.folder / "bpf",
            "decoy_bpffs": self.decoys / "bpf", "decoy_pin": self.decoys / "bpf" / "pin", "daemon_cgroup": self.daemon_cgroup,
            "control": self.run_dir / "control.sock", "sockets_folder": self.sockets,
        }

    def current_words(self):
        return {**self.words, "daemon": self.daemon.pid, "neighbour": self.neighbour.pid, "decoy": self.decoy.pid}

    def policy(self, more):
        names = sorted(p.name for p in self.probes.iterdir() if p.name not in ("victim", "bystander"))
        programs = " ".join(f'program {{ path: "{self.probes}/{name}" }}' for name in names)
        text = POLICY.format(programs=programs, true="/usr/bin/true", more=more.format(**self.words))
        path = self.folder / f"policy-{hashlib.sha256(text.encode()).hexdigest()[:12]}.textproto"
        path.write_text(text)
        return path

    def attached(self, path):
        """A session that is attached to a cgroup, one for each policy; the cgroup is everybody's."""
        if path not in self.sessions:
            name = f"attached{len(self.sessions)}"
            folder = self.cgroup / name
            folder.mkdir(exist_ok=True)
            self.remit("attach", "--policy", path, "--name", name, "--cgroup", folder)
            self.open_cgroup(folder)
            self.sessions[path] = (name, folder)
        return self.sessions[path]

    def wait_for_records(self, condition, seconds):
        with contextlib.suppress(Exception):
            wait_until("the trail has the record", condition, seconds / int(os.environ.get("REMIT_DEADLINE_SLACK", "1")))
        return condition()
