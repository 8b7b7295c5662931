"""A mail that came in, as far as cases are concerned: whose it is, what it answers, and whether a person wrote it.

Nothing here is proof of who wrote: an address in From is what its sender typed. So a mail gets into a case only if it
names the case and comes from its customer's address; it never shows anything to its sender beyond its own words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from api.domain.account_number import AccountNumberInvalid, parse_account_number
from api.domain.ids import Prefix

_CASE_NUMBER = re.compile(r"(?<![\w-])C([0-9]{5}-[0-9]{5})(?![\w-])", re.IGNORECASE)
_ACCOUNT_NUMBER = re.compile(r"(?<![\w-])([0-9]{5}[\s.\-/]?[0-9]{5})(?![\w-])")
_OUR_MESSAGE = re.compile(rf"<({Prefix.CASE_MAIL}_[A-Za-z0-9_-]{{1,200}})@[^<>\s]{{1,255}}>")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_QUOTED = re.compile(r"^\s*(>|-{2,}\s*(original|ursprüngliche|forwarded)|on .{5,200} wrote:|am .{5,200} schrieb)", re.I)
_ROBOTS = ("mailer-daemon", "postmaster", "mail-daemon", "bounce", "bounces", "double-bounce")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_BULK_HEADERS = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-auto-reply", "feedback-id")
_MOST_THREAD = 20


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file in a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail, read. Header names are in lower case."""

    sender: str
    """The one address in From, in lower case; empty: there is none, or there are several."""
    sender_name: str
    subject: str
    text: str
    headers: Mapping[str, str]
    content_type: str = "text/plain"
    language: str | None = None
    files: tuple[IncomingFile, ...] = field(default=())

    @property
    def message_id(self) -> str | None:
        """Return its Message-ID, if it is a usable one."""
        found = _MESSAGE_ID.search(self.headers.get("message-id", ""))
        return found.group() if found else None


def is_automatic(mail: IncomingMail, ours: Iterable[str]) -> bool:
    """Say whether no person wrote this: an auto-reply, a bounce, a newsletter, or a mail of our own (RFC 3834)."""
    headers = mail.headers
    if headers.get("auto-submitted", "no").split(";")[0].strip().lower() != "no":
        return True
    if headers.get("precedence", "").strip().lower() in _BULK or any(name in headers for name in _BULK_HEADERS):
        return True
    if headers.get("return-path", "").strip() == "<>" or mail.content_type == "multipart/report":
        return True
    if _OUR_MESSAGE.match(mail.message_id or ""):
        return True
    local = mail.sender.partition("@")[0]
    return (
        local in _ROBOTS or local.startswith(("no-reply", "noreply")) or mail.sender in {each.lower() for each in ours}
    )


def case_numbers(mail: IncomingMail) -> list[str]:
    """Return the numbers of cases that its subject names, with a check digit that fits."""
    found = [_checked(each) for each in _CASE_NUMBER.findall(mail.subject[:1000])]
    return list(dict.fromkeys(f"C{each}" for each in found if each))


def answered_mails(mail: IncomingMail) -> list[str]:
    """Return the ids of our mails that it answers, by its headers."""
    thread = f"{mail.headers.get('in-reply-to', '')} {mail.headers.get('references', '')}"[:20_000]
    return list(dict.fromkeys(_OUR_MESSAGE.findall(thread)))[:_MOST_THREAD]


def account_number_in(mail: IncomingMail) -> str | None:
    """Return the account number that somebody wrote, outside the number of a case; None: there is none."""
    for text in (mail.subject, own_words(mail.text)):
        for each in _ACCOUNT_NUMBER.findall(_CASE_NUMBER.sub(" ", text[:20_000])):
            if (number := _checked(each)) is not None:
                return number
    return None


def own_words(text: str) -> str:
    """Return what was written above the mail that is answered; all of it where nothing else is left."""
    lines = text.replace("\r\n", "\n").split("\n")
    end = next((at for at, line in enumerate(lines) if _QUOTED.match(line[:300])), len(lines))
    return "\n".join(lines[:end]).strip() or text.strip()


def _checked(number: str) -> str | None:
    try:
        return parse_account_number(number)
    except AccountNumberInvalid:
        return None
