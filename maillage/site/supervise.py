"""Runs a few processes as one: when one ends, or a signal comes, all end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

GRACE_SECONDS = 15


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    env: Mapping[str, str],
    ready: Callable[[], None] = lambda: None,
    until: Callable[[], int] | None = None,
) -> int:
    """Start `commands` (name → argv), call `ready`, wait. SIGINT and SIGTERM stop all of them.

    With `until`, stop when it returns, with its exit code. Returns 0 after a signal, 1 when a process ended by itself.
    """
    stopped = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    # A session of their own: Ctrl-C reaches the supervisor alone, which stops them in order.
    running = {n: subprocess.Popen(c, env={**os.environ, **env}, start_new_session=True) for n, c in commands.items()}  # noqa: S603
    try:
        ready()
        if until is not None:
            return until()
        while not stopped:
            for name, process in running.items():
                if process.poll() is not None:
                    sys.stderr.write(f"✗ {name} ended with code {process.returncode}; stopping the rest.\n")
                    return 1
            time.sleep(0.2)
        return 0
    finally:
        _end(list(running.values()))


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
