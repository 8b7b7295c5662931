"""Our tokens and authorization answers written as 2.2.1, and what partners ask (chapter 12)."""

from api.domain.roaming.token import AuthorizationInfo, DriverToken, LocationReferences, TokenType
from clients.ocpi.fields import read_as, write_as, write_instant
from clients.ocpi.plain import needed
from clients.ocpi.v2_2_1.wire import token as wire

_TYPE = {TokenType.EMAID: "OTHER"}
"""Kinds of token that only later versions have."""


def token_message(token: DriverToken) -> wire.Token:
    """Return a Token, also as part of other messages."""
    return wire.Token(
        country_code=token.country_code.upper(),
        party_id=token.party_id.upper(),
        uid=token.uid,
        type=_TYPE.get(token.type, token.type.upper()),  # type: ignore[arg-type]  # the shape's own list of values is checked by write_as
        contract_id=token.contract_id,
        issuer=token.issuer,
        valid=token.valid,
        whitelist=token.whitelist.upper(),  # type: ignore[arg-type]  # as above
        last_updated=write_instant(token.last_updated),
        visual_number=token.visual_number,
        group_id=token.group_id,
        language=token.language.lower() if token.language else None,
    )


def write_token(token: DriverToken) -> dict[str, object]:
    """Write a Token; raises Unwritable."""
    return write_as(token_message(token))


def write_authorization(info: AuthorizationInfo) -> dict[str, object]:
    """Write the answer to real-time authorization, its text in the driver's language; raises Unwritable."""
    language = (info.token.language or "en").lower()
    return write_as(
        wire.AuthorizationInfo(
            allowed=info.allowed.upper(),  # type: ignore[arg-type]  # the shape's own list is checked by write_as
            token=token_message(info.token),
            authorization_reference=info.authorization_reference,
            info=wire.Message(language=language, text=info.text[:512]) if info.text else None,
        )
    )


def read_location_references(raw: object) -> LocationReferences:
    """Read where a token is being shown; raises Unreadable."""
    sent = read_as(wire.LocationReferences, raw)
    return LocationReferences(
        location_id=needed(sent.location_id, "location_id"),
        evse_uids=tuple(str(each) for each in sent.evse_uids or ()),
    )
