"""Time, asked for only by faces and jobs: services are given ``now``.

A sandbox clock may run ahead of the wall; timers kept by PostgreSQL need wall time, hence ``wall_time``.
"""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, always aware and in UTC."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...

    def wall_time(self, at: datetime) -> datetime:
        """Return when the wall clock shows ``at``; the same moment unless this is a sandbox clock."""
        ...
