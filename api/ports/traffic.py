"""Taking note of what goes to and fro with partners, without waiting for a database.

Implemented by ``services/roaming/traffic.py``, which also writes down what was noted; a crash loses the last second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from api.domain.roaming.exchange import Exchange

Oddities = Callable[[str, object], tuple[str, ...]]
"""Says what is odd about an object of a module, given as decoded JSON; see ``Dialect.oddities`` of ``clients/ocpi``."""


@dataclass(slots=True)
class Count:
    """Exchanges within ten minutes."""

    exchanges: int = 0
    failures: int = 0


@dataclass(slots=True)
class Odd:
    """One oddity and where it was seen."""

    first_at: datetime
    last_at: datetime
    seen: int = 0
    samples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was noted, by partner: counts by direction and time, pushes by module, oddities by module and code."""

    exchanges: list[Exchange]
    counts: Mapping[tuple[str, str, datetime], Count]
    pushes: Mapping[tuple[str, str], tuple[datetime, int]]
    oddities: Mapping[tuple[str, str, str], Odd]

    def __bool__(self) -> bool:
        """Say whether there is anything to write."""
        return bool(self.exchanges or self.counts or self.pushes or self.oddities)


class Traffic(Protocol):
    """Takes notes in memory; never raises and never waits."""

    def exchanged(self, exchange: Exchange) -> None:
        """Log one exchange, count it, and keep it if it failed or is among the last few."""
        ...

    def pushed(self, partner_id: str, module: str, at: datetime) -> None:
        """Note that a partner pushed something of a module."""
        ...

    def received(self, partner_id: str, module: str, at: datetime, raw: object, oddities: Oddities) -> None:
        """Take an object that was read to be looked through later; under load only some are.

        ``raw`` is decoded JSON, or JSON as text: that is decoded only if it is looked through.
        """
        ...

    def odd(self, partner_id: str, module: str, code: str, at: datetime, sample: str) -> None:
        """Count one oddity, as ``unreadable``."""
        ...

    def take(self) -> Taken:
        """Return everything noted since the last time."""
        ...
