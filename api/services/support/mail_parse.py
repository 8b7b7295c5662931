"""Reading a mail as it came (RFC 5322, MIME): who wrote what, and the files with it, whatever is broken about it.

Header by header with the older policy of the standard library, which takes anything; the newer one fails on some.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from hashlib import sha256
from html.parser import HTMLParser

from api.domain.errors import Invalid
from api.domain.support.file_kinds import MOST_FILES
from api.domain.support.incoming import IncomingFile, IncomingMail

LONGEST_TEXT = 20_000
_LONGEST_HEADER = 5000
_MOST_PARTS = 200
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANK_LINES = re.compile(r"\n{3,}")


class MailUnreadable(Invalid):
    """What came is no mail that anybody can read."""


def message_key(content: bytes) -> str:
    """Return what a mail is known by: its Message-ID, or the digest of all of it."""
    named = _MESSAGE_ID.search(str(BytesHeaderParser().parsebytes(content[:65536]).get("Message-ID", "")))
    return named.group() if named else f"sha256:{sha256(content).hexdigest()}"


def read_message(content: bytes, *, cut: bool = False) -> IncomingMail:
    """Return a mail, read; ``cut``: its end is missing, and so its files are not whole. Raises MailUnreadable."""
    try:
        return _read(message_from_bytes(content), cut=cut)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise MailUnreadable("mail_unreadable", reason=type(error).__name__) from error


def _read(message: "Message[str, str]", *, cut: bool) -> IncomingMail:
    senders = [each for each in getaddresses([_words(message, "From")]) if "@" in each[1]]
    name, sender = senders[0] if len(senders) == 1 else ("", "")
    headers = {each.lower(): _words(message, each) for each in dict.fromkeys(message.keys())}
    return IncomingMail(
        sender=_clean(sender).lower(),
        sender_name=_clean(name).replace("\n", " ")[:200],
        subject=_clean(_words(message, "Subject")).replace("\n", " ").strip()[:1000],
        text=_text(message),
        headers=headers,
        content_type=message.get_content_type(),
        language=headers.get("content-language", "").split(",")[0].strip()[:35] or None,
        files=() if cut else tuple(_files(message)),
    )


def _words(message: "Message[str, str]", name: str) -> str:
    raw = str(message.get(name, ""))[:_LONGEST_HEADER]
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, ValueError, LookupError):
        return raw


def _parts(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    for count, part in enumerate(message.walk()):
        if count >= _MOST_PARTS:
            return
        if not part.is_multipart():
            yield part


def _text(message: "Message[str, str]") -> str:
    """Return the words: the first plain part, else the first page without its markup."""
    said = [each for each in _parts(message) if each.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        for part in said:
            if part.get_content_type() == kind and (text := _decoded(part).strip()):
                return _clean(text if kind == "text/plain" else _plain(text))[:LONGEST_TEXT].strip()
    return ""


def _decoded(part: "Message[str, str]") -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _files(message: "Message[str, str]") -> Iterator[IncomingFile]:
    found = 0
    for part in _parts(message):
        content = part.get_payload(decode=True) if part.get_filename() else None
        if isinstance(content, bytes) and content and found < MOST_FILES:
            found += 1
            yield IncomingFile(_clean(str(part.get_filename()))[:200], content)


def _clean(text: str) -> str:
    usable = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return _UNSEEN.sub("", usable)


class _Words(HTMLParser):
    """Keeps what a reader of a page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as called
        """Begin a line where a page does; hide styles and scripts."""
        if tag in {"p", "br", "div", "tr", "li", "blockquote"}:
            self.words.append("\n")
        self._hidden += tag in {"style", "script", "head"}

    def handle_endtag(self, tag: str) -> None:
        """Show again what follows them."""
        self._hidden -= tag in {"style", "script", "head"}

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if self._hidden <= 0:
            self.words.append(data)


def _plain(page: str) -> str:
    reader = _Words()
    reader.feed(page)
    return _BLANK_LINES.sub("\n\n", "".join(reader.words))
