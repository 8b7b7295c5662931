"""The mailbox that customers write to: what lies in it unread, and noting that we have it.

Does not live here: reading what mails say (``services/support/mail_parse.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from api.domain.errors import Upstream


class MailboxUnavailable(Upstream):
    """Nobody answered in time, or the server refused us. Fact: ``answer``."""


@dataclass(frozen=True, slots=True)
class LyingMail:
    """One mail as it lies there."""

    uid: str
    """Under which the mailbox knows it."""
    content: bytes
    cut: bool = False
    """It is larger than we fetch: its end is missing."""


class Mailbox(Protocol):
    """Reads one mailbox."""

    def why_off(self) -> str | None:
        """Return why this installation reads no mail, as a code; None: it does."""
        ...

    async def unread(self, *, most: int) -> Sequence[LyingMail]:
        """Return the oldest mails that nobody read, and leave them unread. Raises MailboxUnavailable."""
        ...

    async def mark_read(self, uids: Sequence[str]) -> None:
        """Note that we have these. Raises MailboxUnavailable."""
        ...
