"""How much of us one partner may use, and how much strangers may: decided before a body is read.

Counted in this process only. Does not live here: who calls (``auth.py``).
"""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from api.domain.errors import Refused

K = TypeVar("K")
V = TypeVar("V")
_REMEMBERED = 10_000
_REFUSED_FOR = 10.0


class TooBusy(Refused):
    """The caller asks for more than it may at a time; later it may again. Fact: ``retry_after_seconds``."""


@dataclass
class Bucket:
    """A token bucket: ``per_second`` on average, ``burst`` at once."""

    per_second: float
    burst: float
    left: float = 0
    at: float = 0

    def take(self, now: float) -> float:
        """Take one and return 0, or return how many seconds until there is one again."""
        self.left = min(self.burst, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0
        return (1 - self.left) / self.per_second


@dataclass
class Admission:
    """Bounds per partner: requests at a time, and real-time authorizations a minute."""

    most_at_once: int
    authorizations_per_minute: int
    clock: Callable[[], float] = time.monotonic
    _inside: dict[str, int] = field(default_factory=dict)
    _authorizations: dict[str, Bucket] = field(default_factory=dict)

    @contextlib.contextmanager
    def place(self, partner_id: str) -> Iterator[None]:
        """Hold a place for one request of a partner; raises TooBusy when all are taken."""
        inside = self._inside.get(partner_id, 0)
        if inside >= self.most_at_once:
            raise TooBusy("too_many_requests", retry_after_seconds=1)
        self._inside[partner_id] = inside + 1
        try:
            yield
        finally:
            self._inside[partner_id] -= 1
            if not self._inside[partner_id]:
                del self._inside[partner_id]

    def authorizing(self, partner_id: str) -> None:
        """Count a real-time authorization of a partner; raises TooBusy: token uids must not be tried out."""
        rate = self.authorizations_per_minute
        bucket = self._authorizations.get(partner_id)
        if bucket is None:
            bucket = self._authorizations[partner_id] = Bucket(rate / 60, rate, left=rate, at=self.clock())
        if wait := bucket.take(self.clock()):
            raise TooBusy("too_many_authorizations", retry_after_seconds=max(1, round(wait)))


@dataclass
class Doors:
    """Keeps strangers from costing much: a token that nobody has is refused from memory, and few are looked up.

    Few of one address, and more of all together. Whoever has a token of ours is let in all the same (``auth.py``).
    """

    lookups_per_second: int
    lookups_per_address: int
    clock: Callable[[], float] = time.monotonic
    _known: OrderedDict[tuple[str, ...], str] = field(default_factory=OrderedDict)
    _refused: OrderedDict[tuple[str, ...], float] = field(default_factory=OrderedDict)
    _lookups: Bucket | None = None
    _addresses: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def knock(self, readings: Sequence[str], address: str = "") -> bool:
        """Say whether a header's readings are worth a look-up; raises TooBusy when too many strangers are at it."""
        key, now = tuple(readings), self.clock()
        if self._refused.get(key, 0) > now:
            return False
        if key in self._known:
            return True
        rate = self.lookups_per_second
        self._lookups = self._lookups or Bucket(rate, rate, left=rate, at=now)
        if wait := self._of_address(address, now).take(now) or self._lookups.take(now):
            raise TooBusy("too_many_strangers", retry_after_seconds=max(1, round(wait)))
        return True

    def _of_address(self, address: str, now: float) -> Bucket:
        """Return the bucket of an address; of IPv6 that of its network, since one caller has all of that."""
        key, rate = ":".join(address.split(":")[:4]), self.lookups_per_address
        bucket = self._addresses.get(key) or Bucket(rate, rate, left=rate, at=now)
        self._remember(self._addresses, key, bucket)
        return bucket

    def whose(self, readings: Sequence[str]) -> str | None:
        """Return the partner who had this token when it was last looked up, so that its places count even for that."""
        return self._known.get(tuple(readings))

    def opened(self, readings: Sequence[str], partner_id: str) -> None:
        """Remember who has this token."""
        self._remember(self._known, tuple(readings), partner_id)

    def closed(self, readings: Sequence[str]) -> None:
        """Remember for a while that nobody has it."""
        self._known.pop(tuple(readings), None)
        self._remember(self._refused, tuple(readings), self.clock() + _REFUSED_FOR)

    @staticmethod
    def _remember(kept: OrderedDict[K, V], key: K, value: V) -> None:
        kept[key] = value
        kept.move_to_end(key)
        if len(kept) > _REMEMBERED:
            kept.popitem(last=False)
