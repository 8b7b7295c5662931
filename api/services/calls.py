"""When a call that is on disk is made again: the two rules that holds, refunds, payments, pay-outs and cards share.

Answers to payments.md 4, rule zero. What is called, and what comes of it, is in the rooms.
"""

from datetime import datetime, timedelta
from typing import Protocol

ATTEMPTS_WITH_ONE_KEY = 3
"""After so many unknown outcomes the processor may be repeating a stored error: look before asking again."""

KEY_LIFE = timedelta(hours=23)
"""The processor forgets a key after a day and would do a repeated call anew: look before asking so late."""

LONGEST_PAUSE = timedelta(minutes=10)
"""How long a call without an answer rests at most before it is made again."""


class Call(Protocol):
    """The row of a call, whatever it is about."""

    attempts: int
    created_at: datetime
    sent_at: datetime | None


def key_worn_out(call: Call, now: datetime) -> bool:
    """Say whether a call's key is trusted no more, so that what exists is looked for before it is sent again."""
    return call.attempts > ATTEMPTS_WITH_ONE_KEY or now - call.created_at > KEY_LIFE


def has_rested(call: Call, now: datetime, pause: timedelta) -> bool:
    """Say whether a call rested long enough: ``pause``, doubled with each attempt up to ``LONGEST_PAUSE``."""
    wait: timedelta = min(pause * 2 ** min(call.attempts, 20), LONGEST_PAUSE)
    return (call.sent_at or call.created_at) + wait <= now
