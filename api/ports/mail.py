"""Sending mail: one message to one address, and what may become of it.

A message carries its own Message-ID, so that one sent twice (the process died between sending and noting) is one to
the reader's mailbox. Does not live here: deciding what is sent, and trying again (``services/finance/mails.py``).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from api.domain.errors import Refused, Upstream


class MailRefused(Refused):
    """The server said no for good: an address that does not exist, a message it will never take. Fact: ``answer``."""


class MailUnavailable(Upstream):
    """Nobody answered, or the server said to try again later. Fact: ``answer``."""


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    """Begins in clear and is encrypted before anything is said (port 587); a server that cannot is not used."""
    TLS = "tls"
    """Encrypted from the first byte (port 465)."""
    NONE = "none"
    """In clear, for tests and a relay on the same machine."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    content: bytes
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One message; ``id`` is unique and becomes the left side of its Message-ID."""

    id: str
    to: str
    subject: str
    text: str
    language: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    """Where an answer goes; None: to the sender."""
    thread: tuple[str, ...] = ()
    """Message-IDs of what it answers, with their angle brackets, the last one last."""


class Mail(Protocol):
    """Sends mail."""

    def why_off(self) -> str | None:
        """Return why this installation sends no mail at all, as a code; None: it does."""
        ...

    async def send(self, mail: OutgoingMail) -> None:
        """Hand a message to the server; it has taken it when this returns. Raises MailRefused, MailUnavailable."""
        ...
