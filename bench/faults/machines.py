"""Machines that are network namespaces of this one: on a bridge of their own, each with its address and processes.

Nothing of them reaches the network outside. `Machines.close` ends what they run and takes them away.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PREFIX = "mlg"
NETWORK = "10.77.0"


class Machines:
    """`names` with the last number of their address. Needs root, and Debian's iproute2."""

    def __init__(self, names: Mapping[str, int], folder: Path, user: str) -> None:
        self.names, self.folder, self.user = dict(names), folder, user
        self.switch = f"{PREFIX}-switch"

    def __enter__(self) -> "Machines":
        self.close()
        _ip("netns", "add", self.switch)
        _ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", self.switch, "link", "set", "bridge", "up")
        for name, number in self.names.items():
            space = self.space(name)
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
            _ip("-n", space, "link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", self.switch)
            _ip("-n", self.switch, "link", "set", name, "master", "bridge", "up")
            _ip("-n", space, "address", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        known = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
        spaces = [space for space in known if space.startswith(f"{PREFIX}-")]
        for space in spaces:
            self._end(space, signal.SIGTERM)
        time.sleep(1 if spaces else 0)
        for space in spaces:
            self._end(space, signal.SIGKILL)
            _ip("netns", "delete", space)

    def space(self, name: str) -> str:
        return f"{PREFIX}-{name}"

    def address(self, name: str) -> str:
        return f"{NETWORK}.{self.names[name]}"

    def start(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, root: bool = False
    ) -> subprocess.Popen[bytes]:
        """Run a command on a machine, as the unprivileged user unless `root`; what it says is in `<name>.log`."""
        words = self._words(name, command, root=root)
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=dict(env or _plain()), cwd=self.folder,
                start_new_session=True,
            )  # fmt: skip

    def run(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, root: bool = False,
        seconds: float = 600,
    ) -> str:  # fmt: skip
        """Run a command on a machine to its end; what it writes. Raises RuntimeError with its words when it fails."""
        done = subprocess.run(
            self._words(name, command, root=root), capture_output=True, text=True, env=dict(env or _plain()),
            cwd=self.folder, timeout=seconds, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{name}: {command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def _words(self, name: str, command: Sequence[str | Path], *, root: bool) -> list[str]:
        words = ["ip", "netns", "exec", self.space(name)]
        if not root:
            who = pwd.getpwnam(self.user)
            words += ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
        return words + [str(word) for word in command]

    def die(self, name: str) -> None:
        """The machine loses its network and all its processes, at once and without a word."""
        _ip("-n", self.switch, "link", "set", name, "down")
        for _turn in range(3):
            self._end(self.space(name), signal.SIGKILL)

    def back(self, name: str) -> None:
        """The machine has its network again; what runs on it is started by `start`."""
        _ip("-n", self.switch, "link", "set", name, "up")

    def cut(self, one: str, other: str, *, whole: bool) -> None:
        """Cut (or, `whole`, mend) the network between two machines; each still reaches the others."""
        for here, there in ((one, other), (other, one)):
            action = "del" if whole else "add"
            _ip("-n", self.space(here), "route", action, "blackhole", f"{self.address(there)}/32")

    def _end(self, space: str, number: signal.Signals) -> None:
        pids = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False).stdout
        for pid in pids.split():
            try:
                os.kill(int(pid), number)
            except ProcessLookupError:
                continue


def needed() -> str:
    """What is missing on this machine, as a sentence; empty when nothing is."""
    if os.geteuid() != 0:
        return "Network namespaces are made by root: run it as root, on a machine that may be disturbed."
    tools = {
        "ip": "iproute2",
        "setpriv": "util-linux",
        "etcd": "etcd-server",
        "haproxy": "haproxy",
        "pgbouncer": "pgbouncer",
    }
    missing = sorted({package for tool, package in tools.items() if shutil.which(tool) is None})
    if missing:
        return f"Debian's packages are missing: apt-get install --no-install-recommends {' '.join(missing)}"
    return ""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _plain() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
