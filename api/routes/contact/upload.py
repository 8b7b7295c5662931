"""Forms with a file (RFC 7578): fields and at most one file, read by hand and bounded."""

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.domain.support.file_kinds import MOST_BYTES
from api.routes.page_forms import FormUnreadable
from api.services.support.from_web import UploadedFile

_MOST_BODY = MOST_BYTES + 64 * 1024
_MOST_FIELDS, _LONGEST_FIELD = 40, 20_000
_NUL = "\0"


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form had."""

    fields: dict[str, str] = field(default_factory=dict)
    """The last value of each."""
    lists: dict[str, list[str]] = field(default_factory=dict)
    """All values of each."""
    file: UploadedFile | None = None


async def upload_of(request: Request) -> Upload:
    """Return a form's fields and its file; raises FormUnreadable."""
    head = Message()
    head["Content-Type"] = request.headers.get("content-type", "")
    body = await _body(request)
    if head.get_content_type() == "application/x-www-form-urlencoded":
        pairs = parse_qsl(_text(body), keep_blank_values=True)
        return _upload([(name, value) for name, value in pairs], None)
    boundary = str(head.get_param("boundary") or "")
    if head.get_content_type() != "multipart/form-data" or not 0 < len(boundary) <= 70:
        raise FormUnreadable("form_unreadable")
    return _multipart(body, boundary.encode())


def _multipart(body: bytes, boundary: bytes) -> Upload:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]
    if len(pieces) > _MOST_FIELDS + 1:
        raise FormUnreadable("form_unreadable", reason="too_many")
    pairs: list[tuple[str, str]] = []
    file = None
    for piece in pieces:
        if piece.startswith(b"--"):
            break
        head, found, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        header = BytesHeaderParser().parsebytes(head)
        name = header.get_param("name", header="content-disposition")
        if not found or not isinstance(name, str):
            raise FormUnreadable("form_unreadable")
        filename = header.get_filename()
        if filename is None:
            pairs.append((name, _text(content)))
        elif content:
            file = UploadedFile(filename[:200], content)
    return _upload(pairs, file)


def _upload(pairs: list[tuple[str, str]], file: UploadedFile | None) -> Upload:
    lists: dict[str, list[str]] = {}
    for name, value in pairs[:_MOST_FIELDS]:
        lists.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return Upload({name: values[-1] for name, values in lists.items()}, lists, file)


def _text(content: bytes) -> str:
    try:
        text = content.decode()
    except ValueError as error:
        raise FormUnreadable("form_unreadable") from error
    if _NUL in text or len(text) > _LONGEST_FIELD * 2:
        raise FormUnreadable("form_unreadable")
    return text


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for chunk in request.stream():
        parts.append(chunk)
        size += len(chunk)
        if size > _MOST_BODY:
            raise FormUnreadable("form_unreadable", reason="too_large")
    return b"".join(parts)
