"""What deliveries of every kind share: whose they are for a while, how long they rest, and that they are over.

While one worker has a delivery no other takes it; when that worker dies the claim runs out and a sweep finds it.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Protocol

CLAIM = timedelta(minutes=2)
"""How long a worker may take over one sending; longer than every bound on the calls in it."""
FIRST_BREAK, LONGEST_BREAK = timedelta(seconds=15), timedelta(hours=1)
_SPREAD = 4
"""Breaks are up to a quarter longer, each delivery by its own share: what failed together is not tried together."""


class Delivery(Protocol):
    """A row that is sent by a job."""

    outcome: str
    detail: str | None
    attempts: int
    next_attempt_at: datetime | None
    finished_at: datetime | None


def take(delivery: Delivery, now: datetime) -> None:
    """Make a locked delivery the caller's to send."""
    delivery.attempts += 1
    delivery.next_attempt_at = now + CLAIM


def finish(delivery: Delivery, now: datetime, outcome: str, detail: str | None) -> None:
    """Note that a locked delivery is over, and how."""
    delivery.outcome, delivery.detail = outcome, detail
    delivery.next_attempt_at, delivery.finished_at = None, now


def overdue_since(now: datetime) -> datetime:
    """Return by when a delivery that still waits must have been due for a sweep to take it up."""
    return now - CLAIM / 4


def pause_after(delivery_id: str, attempts: int) -> timedelta:
    """Return how long a delivery rests after so many attempts."""
    pause = min(FIRST_BREAK * int(2 ** max(attempts - 1, 0)), LONGEST_BREAK)
    share = int.from_bytes(hashlib.sha256(f"{delivery_id}:{attempts}".encode()).digest()[:1])
    return pause + pause * share // (256 * _SPREAD)
