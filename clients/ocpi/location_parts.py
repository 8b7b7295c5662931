"""The parts of a Location that every version spells alike (2.1.1 mod_locations, 2.2.1 and 2.3.0 chapter 8).

Lives here: their wire shapes and how they become ours. Does not live here: Location, EVSE and Connector themselves,
whose fields differ by version (``v*/wire/location.py``, ``v*/mapping/location.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from msgspec import Struct

from api.domain.roaming.location import BusinessDetails, EvseStatus
from api.domain.roaming.website import website_of
from clients.ocpi.fields import Instant, Number, Text, moment_of, number_of
from clients.ocpi.plain import known, text_or_none, word_or
from clients.ocpi.unreadable import Unreadable

_EVSE_STATUS_WORDS = {"OUTOFORDER": "OUT_OF_ORDER"}
"""EVSE statuses that the specification writes as one word."""


class SentPoint(Struct):
    """GeoLocation, decimal degrees in WGS 84."""

    latitude: Number
    longitude: Number


class SentBusiness(Struct):
    """BusinessDetails: who runs a site, or is behind a role."""

    name: Text | None = None
    website: Text | None = None


class AnyPoint(Protocol):
    """GeoLocation as one of the shapes it is read in."""

    latitude: Any
    longitude: Any


class AnyBusiness(Protocol):
    """BusinessDetails as one of the shapes it is read in."""

    @property
    def name(self) -> str | None:
        """The name."""
        ...

    @property
    def website(self) -> str | None:
        """The web address."""
        ...


def point(coordinates: AnyPoint) -> tuple[Decimal, Decimal]:
    """Return latitude and longitude in degrees; raises Unreadable for a point that is not on Earth."""
    latitude, longitude = number_of(coordinates.latitude), number_of(coordinates.longitude)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Unreadable("coordinates: not on Earth")
    return latitude, longitude


def business(sent: AnyBusiness | None) -> BusinessDetails | None:
    """Return who runs a site, None when the partner does not name anybody."""
    name = text_or_none(sent.name) if sent else None
    return BusinessDetails(name=name, website=website_of(text_or_none(sent.website))) if sent and name else None


def status(sent: str | None) -> EvseStatus:
    """Return an EVSE's status; one we do not know is unknown."""
    return known(EvseStatus, sent, EvseStatus.UNKNOWN, _EVSE_STATUS_WORDS)


def capabilities(sent: Sequence[str] | None) -> frozenset[str]:
    """Return capabilities in our spelling, known or not."""
    return frozenset(word_or(each, "") for each in sent or ()) - {""}


def embedded_ids(tariffs: Sequence[object] | None) -> tuple[str, ...]:
    """Return the ids of the tariffs that a feed puts on an EVSE, each once."""
    ids = [tariff.get("id") for tariff in tariffs or () if isinstance(tariff, dict)]
    return tuple(dict.fromkeys(each for each in ids if isinstance(each, str) and each))


def updated(sent: Instant | str | None, parent_updated: datetime | None) -> datetime:
    """Return when something changed, else when what is around it did; raises Unreadable when neither is said.

    Raises ValueError for a text that is no moment.
    """
    if sent is not None:
        return moment_of(sent) if isinstance(sent, str) else sent.value
    if parent_updated is None:
        raise Unreadable("last_updated: missing")
    return parent_updated
