"""Keys under which partners' objects are stored: ``partner/country/party/id``, then ``/evse`` and ``/connector``.

OCPI ids are unique only within their owner and are compared without case (OCPI 2.2.1 chapter 16, CiString), so keys are
in upper case while the rows keep the partner's own spelling.
"""

import hashlib
from base64 import urlsafe_b64encode

from api.domain.errors import Invalid

MAX_ID = 255
"""Longer than any OCPI id (36 to 48) with room for peers that ignore that, and short enough for an index."""


class UnusableId(Invalid):
    """An id is empty, far too long or not printable. Fact: ``id`` (shortened)."""


def checked_id(value: str) -> str:
    """Return ``value`` as it is; raises UnusableId when no partner could mean it."""
    if not value or len(value) > MAX_ID or not value.isprintable():
        raise UnusableId("id_unusable", id=value[:40])
    return value


def object_key(partner_id: str, country_code: str, party_id: str, object_id: str) -> str:
    """Return the key of a partner's location, tariff, session or CDR; raises UnusableId."""
    return "/".join((partner_id, _part(country_code), _part(party_id), _part(object_id)))


def child_key(parent: str, child_id: str) -> str:
    """Return the key of an EVSE below its location or of a connector below its EVSE; raises UnusableId."""
    return f"{parent}/{_part(child_id)}"


def connector_public_id(key: str) -> str:
    """Return our public id of a connector: derived from its key, so it survives every pull."""
    return "con_" + hashlib.sha256(key.encode()).hexdigest()[:24]


def location_public_id(key: str) -> str:
    """Return the public id of a location: its key, packed, so that no column is needed."""
    return "loc_" + urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _part(value: str) -> str:
    """Return one part of a key: no slash inside, so that two different paths never make the same key."""
    checked_id(value)
    if "/" in value or "%" in value:
        value = value.replace("%", "%25").replace("/", "%2F")
    return value.upper()
