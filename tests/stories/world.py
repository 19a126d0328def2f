"""A Remit of its own for stories: a daemon with private folders, cgroup and bpffs, and HTTP servers on loopback addresses that stand for a
company's services. Everything is taken away on exit, whatever happens, but the trail where it is to be kept. Import it after
enter_namespace()."""

import contextlib
import http.server
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse


def enter_namespace(*further):
    """Runs the calling script again in a mount namespace of its own, so that the pins in its bpffs die with it; further: options of
    unshare(1) for others."""
    if os.environ.get("REMIT_STORY_NAMESPACE") == str(os.getppid()):
        return
    os.environ["REMIT_STORY_NAMESPACE"] = str(os.getpid())
    child = subprocess.Popen(["unshare", "--mount", "--propagation", "private", *further, sys.executable, *sys.argv])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: child.send_signal(received))
    sys.exit(child.wait() if child.wait() >= 0 else 128 - child.returncode)


def cgroup2_mount():
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, kind = line.partition(" - ")
        if kind.split()[0] == "cgroup2":
            return pathlib.Path(mount.split()[4])
    raise SystemExit("no cgroup v2 hierarchy is mounted: mount -t cgroup2 none /sys/fs/cgroup")


class Failed(Exception):
    pass


class World:
    """Folders, daemon and servers of one story. Use as a context manager."""

    def __init__(self, build, keep_trail=False, daemon_options=()):
        self.keep_trail = keep_trail
        self.daemon_options = daemon_options
        self.bin = pathlib.Path(build).resolve() / "bin"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="remit-story-"))
        self.cgroup = cgroup2_mount() / self.folder.name
        self.run_dir = self.folder / "run"
        self.trail = self.folder / "log" / "trail"
        self.daemon = None
        self.servers = []
        self.log = None

    def __enter__(self):
        self.cgroup.mkdir()
        for name in ("bpf", "run", "state", "log", "home", "work"):
            (self.folder / name).mkdir()
        subprocess.run(["mount", "-t", "bpf", "bpf", self.folder / "bpf"], check=True)
        self.log = open(self.folder / "remitd.log", "ab")
        try:
            self.start_daemon()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(10)
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for folder in sorted(self.cgroup.rglob("*"), reverse=True):
            if folder.is_dir():
                remove_cgroup(folder)
        remove_cgroup(self.cgroup)
        subprocess.run([self.bin / "remit", "off", "--bpffs", self.folder / "bpf" / "remit"], capture_output=True, check=False)
        subprocess.run(["umount", self.folder / "bpf"], check=False)
        self.log.close()
        gone = [self.folder / name for name in ("bpf", "run", "state", "home", "work")] if self.keep_trail else [self.folder]
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)

    def start_daemon(self, *options, program="remitd"):
        self.daemon = subprocess.Popen(
            [self.bin / program, "--run-dir", self.run_dir, "--state-dir", self.folder / "state", "--log-dir", self.folder / "log",
             "--cgroup-root", self.cgroup, "--bpffs", self.folder / "bpf" / "remit", "--foreground", *self.daemon_options, *options],
            stdout=self.log, stderr=self.log)
        wait_until("the daemon answers", lambda: self.daemon.poll() is not None or self.remit("status", check=False).returncode == 0, 60)
        if self.daemon.poll() is not None:
            raise Failed(f"remitd ended with {self.daemon.returncode}:\n" + (self.folder / "remitd.log").read_text()[-3000:])

    def command(self, *arguments):
        return [str(self.bin / "remit"), "--run-dir", str(self.run_dir), *map(str, arguments)]

    def remit(self, *arguments, check=True):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, timeout=120)
        if check and done.returncode != 0:
            raise Failed(f"remit {' '.join(map(str, arguments))} gave {done.returncode}: {done.stderr.strip()}")
        return done

    def json(self, *arguments):
        return json.loads(self.remit(*arguments, "--json").stdout)

    def environment(self):
        """What an agent gets: a home of its own and git without the machine's settings."""
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder / "home"), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_AUTHOR_NAME": "agent", "GIT_AUTHOR_EMAIL": "agent@corp.example", "GIT_COMMITTER_NAME": "agent",
                "GIT_COMMITTER_EMAIL": "agent@corp.example", "REMIT_RUN_DIR": str(self.run_dir)}

    def records(self, **wanted):
        """The trail's records whose keys have these values."""
        found = []
        for segment in sorted(self.trail.glob("*.jsonl")):
            for line in segment.read_text().splitlines():
                record = json.loads(line)
                if all(record.get(key) == value for key, value in wanted.items()):
                    found.append(record)
        return found

    def serve(self, address, port, handler):
        server = http.server.ThreadingHTTPServer((address, port), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)
        return server


def remove_cgroup(folder):
    with contextlib.suppress(OSError):
        (folder / "cgroup.kill").write_text("1")
    with contextlib.suppress(OSError, Failed):
        wait_until("the cgroup is empty", lambda: "populated 0" in (folder / "cgroup.events").read_text(), 5)
        folder.rmdir()


def wait_until(what, condition, seconds):
    """Waits for a condition that has no descriptor to wait on; looks every 20 ms."""
    end = time.monotonic() + seconds * int(os.environ.get("REMIT_DEADLINE_SLACK", "1"))
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"gave up waiting until {what}")
        select.select([], [], [], 0.02)


class Service(http.server.BaseHTTPRequestHandler):
    """A company service that says yes to everything, and counts what it sent."""

    protocol_version = "HTTP/1.1"
    says = "ok"
    sent = 0

    def log_message(self, *_):
        pass

    def answer(self, body, kind="text/plain"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/endless":
            self.stream()
        else:
            self.answer(f"{self.says}\n".encode())

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(f"{self.says}\n".encode())

    def stream(self):
        """Bytes without end, until the connection is cut."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"x" * 65536)
                type(self).sent += 65536
        self.close_connection = True


def service(says):
    return type("Service", (Service,), {"says": says})


def git_host(repositories):
    """git's smart HTTP protocol by git's own CGI program, as a real git host runs it."""

    class GitHost(Service):
        def do_GET(self):
            self.run_backend(b"") if ".git/" in self.path else super().do_GET()

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.run_backend(body)

        def run_backend(self, body):
            url = urllib.parse.urlsplit(self.path)
            done = subprocess.run(
                ["git", "http-backend"], input=body, capture_output=True, check=False,
                env={"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(repositories), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": url.path,
                     "QUERY_STRING": url.query, "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                     "CONTENT_LENGTH": str(len(body)), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                     "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_USER": "agent", "REMOTE_ADDR": "127.0.0.1"})
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return GitHost
