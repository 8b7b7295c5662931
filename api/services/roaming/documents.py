"""Domain objects as stored JSON documents and back, exactly: decimals and moments as strings.

For our own shapes only. Does not live here: OCPI's wire shapes (``clients/ocpi``), and the tariff that a driver
accepted, which has its own snapshot (``domain/pricing/snapshot.py``).
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from api.domain.roaming.cdr import Cdr
from api.domain.roaming.partner import Endpoint, PartyRole
from api.domain.roaming.session import Session

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode
_read_session = msgspec.json.Decoder(Session).decode


def write_session(session: Session) -> dict[str, Any]:
    """Return a session as a document that ``read_session`` reads back equal."""
    document: dict[str, Any] = _plain(session)
    return document


def read_session(document: dict[str, Any]) -> Session:
    """Return the session that ``write_session`` stored."""
    return msgspec.convert(document, Session)


def session_text(session: Session) -> str:
    """Return the document of a session as JSON text, where there is no mapping that would write it."""
    return _encode(session).decode()


def session_of_text(text: str) -> Session:
    """Return the session of a document that is still JSON text."""
    return _read_session(text)


def write_cdr(cdr: Cdr) -> dict[str, Any]:
    """Return a CDR as a document, its tariffs included: a bill is computed again long after it came."""
    document: dict[str, Any] = _plain(cdr)
    return document


def read_cdr(document: dict[str, Any]) -> Cdr:
    """Return the CDR that ``write_cdr`` stored."""
    return msgspec.convert(document, Cdr)


def write_roles(roles: Iterable[PartyRole]) -> list[Any]:
    """Return a partner's roles as a document."""
    return [_plain(role) for role in roles]


def read_roles(document: list[Any]) -> tuple[PartyRole, ...]:
    """Return the roles that ``write_roles`` stored."""
    return msgspec.convert(document, tuple[PartyRole, ...])


def write_endpoints(endpoints: Iterable[Endpoint]) -> list[Any]:
    """Return a partner's endpoints as a document."""
    return [_plain(endpoint) for endpoint in endpoints]


def read_endpoints(document: list[Any]) -> tuple[Endpoint, ...]:
    """Return the endpoints that ``write_endpoints`` stored."""
    return msgspec.convert(document, tuple[Endpoint, ...])


def _plain(value: object) -> Any:
    """Return ``value`` in JSON values."""
    return msgspec.to_builtins(value)
