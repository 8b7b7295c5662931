"""The response envelope every OCPI answer travels in, and the table of status codes (2.2.1 chapters 4.1.6 and 5).

Lives here: reading what partners answer, writing what we answer. Does not live here: HTTP (``transport.py``), and which
of our errors becomes which code (``api/routes/ocpi``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, TypeVar

import msgspec

from api.ports.roaming import PartnerAnsweredBadly
from clients.ocpi.exact_json import Plain, dump, parse
from clients.ocpi.unreadable import NotJson, Unreadable

Read = TypeVar("Read")


class StatusCode(IntEnum):
    """OCPI status codes; 1xxx success, 2xxx the caller's fault, 3xxx the server's, 4xxx a hub's."""

    SUCCESS = 1000
    CLIENT_ERROR = 2000
    INVALID_PARAMETERS = 2001
    NOT_ENOUGH_INFORMATION = 2002
    UNKNOWN_LOCATION = 2003
    UNKNOWN_TOKEN = 2004
    SERVER_ERROR = 3000
    CANNOT_USE_CLIENT_API = 3001
    UNSUPPORTED_VERSION = 3002
    MISSING_ENDPOINTS = 3003
    HUB_ERROR = 4000
    UNKNOWN_RECEIVER = 4001
    HUB_TIMEOUT = 4002
    RECEIVER_NOT_CONNECTED = 4003


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner answered successfully; ``data`` may be absent on writes."""

    http_status: int
    data: object
    message: str | None

    @property
    def single(self) -> object:
        """Return the data where one object is expected: some partners answer a list of it alone."""
        return self.data[0] if isinstance(self.data, list) and len(self.data) == 1 else self.data

    def read(self, reader: Callable[[object], Read]) -> Read:
        """Return what ``reader`` makes of the one object; raises PartnerAnsweredBadly where it cannot be read."""
        try:
            return reader(self.single)
        except Unreadable as error:
            raise _bad(self.http_status, int(StatusCode.SUCCESS), error.reason) from error


class _Sliced(msgspec.Struct):
    """An envelope around a list whose objects are left as the JSON they came as."""

    data: list[msgspec.Raw]
    status_code: Any = None
    status_message: Any = None


_SLICED = Plain(_Sliced)


def read_envelope(body: bytes, *, http_status: int, sliced: bool = False) -> Answer:
    """Read a partner's answer; raises PartnerAnsweredBadly for anything but HTTP 2xx with an OCPI code of 1xxx.

    Hubs report failures inside HTTP 200, so the HTTP status alone proves nothing. ``sliced`` leaves the objects of a
    list as ``msgspec.Raw``, if the envelope can be read that way at all.
    """
    try:
        raw = (_in_slices(body) if sliced else None) or parse(body)
    except NotJson as error:
        raise _bad(http_status, None, error.reason) from None
    if not isinstance(raw, dict):
        raise _bad(http_status, None, "body: no envelope")
    code, message = raw.get("status_code"), raw.get("status_message")
    text = message[:500] if isinstance(message, str) else None
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 4:
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool):
        raise _bad(http_status, None, text or "status_code: missing")
    if not 1000 <= code <= 1999 or not 200 <= http_status <= 299:
        raise _bad(http_status, code, text)
    return Answer(http_status=http_status, data=raw.get("data"), message=text)


def _in_slices(body: bytes) -> dict[str, object] | None:
    """Return an envelope with the objects of its list as they came, None where it is none of a list."""
    read = _SLICED.read(body)
    if read is None:
        return None
    return {"data": read.data, "status_code": read.status_code, "status_message": read.status_message}


def write_envelope(
    data: object = None, *, now: datetime, status: StatusCode = StatusCode.SUCCESS, message: str | None = None
) -> bytes:
    """Write an answer of ours; ``data`` None is left out, an empty list is not."""
    stamp = now.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    envelope: dict[str, object] = {"status_code": int(status), "timestamp": stamp}
    if message:
        envelope["status_message"] = message
    if data is not None:
        envelope["data"] = data
    return dump(envelope).encode()


def _bad(http_status: int, ocpi_status: int | None, message: str | None) -> PartnerAnsweredBadly:
    return PartnerAnsweredBadly(
        "partner_answered_badly", http_status=http_status, ocpi_status=ocpi_status, message=message
    )
