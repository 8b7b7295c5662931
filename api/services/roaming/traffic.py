"""What goes to and fro with partners: noted in memory where it happens, written down every second in the background.

Requests never wait for it. Everything is bounded: what a partner sends cannot fill memory or disk. Does not live here:
what it tells about a partner (``health.py``).
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.domain.roaming.exchange import Exchange
from api.ports.traffic import Count, Odd, Oddities, Taken, Traffic
from api.services.roaming.raw_json import parse
from api.services.roaming.traffic_store import store_traffic
from api.services.work import Work

BUCKET = timedelta(minutes=10)
SAMPLES = 5
"""How many objects are named with each oddity."""
_FAILED_HELD, _FINE_HELD, _TO_LOOK_AT, _PARTNERS, _ODDITIES = 50, 10, 200, 500, 2000
_LONGEST = 120
_log = logging.getLogger(__name__)


@dataclass
class TrafficBuffer:
    """Implements ``Traffic``; ``take`` empties it."""

    _failed: dict[str | None, deque[Exchange]] = field(default_factory=dict)
    _fine: dict[str | None, deque[Exchange]] = field(default_factory=dict)
    _counts: dict[tuple[str, str, datetime], Count] = field(default_factory=dict)
    _pushes: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)
    _oddities: dict[tuple[str, str, str], Odd] = field(default_factory=dict)
    _objects: deque[tuple[str, str, datetime, object, Oddities]] = field(
        default_factory=lambda: deque(maxlen=_TO_LOOK_AT)
    )

    def exchanged(self, exchange: Exchange) -> None:
        """Log one exchange, count it, and keep it if it failed or is among the last few."""
        if _log.isEnabledFor(logging.INFO):
            _log.info("ocpi.exchanged", extra=_facts(exchange))
        failed = exchange.failed
        held, most = (self._failed, _FAILED_HELD) if failed else (self._fine, _FINE_HELD)
        if exchange.partner_id in held or len(held) < _PARTNERS:
            held.setdefault(exchange.partner_id, deque(maxlen=most)).append(exchange)
        if exchange.partner_id is not None:
            key = (exchange.partner_id, exchange.direction.value, bucket_of(exchange.at))
            count = self._counts.setdefault(key, Count())
            count.exchanges += 1
            count.failures += failed

    def pushed(self, partner_id: str, module: str, at: datetime) -> None:
        """Note that a partner pushed something of a module."""
        _, pushes = self._pushes.get((partner_id, module), (at, 0))
        self._pushes[partner_id, module] = (at, pushes + 1)

    def received(self, partner_id: str, module: str, at: datetime, raw: object, oddities: Oddities) -> None:
        """Take an object that was read to be looked through later; under load only the last few are."""
        self._objects.append((partner_id, module, at, raw, oddities))

    def odd(self, partner_id: str, module: str, code: str, at: datetime, sample: str) -> None:
        """Count one oddity; of too many different ones the rest is counted together."""
        key = (partner_id, module, _clean(code))
        if key not in self._oddities and len(self._oddities) >= _ODDITIES:
            key = (partner_id, module, "other")
        odd = self._oddities.setdefault(key, Odd(first_at=at, last_at=at))
        odd.seen += 1
        odd.last_at = max(odd.last_at, at)
        if len(odd.samples) < SAMPLES and (told := _clean(sample)) not in odd.samples:
            odd.samples.append(told)

    def take(self) -> Taken:
        """Return everything noted since the last time, and look through the objects on this occasion."""
        while self._objects:
            partner_id, module, at, raw, oddities = self._objects.popleft()
            try:
                raw = parse(raw) if isinstance(raw, str) else raw
                codes = tuple(oddities(module, raw))
            except Exception:  # whatever an object is like, the notes of all others must not be lost for it
                _log.exception("ocpi.oddities_failed", extra={"partner_id": partner_id, "ocpi_module": module})
                continue
            for code in codes:
                self.odd(partner_id, module, code, at, _name_of(raw))
        exchanges = [each for held in (self._fine, self._failed) for rest in held.values() for each in rest]
        taken = Taken(exchanges, dict(self._counts), dict(self._pushes), dict(self._oddities))
        for notes in (self._fine, self._failed, self._counts, self._pushes, self._oddities):
            notes.clear()
        return taken


async def flush_traffic(*, work: Work, traffic: Traffic) -> None:
    """Write down what was noted since the last time; what cannot be written is lost and nothing else."""
    try:
        taken = traffic.take()
        if not taken:
            return
        async with work() as db:
            await store_traffic(db, taken)
    except Exception as error:  # also of ours: whoever flushes goes on for as long as the process lives
        _log.warning("ocpi.traffic_lost", extra={"reason": type(error).__name__})


@contextlib.asynccontextmanager
async def flushing(*, work: Work, traffic: Traffic, seconds: float = 1.0) -> AsyncIterator[None]:
    """Flush every ``seconds`` while the block runs, and once more at its end."""

    async def keep_on() -> None:
        while True:
            await asyncio.sleep(seconds)
            await flush_traffic(work=work, traffic=traffic)

    task = asyncio.create_task(keep_on())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await flush_traffic(work=work, traffic=traffic)


def bucket_of(at: datetime) -> datetime:
    """Return when the ten minutes around ``at`` began."""
    return at.replace(minute=at.minute - at.minute % 10, second=0, microsecond=0)


def _facts(exchange: Exchange) -> dict[str, object]:
    """Return what is logged of an exchange: nothing of its bodies."""
    return {
        "partner_id": exchange.partner_id,
        "direction": exchange.direction.value,
        "method": exchange.method,
        "path": exchange.path,
        "http_status": exchange.http_status,
        "ocpi_status": exchange.ocpi_status,
        "duration_ms": exchange.duration_ms,
        "request_id": exchange.request_id,
        "correlation_id": exchange.correlation_id,
        "problem": exchange.problem,
    }


def _name_of(raw: object) -> str:
    """Return the id of an object, or a word that it has none."""
    name = raw.get("id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) and name else "(no id)"


def _clean(text: str) -> str:
    """Return a text that any database and terminal takes."""
    shown = "".join(each if each.isprintable() else "?" for each in text[:_LONGEST])
    return shown.encode("utf-8", "replace").decode()
