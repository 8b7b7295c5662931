"""Virtual time: where "now" comes from, and how it is written on the wire (RFC 3339, UTC).

Holds no schedule; see `schedule.py`. Times are unix seconds everywhere in the sandbox.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

Clock = Callable[[], float]


class FileClock:
    """A clock steered by a file, so that several processes share one virtual time.

    The file holds ``{"real_anchor", "virtual_anchor", "factor"}``, in unix seconds. Without it, time is real.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._line: tuple[float, float, float] | None = None

    def __call__(self) -> float:
        """Return the virtual unix time, re-reading the file when it changed."""
        self._refresh()
        if self._line is None:
            return time.time()
        real_anchor, virtual_anchor, factor = self._line
        return virtual_anchor + (time.time() - real_anchor) * factor

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
        except OSError:
            self._stamp, self._line = None, None
            return
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp == self._stamp:
            return
        try:
            raw = json.loads(self._path.read_text())
            self._line = (float(raw["real_anchor"]), float(raw["virtual_anchor"]), float(raw["factor"]))
        except (OSError, ValueError, KeyError, TypeError):
            return  # half-written: keep the line we had and look again on the next call
        self._stamp = stamp


class ManualClock:
    """A clock that stands still until somebody moves it: for tests in one process."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time it was last set to."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self.now += seconds


def to_iso(moment: float) -> str:
    """Write unix seconds as ``2026-01-31T10:00:00Z``; milliseconds appear only when there are some."""
    spec = "seconds" if moment == int(moment) else "milliseconds"
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec=spec).replace("+00:00", "Z")


def from_iso(text: str) -> float:
    """Read an RFC 3339 moment; a missing zone means UTC. Raises `ValueError` on anything else."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
