"""Tokens by which a driver is known to partners, and what real-time authorization answers (OCPI 2.2.1 chapter 12)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TokenType(StrEnum):
    """What kind of token it is; a charge from the app uses ``app_user``, a guest ``ad_hoc_user``, a car ``emaid``."""

    APP_USER = "app_user"
    AD_HOC_USER = "ad_hoc_user"
    EMAID = "emaid"
    RFID = "rfid"
    OTHER = "other"


class Whitelist(StrEnum):
    """Whether a partner may accept the token without asking us."""

    ALWAYS = "always"
    ALLOWED = "allowed"
    ALLOWED_OFFLINE = "allowed_offline"
    NEVER = "never"


class Allowed(StrEnum):
    """The answer of real-time authorization."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    NO_CREDIT = "no_credit"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class CdrToken:
    """The token that a session or CDR names; ``uid`` is fresh for every start, so it finds the charge."""

    uid: str
    type: TokenType
    contract_id: str


@dataclass(frozen=True, slots=True)
class DriverToken:
    """A token of one of our drivers, as a partner sees it."""

    country_code: str
    party_id: str
    uid: str
    type: TokenType
    contract_id: str
    issuer: str
    valid: bool
    whitelist: Whitelist
    last_updated: datetime
    group_id: str | None = None
    visual_number: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class LocationReferences:
    """Where a token is being shown, as a partner asks; no EVSEs means anywhere at the location."""

    location_id: str
    evse_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationInfo:
    """Our answer when a partner asks whether a token may charge."""

    allowed: Allowed
    token: DriverToken
    authorization_reference: str | None = None
    text: str | None = None
