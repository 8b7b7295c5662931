"""The machine itself behind the ports of time, randomness and checkpoints.

``SandboxClock`` and ``KillingCheckpoints`` exist for the demo and the kill tests; settings refuse them in production.
"""

import json
import os
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def wall_time(self, at: datetime) -> datetime:
        """Return ``at``: this is the wall clock."""
        return at


class SandboxClock:
    """A clock that several processes share through a small file and that the sandbox may set or speed up.

    The file holds ``real_anchor`` and ``virtual_anchor`` (Unix seconds) and ``factor``: virtual time is
    ``virtual_anchor + (wall - real_anchor) * factor``. Without the file it is the wall clock.
    """

    def __init__(self, path: Path) -> None:
        """Read ``path`` now and whenever it changes."""
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._real, self._virtual, self._factor = 0.0, 0.0, 1.0

    def _refresh(self) -> None:
        """Read the anchors again if the file changed."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if stamp != self._stamp:
            anchors = json.loads(self._path.read_text())
            self._real, self._virtual = anchors["real_anchor"], anchors["virtual_anchor"]
            self._factor, self._stamp = anchors["factor"], stamp

    def now(self) -> datetime:
        """Return the present moment of the sandbox in UTC."""
        self._refresh()
        passed = datetime.now(UTC).timestamp() - self._real
        return datetime.fromtimestamp(self._virtual + passed * self._factor, UTC)

    def wall_time(self, at: datetime) -> datetime:
        """Return when the wall clock will show that the sandbox is at ``at``, if its speed stays."""
        self._refresh()
        ahead = (at - self.now()) / (self._factor or 1.0)
        return datetime.now(UTC) + ahead


class SystemRandomness:
    """Ids and secrets from the operating system."""

    def new_id(self, prefix: str) -> str:
        """Return ``prefix_`` and 120 random bits in lower-case hexadecimal."""
        return f"{prefix}_{secrets.token_hex(15)}"

    def secret(self) -> str:
        """Return 256 random bits, URL-safe."""
        return secrets.token_urlsafe(32)

    def token_uid(self) -> str:
        """Return 128 random bits in upper-case hexadecimal: 32 characters, within OCPI's 36."""
        return secrets.token_hex(16).upper()


class SilentCheckpoints:
    """Lets every point pass."""

    def reach(self, point: str) -> None:
        """Do nothing."""


class KillingCheckpoints:
    """Kills this process outright the first time that one named point is reached, as a power cut would."""

    def __init__(self, point: str, marker: Path) -> None:
        """Die at ``point`` unless ``marker`` exists; the marker is written first, so that a restart lives on."""
        self._point, self._marker = point, marker

    def reach(self, point: str) -> None:
        """Die if this is the point and it has not happened yet."""
        if point == self._point and not self._marker.exists():
            self._marker.parent.mkdir(parents=True, exist_ok=True)
            self._marker.write_text(f"killed {os.getpid()} at {point}\n")
            os.kill(os.getpid(), signal.SIGKILL)
