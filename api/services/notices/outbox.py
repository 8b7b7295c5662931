"""What every queue of mails shares: one attempt to send, what came of it, and when to try again.

A mail is sent at least once, and always under the same Message-ID: a crash between sending and noting makes a second
copy that mailboxes know for the same. One that the server refuses is never tried again; one that nobody took is, with
longer and longer breaks, until it is given up. Where no server is set it is kept as not sent, with the reason.
"""

from datetime import datetime, timedelta
from typing import Protocol

from api.ports import Ports
from api.ports.mail import MailRefused, MailUnavailable, OutgoingMail

WAITING, SENT, NOT_SENT, REFUSED, GIVEN_UP = "waiting", "sent", "not_sent", "refused", "given_up"
MOST_ATTEMPTS = 12
FIRST_BREAK = timedelta(minutes=1)
LONGEST_BREAK = timedelta(hours=12)
"""Twelve attempts with doubled breaks last three days, longer than mail servers are usually down."""


class Queued(Protocol):
    """A row of a queue of mails."""

    outcome: str
    detail: str | None
    attempts: int
    next_attempt_at: datetime | None
    finished_at: datetime | None


async def attempt(ports: Ports, message: OutgoingMail) -> tuple[str, str | None]:
    """Hand a message to the server once; return the outcome, or that it goes on waiting, and the server's words."""
    try:
        await ports.mail.send(message)
    except MailRefused as refused:
        return REFUSED, str(refused.facts.get("answer"))
    except MailUnavailable as unavailable:
        return WAITING, str(unavailable.facts.get("answer"))
    return SENT, None


def note_attempt(row: Queued, *, now: datetime, outcome: str, detail: str | None) -> None:
    """Store what came of an attempt; one that came to nothing waits for its next, or is given up."""
    if row.outcome == SENT:
        return
    row.attempts += 1
    over = outcome != WAITING or row.attempts >= MOST_ATTEMPTS
    row.outcome = GIVEN_UP if outcome == WAITING and over else outcome
    row.detail = detail
    pause = min(FIRST_BREAK * 2 ** (row.attempts - 1), LONGEST_BREAK)
    row.next_attempt_at = None if over else now + pause
    row.finished_at = now if over else None
