"""Session on the wire and its PATCH form (2.1.1 mod_sessions), with the place that it shares with the CDR.

The place is a whole Location with the one EVSE and connector that were used; only what names them is read.
``country_code``, ``party_id`` and ``authorization_reference`` are of later versions, and hubs send them.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from clients.ocpi.fields import Instant, Number, Text
from clients.ocpi.periods import SentPeriod

SESSION_STATUS_WORDS = {"RESERVED": "RESERVATION"}
"""What hubs that translate from later versions may send: the word of their text for that of their list."""

NOT_AVAILABLE = "#NA"
"""What later versions write for a required text that cannot be known."""


class PlaceConnector(Struct):
    """The connector that was used."""

    id: Text | None = None


class PlaceEvse(Struct):
    """The EVSE that was used."""

    uid: Text | None = None
    evse_id: Text | None = None
    connectors: list[PlaceConnector] | None = None


class Place(Struct):
    """Where a charge was: a Location, of which nothing is indispensable here."""

    id: Text | None = None
    name: Text | None = None
    address: Text | None = None
    city: Text | None = None
    country: Text | None = None
    evses: list[PlaceEvse] | None = None


class Session(Struct):
    """Session; where it is may be missing, what it is may not."""

    id: Text
    start_datetime: Instant
    kwh: Number
    auth_id: Text
    currency: Text
    status: Text
    last_updated: Instant
    country_code: Text | None = None
    party_id: Text | None = None
    location: Place | None = None
    end_datetime: Instant | None = None
    auth_method: Text | None = None
    authorization_reference: Text | None = None
    charging_periods: list[SentPeriod] | None = None
    total_cost: Any = None


class SessionPatch(Struct):
    """What a PATCH may change of a Session; its periods are added to those there are."""

    country_code: Text | UnsetType | None = UNSET
    party_id: Text | UnsetType | None = UNSET
    id: Text | UnsetType | None = UNSET
    start_datetime: Instant | UnsetType | None = UNSET
    end_datetime: Instant | UnsetType | None = UNSET
    kwh: Number | UnsetType | None = UNSET
    auth_id: Text | UnsetType | None = UNSET
    auth_method: Text | UnsetType | None = UNSET
    authorization_reference: Text | UnsetType | None = UNSET
    location: Place | UnsetType | None = UNSET
    currency: Text | UnsetType | None = UNSET
    charging_periods: list[SentPeriod] | UnsetType | None = UNSET
    total_cost: Any = UNSET
    status: Text | UnsetType | None = UNSET
    last_updated: Instant | UnsetType | None = UNSET
