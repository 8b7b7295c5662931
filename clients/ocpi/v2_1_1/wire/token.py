"""Token, LocationReferences and AuthorizationInfo on the wire (2.1.1 mod_tokens). Tokens are ours: strict."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from clients.ocpi.fields import Text

PRINTABLE = r"^[\x20-\x7e]*$"
Id36 = Annotated[str, Meta(min_length=1, max_length=36, pattern=PRINTABLE)]
Name64 = Annotated[str, Meta(min_length=1, max_length=64)]
DateTimeText = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2}$")]


class Token(Struct, omit_defaults=True):
    """Token of one of our drivers."""

    uid: Id36
    type: Literal["RFID", "OTHER"]
    auth_id: Id36
    issuer: Name64
    valid: bool
    whitelist: Literal["ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER"]
    last_updated: DateTimeText
    visual_number: Name64 | None = None
    language: Language | None = None


class Message(Struct):
    """DisplayText of ours."""

    language: Language
    text: Annotated[str, Meta(min_length=1, max_length=512)]


class AuthorizationInfo(Struct, omit_defaults=True):
    """Our answer to a real-time authorization."""

    allowed: Literal["ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"]
    info: Message | None = None


class LocationReferences(Struct):
    """Where a token is being shown; which of an EVSE's connectors makes no difference to us."""

    location_id: Text
    evse_uids: list[Text] | None = None
