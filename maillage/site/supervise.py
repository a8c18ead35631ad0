"""Runs a few processes as one: one that ends begins again, a signal ends all, and what they need is watched."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

GRACE_SECONDS = 15
TICK = 0.1
FIRST_WAIT, LONGEST_WAIT = 0.1, 15.0  # seconds before one that ended begins again: doubled while it does not last
LASTED = 10.0  # seconds that one must live to count as having worked
FIRST_TRIES = 5  # one that never worked is wrongly configured: give up
_PR_SET_PDEATHSIG = 1


@dataclass
class _Child:
    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    failures: int = 0
    worked: bool = False
    codes: list[int] = field(default_factory=list)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which stops them in order.
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            env={**os.environ, **self.env},
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.started = time.monotonic()

    def look(self) -> bool:
        """Begin again when it ended and its wait is over. False when it never worked and is not worth another try."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.again_at:
                self.start()
            return True
        code = self.process.poll()
        if code is None:
            if now - self.started > LASTED:
                self.failures, self.worked = 0, True
            return True
        self.failures += 1
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (self.failures - 1))
        self.process, self.again_at = None, now + wait
        sys.stderr.write(f"✗ {self.name} ended ({_said(code)}); it begins again in {wait:.1f} s\n")
        sys.stderr.flush()
        return self.worked or self.failures < FIRST_TRIES


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    env: Mapping[str, str],
    envs: Mapping[str, Mapping[str, str]] | None = None,
    ready: Callable[[], None] = lambda: None,
    until: Callable[[], int] | None = None,
    watch: Sequence[Callable[[], None]] = (),
) -> int:
    """Start `commands` (name → argv), call `ready`, keep them alive. SIGINT and SIGTERM stop all of them.

    `watch` is called all the time: what mends something that the processes need (the embedded database). `envs` adds to
    `env` by name. With `until`, stop when it returns, with its exit code. Returns 0 after a signal, 1 when a process
    never came to work.
    """
    stopped = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    children = [_Child(name, command, {**env, **(envs or {}).get(name, {})}) for name, command in commands.items()]
    try:
        for child in children:
            child.start()
        ready()
        if until is not None:
            return until()
        while not stopped:
            for mend in watch:
                mend()
            looked = [child.look() for child in children]  # each one, even after one that is lost
            if not all(looked):
                sys.stderr.write("✗ It never came to work: stopping. The reason stands above.\n")
                return 1
            time.sleep(TICK)
        return 0
    finally:
        _end([child.process for child in children if child.process is not None])


def _said(code: int) -> str:
    return f"code {code}" if code >= 0 else f"signal {-code}"


def _die_with_parent() -> None:
    """In the child: when the supervisor is killed, the system ends it too, so that nothing runs that nobody watches."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        if process.poll() is None:
            process.kill()
            process.wait()
