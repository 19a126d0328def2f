"""A story played under the policy that is shipped for it, with the example addresses put in their place on loopback."""

import pathlib
import shutil
import subprocess
import unittest

from world import World, wait_until

TOP = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = TOP / "policy" / "shipped"


def place(world, name, moves):
    """Copies a shipped policy and its imports into the world, with every text of moves replaced; each must be there."""
    text = (SHIPPED / f"{name}.textproto").read_text().split("\nexample {", 1)[0] + "\n"  # examples keep to the shipped addresses
    for old, new in moves.items():
        if old not in text:
            raise AssertionError(f"{name}.textproto has no {old}")
        text = text.replace(old, new)
    shutil.copytree(SHIPPED / "tools", world.folder / "tools", dirs_exist_ok=True)
    path = world.folder / f"{name}.textproto"
    path.write_text(text)
    return path


class ShippedStory(unittest.TestCase):
    """One world a story; a subclass says who the session is for."""

    build = None
    world = None
    who = {"agent": "demo", "on-behalf-of": "requester@corp.example", "purpose": "a story", "task": "T-1"}

    @classmethod
    def setUpClass(cls):
        cls.world = World(cls.build).__enter__()
        cls.addClassCleanup(cls.world.__exit__)

    @classmethod
    def play(cls, policy, name, script, *arguments, meanwhile=lambda: None):
        """Runs a shell script as a session to its end; returns what it printed, both streams in one."""
        claims = [part for key, value in cls.who.items() for part in (f"--{key}", value)]
        agent = subprocess.Popen(
            cls.world.command("run", "--policy", policy, "--name", name, *claims, "--", "/bin/bash", "-c", script, "agent", *arguments),
            cwd=cls.world.folder / "home", env=cls.world.environment(), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        meanwhile()
        said = agent.communicate(timeout=180)[0]
        wait_until("the session's end is recorded", lambda: any(r["session"]["name"] == name for r in cls.ends()), 20)
        return said

    @classmethod
    def ends(cls):
        return cls.world.records(kind="session_end") + cls.world.records(kind="session_revoked")

    def crossings(self, name, **wanted):
        """A session's crossings whose keys, or whose object's keys, have these values."""
        found = []
        for record in self.world.records(kind="crossing"):
            facts = {**record["object"], **record}
            if record["session"].get("name") == name and all(facts.get(key) == value for key, value in wanted.items()):
                found.append(record)
        return found

    def assert_refused(self, name, reason, **wanted):
        found = self.crossings(name, **wanted)
        self.assertTrue(found, wanted)
        self.assertEqual({(record["verdict"], record["reason"]) for record in found}, {("deny", reason)}, wanted)
        self.assertTrue({record["effect"] for record in found} <= {"refused", "killed", "dropped"}, wanted)
        return found

    def assert_allowed(self, name, tool, **wanted):
        found = self.crossings(name, **wanted)
        self.assertTrue(found, wanted)
        self.assertEqual({(record["verdict"], record["effect"], record["tool"]) for record in found}, {("allow", "passed", tool)}, wanted)

    def assert_trail_is_whole(self):
        self.assertEqual(self.world.remit("trail", "verify", self.world.trail, check=False).returncode, 0)
