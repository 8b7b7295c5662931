"""Session on the wire and its PATCH form (2.2.1 chapter 9), with CdrToken (chapter 10)."""

from msgspec import UNSET, Struct, UnsetType

from clients.ocpi.fields import Instant, Number, Text
from clients.ocpi.periods import SentPeriod
from clients.ocpi.prices import SentPrice

SESSION_STATUS_WORDS = {"RESERVED": "RESERVATION"}
"""The specification's text says RESERVED where its own list says RESERVATION."""

NOT_AVAILABLE = "#NA"
"""What the specification writes for a required text that cannot be known."""


class CdrToken(Struct):
    """The token a session or CDR was made with."""

    uid: Text
    type: Text | None = None
    contract_id: Text | None = None
    country_code: Text | None = None
    party_id: Text | None = None


class Session(Struct):
    """Session; where it is may be missing, what it is may not."""

    id: Text
    start_date_time: Instant
    kwh: Number
    cdr_token: CdrToken
    currency: Text
    status: Text
    last_updated: Instant
    country_code: Text | None = None
    party_id: Text | None = None
    location_id: Text | None = None
    evse_uid: Text | None = None
    connector_id: Text | None = None
    end_date_time: Instant | None = None
    auth_method: Text | None = None
    authorization_reference: Text | None = None
    charging_periods: list[SentPeriod] | None = None
    total_cost: SentPrice | None = None


class SessionPatch(Struct):
    """What a PATCH may change of a Session; its periods are added to those there are."""

    country_code: Text | UnsetType | None = UNSET
    party_id: Text | UnsetType | None = UNSET
    id: Text | UnsetType | None = UNSET
    start_date_time: Instant | UnsetType | None = UNSET
    end_date_time: Instant | UnsetType | None = UNSET
    kwh: Number | UnsetType | None = UNSET
    cdr_token: CdrToken | UnsetType | None = UNSET
    auth_method: Text | UnsetType | None = UNSET
    authorization_reference: Text | UnsetType | None = UNSET
    location_id: Text | UnsetType | None = UNSET
    evse_uid: Text | UnsetType | None = UNSET
    connector_id: Text | UnsetType | None = UNSET
    currency: Text | UnsetType | None = UNSET
    charging_periods: list[SentPeriod] | UnsetType | None = UNSET
    total_cost: SentPrice | UnsetType | None = UNSET
    status: Text | UnsetType | None = UNSET
    last_updated: Instant | UnsetType | None = UNSET
