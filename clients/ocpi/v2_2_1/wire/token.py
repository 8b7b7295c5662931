"""Token, LocationReferences and AuthorizationInfo on the wire (2.2.1 chapter 12). Tokens are ours: strict."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from clients.ocpi.fields import Text

PRINTABLE = r"^[\x20-\x7e]*$"
CountryCode = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
PartyCode = Annotated[str, Meta(pattern=r"^[A-Z0-9]{3}$")]
Id36 = Annotated[str, Meta(min_length=1, max_length=36, pattern=PRINTABLE)]
Name64 = Annotated[str, Meta(min_length=1, max_length=64)]
DateTimeText = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2}$")]


class Token(Struct, omit_defaults=True):
    """Token of one of our drivers."""

    country_code: CountryCode
    party_id: PartyCode
    uid: Id36
    type: Literal["APP_USER", "AD_HOC_USER", "RFID", "OTHER"]
    contract_id: Id36
    issuer: Name64
    valid: bool
    whitelist: Literal["ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER"]
    last_updated: DateTimeText
    visual_number: Name64 | None = None
    group_id: Id36 | None = None
    language: Language | None = None


class Message(Struct):
    """DisplayText of ours."""

    language: Language
    text: Annotated[str, Meta(max_length=512)]


class AuthorizationInfo(Struct, omit_defaults=True):
    """Our answer to a real-time authorization."""

    allowed: Literal["ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"]
    token: Token
    authorization_reference: Id36 | None = None
    info: Message | None = None


class LocationReferences(Struct):
    """Where a token is being shown."""

    location_id: Text
    evse_uids: list[Text] | None = None
