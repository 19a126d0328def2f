"""What the tests of faults share: a world of its own for each test (tests/stories/world.py), sessions that are spoken to line by line, and
a load of crossings with known right answers."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "stories")]

from world import World, enter_namespace, wait_until  # noqa: E402

SCALE = int(os.environ.get("REMIT_COUNT_SCALE", "1"))
SLACK = int(os.environ.get("REMIT_DEADLINE_SLACK", "1"))
PYTHON = os.path.realpath("/usr/bin/python3")
ALLOWED, REFUSED = "127.0.30.1", "127.0.31.1"


def policy(*more, lifetime="1h", on_audit_failure="REFUSE", name="fault"):
    return f"""
name: "{name}"  version: "1"  lifetime: "{lifetime}"  on_audit_failure: {on_audit_failure}
tool {{ name: "shell" program {{ path: "/usr/bin/*" }} }}
tool {{ name: "made" program {{ path: "/opt/remit-fault/**" }} }}
tool {{ name: "secret" program {{ path: "/usr/bin/id" }} }}
tool {{ name: "net" endpoint {{ cidr: "127.0.30.0/24" port: "7000-7999" }} }}
grant {{ tool: "shell" }}
grant {{ tool: "made" }}
grant {{ tool: "net" }}
{" ".join(more)}
"""


# Crossings with known right answers: connect and send of datagrams, allowed and refused by turns, each on a fresh socket so that each is
# one. Goes on until COUNT are made, or until the file "stop" is there; says how many it made and how many came out wrong. With a second
# argument each pair of refusals is of another port, so that no two rounds fold in the trail.
CROSSER = f"""
import os, socket, sys
count, made, wrong = int(sys.argv[1]), 0, 0
def attempt(address, port, connects):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.connect((address, port)) if connects else s.sendto(b"x", (address, port))
        return True
    except PermissionError:
        return False
    finally:
        s.close()
while (made < count if count else not os.path.exists("stop")):
    other = 10000 + made // 4 if len(sys.argv) > 2 else 7001
    for connects in (True, False):
        for address, port, right in (("{ALLOWED}", 7001, True), ("{REFUSED}", other, False)):
            wrong += attempt(address, port, connects) != right
            made += 1
print("made", made, "wrong", wrong, flush=True)
sys.exit(wrong != 0)
"""


class Fault(unittest.TestCase):
    """A world for each test; sessions have the test's name where they are given none."""

    build = None
    options = ()

    def setUp(self):
        self.name = self.id().rsplit(".", 1)[1]
        self.world = World(Fault.build)
        self.world.__enter__()
        self.addCleanup(self.world.__exit__)
        self.made = pathlib.Path("/opt/remit-fault")
        shutil.rmtree(self.made, ignore_errors=True)
        self.made.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, self.made, ignore_errors=True)
        self.home = self.world.folder / "home"
        (self.home / "crosser.py").write_text(CROSSER)

    def write_policy(self, text=None, name="fault.textproto"):
        """At once: a session that was started just now may be reading it."""
        path = self.world.folder / name
        new = self.world.folder / f"{name}.new"
        new.write_text(text or policy())
        return new.replace(path)

    def start_session(self, *command, path=None, name=None, options=()):
        """A session whose command reads lines from us and writes lines to us."""
        session = subprocess.Popen(self.world.command("run", "--policy", path or self.write_policy(), "--name", name or self.name, *options,
                                                      "--", *command),
                                   text=True, bufsize=1, env=self.world.environment(), cwd=self.home, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end_session, session)
        return session

    def end_session(self, session):
        for stream in (session.stdin, session.stdout, session.stderr):
            stream.close()
        if session.poll() is None:
            session.kill()
        session.wait(30)

    def say(self, session, line):
        """One command to a shell in the session; returns its exit status."""
        session.stdin.write(f"{line}\necho status $?\n")
        while True:
            answer = session.stdout.readline()
            self.assertNotEqual(answer, "", "the session ended: " + (session.stderr.read() if session.poll() is not None else ""))
            if answer.startswith("status "):
                return int(answer.split()[1])

    def start_crossers(self, count, processes=2):
        """Sessions that make `count` crossings each; 0: until stop() is called."""
        crossers = [self.start_session(PYTHON, "crosser.py", str(count), name=f"crosser{n}") for n in range(processes)]
        if count == 0:
            wait_until("the load runs", lambda: self.crossings_of("crosser0"), 60)
        return crossers

    def end_crossers(self, crossers, stop=True):
        """How many crossings they made; none came out wrong."""
        if stop:
            (self.home / "stop").touch()
        made = []
        for crosser in crossers:
            said = crosser.stdout.readline().split()
            self.assertEqual(said[2:], ["wrong", "0"], said)
            self.assertEqual(crosser.wait(60), 0)
            made.append(int(said[1]))
        return made

    def crossings_of(self, name, *kinds):
        """Final crossings of a session that the trail tells of; kinds: only these."""
        return sum(r["count"] for r in self.world.records(kind="crossing") if r["session"].get("name") == name and r["effect"] != "held"
                   and (not kinds or r["crossing"] in kinds))

    def gaps(self):
        return sum(r["count"] for r in self.world.records(kind="audit_gap"))

    def install(self, name):
        shutil.copy("/usr/bin/true", self.made / name)
        return str(self.made / name)

    def can_reach(self, session, address):
        return self.say(session, f"{PYTHON} -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect((\"{address}\", 7001))' "
                        "2>/dev/null") == 0

    def assert_decides_as_before(self, session):
        """Known programs and endpoints go on, what is refused stays so."""
        self.assertEqual(self.say(session, "/usr/bin/true"), 0)
        self.assertNotEqual(self.say(session, "/usr/bin/id >/dev/null 2>&1"), 0)
        self.assertTrue(self.can_reach(session, ALLOWED))
        self.assertFalse(self.can_reach(session, REFUSED))

    def assert_trail_is_whole(self):
        verified = self.world.remit("trail", "verify", self.world.trail, check=False)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        checked = subprocess.run([sys.executable, HERE.parent / "stories" / "check_trail", self.world.trail], capture_output=True, text=True,
                                 check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def assert_all_is_in_the_trail(self):
        """What a killed daemon had read and not written, and what a full disk did not take: exactly that stands in the trail as gaps."""
        def accounted():
            return sum(r["count"] for r in self.world.records(kind="crossing") if r["effect"] != "held") + self.gaps()
        wait_until("the trail accounts for every crossing", lambda: accounted() == int(self.world.json("status")["crossings"]), 60)
        self.assert_trail_is_whole()

    def log(self):
        return (self.world.folder / "remitd.log").read_text()

    def kill_daemon(self):
        self.world.daemon.kill()
        self.world.daemon.wait()


def main():
    enter_namespace()
    Fault.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
