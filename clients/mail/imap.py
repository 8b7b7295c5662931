"""A mailbox over IMAP (RFC 3501): the standard library's client in a thread, a connection a look, a bound on each wait.

Mails are fetched without being marked (``BODY.PEEK``) and marked once they are stored. Does not live here: reading
what they say.
"""

import asyncio
import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from api.ports.mail import MailSecurity
from api.ports.mailbox import LyingMail, MailboxUnavailable

LARGEST = 12 * 1024 * 1024
CUT_TO = 256 * 1024
"""What is fetched of a mail that is larger than that: its headers and its words, without its files."""
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_LONGEST_ANSWER = 300


@dataclass(frozen=True, slots=True)
class ImapConfig:
    """Where the mailbox is and who we are there."""

    host: str
    port: int
    username: str
    password: str
    folder: str = "INBOX"
    security: MailSecurity = MailSecurity.TLS
    timeout_seconds: float = 20.0
    tls_context: ssl.SSLContext | None = None
    """Who is trusted, where that is not the machine's usual store."""


class ImapMailbox:
    """Implements ``ports.mailbox.Mailbox``."""

    def __init__(self, config: ImapConfig) -> None:
        """Keep the configuration; connections are made for each look."""
        self._config = config

    def why_off(self) -> str | None:
        """Return None: there is a mailbox."""
        return None

    async def unread(self, *, most: int) -> Sequence[LyingMail]:
        """Return the oldest unread mails."""
        return await self._in_thread(lambda: self._unread(most))

    async def mark_read(self, uids: Sequence[str]) -> None:
        """Mark mails as seen."""
        if uids:
            await self._in_thread(lambda: self._mark(uids))

    async def _in_thread(self, look: Callable[[], list[LyingMail]]) -> list[LyingMail]:
        try:
            return await asyncio.to_thread(look)
        except (imaplib.IMAP4.error, OSError, ValueError, EOFError) as error:
            raise MailboxUnavailable("mailbox_unavailable", answer=str(error)[:_LONGEST_ANSWER]) from error

    @contextlib.contextmanager
    def _folder(self) -> Iterator[imaplib.IMAP4]:
        """Connect, sign in and open the folder; whatever happens the connection ends."""
        config = self._config
        context = config.tls_context or ssl.create_default_context()
        if config.security is MailSecurity.TLS:
            box: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                config.host, config.port, ssl_context=context, timeout=config.timeout_seconds
            )
        else:
            box = imaplib.IMAP4(config.host, config.port, timeout=config.timeout_seconds)
        try:
            if config.security is MailSecurity.STARTTLS:
                box.starttls(context)
            box.login(config.username, config.password)
            _checked(box.select(f'"{config.folder}"'))
            yield box
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                box.logout()
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                box.shutdown()  # a connection that broke is not closed by signing out

    def _unread(self, most: int) -> list[LyingMail]:
        with self._folder() as box:
            found = b" ".join(each for each in _checked(box.uid("SEARCH", "UNSEEN")) if isinstance(each, bytes))
            uids = sorted(found.split(), key=int)[:most]
            return [mail for uid in uids if (mail := _fetch(box, uid.decode())) is not None]

    def _mark(self, uids: Sequence[str]) -> list[LyingMail]:
        with self._folder() as box:
            _checked(box.uid("STORE", ",".join(uids), "+FLAGS.SILENT", r"(\Seen)"))
        return []


def _fetch(box: imaplib.IMAP4, uid: str) -> LyingMail | None:
    """Fetch one mail whole, or the beginning of a large one; None: somebody else took it away meanwhile."""
    answer = _checked(box.uid("FETCH", uid, "(RFC822.SIZE)"))
    size = _SIZE.search(b" ".join(each for each in answer if isinstance(each, bytes)))
    if size is None:
        return None
    cut = int(size.group(1)) > LARGEST
    part = f"(BODY.PEEK[]<0.{CUT_TO}>)" if cut else "(BODY.PEEK[])"
    parts = [each for each in _checked(box.uid("FETCH", uid, part)) if isinstance(each, tuple)]
    return LyingMail(uid, bytes(parts[0][1]), cut) if parts else None


def _checked(answer: tuple[str, Any]) -> list[Any]:
    """Return the data of an answer; raises for anything but OK."""
    word, data = answer
    if word != "OK":
        raise imaplib.IMAP4.error(str(data))
    return list(data)


class NoMailbox:
    """Implements ``ports.mailbox.Mailbox`` where none is set."""

    def why_off(self) -> str | None:
        """Return the reason."""
        return "no_mailbox_set"

    async def unread(self, *, most: int) -> Sequence[LyingMail]:  # noqa: ARG002 - the port's
        """Return nothing."""
        return ()

    async def mark_read(self, uids: Sequence[str]) -> None:
        """Do nothing."""
