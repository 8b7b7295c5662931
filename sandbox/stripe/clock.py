"""The virtual clock: one source of time for the stand-in, steerable from outside.

A clock file is shared with the other processes of the sandbox: ``{"real_anchor": s, "virtual_anchor": s,
"factor": f}`` means ``now = virtual_anchor + (real - real_anchor) * factor``. Nothing else of the sandbox lives here.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path


class FileClock:
    """Reads virtual time from a clock file; without the file, virtual time is real time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._anchors = (0.0, 0.0, 1.0)

    def __call__(self) -> float:
        """Return the virtual time as Unix seconds, reading the file again when it changed."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return time.time()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            self._read(stamp)
        real, virtual, factor = self._anchors
        return virtual + (time.time() - real) * factor

    def _read(self, stamp: tuple[int, int]) -> None:
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            self._anchors = (float(told["real_anchor"]), float(told["virtual_anchor"]), float(told["factor"]))
        except (json.JSONDecodeError, FileNotFoundError):
            if self._stamp is None:
                # Half-written by its owner and nothing known before: real time until the next look.
                self._anchors = (0.0, 0.0, 1.0)
            return
        self._stamp = stamp


class Clock:
    """A base clock plus an offset that a test moves by hand."""

    def __init__(self, base: Callable[[], float]) -> None:
        self._base = base
        self._offset = 0.0

    def now(self) -> float:
        """Return the virtual time as Unix seconds."""
        return self._base() + self._offset

    def advance(self, seconds: float) -> None:
        """Move virtual time by ``seconds``."""
        self._offset += seconds

    def reset(self) -> None:
        """Forget every advance."""
        self._offset = 0.0
