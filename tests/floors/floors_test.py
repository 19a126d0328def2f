#!/usr/bin/env python3
"""Proves from the #includes that arrows between the folders of userspace/ and bpf/ point down only, and that each rule bites."""
import pathlib
import re
import tempfile
import unittest

# What each floor may use beside itself.
USERSPACE = {
    "base": {"abi"},
    "policy": {"abi", "base"},
    "kernel": {"abi", "base"},
    "session": {"abi", "base", "policy", "kernel"},
    "trail": {"abi", "base"},
    "names": {"base"},
    "api": {"abi", "base"},
    "daemon": {"abi", "base", "policy", "kernel", "session", "trail", "names", "api"},
    "cli": {"abi", "base", "policy", "kernel", "session", "trail", "api"},
}
BPF = {"abi": set(), "lib": {"abi"}, "hooks": {"abi", "lib"}, "": {"abi", "lib", "hooks"}}
# Headers that only the named place may include.
ONLY_IN = {
    r"bpf/.*": r"userspace/kernel/|bpf/",
    r"remit\.skel\.h": r"userspace/kernel/",
    r"spdlog/.*": r"userspace/base/log\.cc",
    r"abi/verdict\.h": r"userspace/policy/rules\.h",
    r"kernel/(?!kernel\.h).*": r"userspace/kernel/",
}
EXCEPTIONS = {("bpf/abi/policy.h", "bpf/lib/kernel.h")}  # the fixed-width types, on the BPF side


def floor_of(path):
    return path.parts[1] if len(path.parts) > 2 else ""


def resolve(root, path, header):
    """The file of the tree that the include means, relative to root, or None for a system's header."""
    for folder in (path.parent, pathlib.Path("userspace"), pathlib.Path("bpf"), pathlib.Path(".")):
        found = (root / folder / header.replace(".pb.h", ".proto")).resolve()
        if found.is_file() and root in found.parents:
            return found.relative_to(root)
    return None


def target_floor(target):
    return "policy" if target.parts[:2] == ("policy", "v1") else floor_of(target)


def violations(root):
    root = pathlib.Path(root).resolve()
    found, arrows = [], {}
    for file in sorted(p for top in ("userspace", "bpf") for p in (root / top).rglob("*") if p.suffix in (".h", ".cc", ".c")):
        path = file.relative_to(root)
        allowed = (USERSPACE if path.parts[0] == "userspace" else BPF).get(floor_of(path))
        for header in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', file.read_text(), re.M):
            for only, place in ONLY_IN.items():
                if re.fullmatch(only, header) and not re.match(place, str(path)):
                    found.append(f"{path} includes {header}, which belongs to {place}")
            target = resolve(root, path, header)
            if target is None or (str(path), str(target)) in EXCEPTIONS:
                continue
            arrows.setdefault(path, set()).add(target)
            if allowed is None:
                found.append(f"{path}: its folder has no floor; name it in tests/floors/floors_test.py")
            elif target_floor(target) not in allowed | {floor_of(path)}:
                found.append(f"{path} includes {target}: an arrow that does not point down")
    return found + cycles(arrows)


def cycles(arrows):
    done, found = set(), []

    def visit(path, trail):
        if path in trail:
            found.append("a cycle of includes: " + " -> ".join(map(str, trail[trail.index(path):] + [path])))
        elif path not in done:
            for target in sorted(arrows.get(path, ())):
                visit(target, trail + [path])
            done.add(path)

    for path in sorted(arrows):
        visit(path, [])
    return found


class Floors(unittest.TestCase):
    def test_the_tree_has_no_arrow_up(self):
        self.assertEqual(violations(pathlib.Path(__file__).parents[2]), [])

    def test_every_rule_bites(self):
        good = {"userspace/base/a.h": "", "userspace/session/a.h": "", "userspace/cli/a.h": "", "userspace/kernel/a.h": "",
                "userspace/api/control.proto": "", "bpf/abi/event.h": "", "bpf/lib/a.h": "", "bpf/hooks/a.h": ""}
        cases = {
            "userspace/base/b.cc": "session/a.h", "userspace/policy/b.cc": "session/a.h", "userspace/trail/b.cc": "session/a.h",
            "userspace/session/b.cc": "userspace/api/control.pb.h", "userspace/daemon/b.cc": "cli/a.h",
            "userspace/cli/b.cc": "kernel/a.h", "userspace/unnamed/b.cc": "base/a.h", "userspace/session/c.cc": "bpf/libbpf.h",
            "userspace/daemon/c.cc": "spdlog/spdlog.h", "userspace/cli/c.cc": "remit.skel.h", "userspace/daemon/d.cc": "lib/a.h",
            "userspace/session/d.cc": "abi/verdict.h", "bpf/lib/b.h": "../hooks/a.h", "bpf/abi/b.h": "../lib/a.h",
            "userspace/base/self.h": "base/self.h",
        }
        for path, header in cases.items():
            with self.subTest(path=path), tempfile.TemporaryDirectory() as root:
                for name, text in {**good, path: f'#include "{header}"\n'}.items():
                    file = pathlib.Path(root, name)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
                self.assertEqual(len(violations(root)), 1, violations(root))


if __name__ == "__main__":
    unittest.main()
