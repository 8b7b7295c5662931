"""Our tokens and authorization answers written as 2.1.1, and what partners ask (mod_tokens).

There are two kinds of token here, so whatever is no card is OTHER. All that comes back with a session or a bill is the
``auth_id``, and it must name one charge: a token of an app or a guest, which is fresh for every start, has its uid
there. A card has its contract there, as the chapter recommends.
"""

from collections.abc import Mapping

from api.domain.roaming.token import AuthorizationInfo, DriverToken, LocationReferences, TokenType
from clients.ocpi.fields import read_as, write_as, write_instant
from clients.ocpi.plain import needed
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_1_1.wire import token as wire

_KINDS = {
    "RFID": frozenset({TokenType.RFID}),
    "OTHER": frozenset(TokenType) - {TokenType.RFID},
}
_PARAMETERS = ("token_type", "type")
"""How the kind is asked for: the chapter's table has the first name, its example of a URL the second."""


def token_message(token: DriverToken) -> wire.Token:
    """Return a Token, also as part of other messages."""
    is_card = token.type is TokenType.RFID
    return wire.Token(
        uid=token.uid,
        type="RFID" if is_card else "OTHER",
        auth_id=token.contract_id if is_card else token.uid,
        issuer=token.issuer,
        valid=token.valid,
        whitelist=token.whitelist.upper(),  # type: ignore[arg-type]  # the shape's own list is checked by write_as
        last_updated=write_instant(token.last_updated),
        visual_number=token.visual_number,
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


def read_token_types(query: Mapping[str, str]) -> frozenset[TokenType]:
    """Read the kinds of ours a partner may mean, a card unless it says otherwise; raises Unreadable."""
    word = next((query[name] for name in _PARAMETERS if query.get(name)), "RFID").strip().upper()
    if word in _KINDS:
        return _KINDS[word]
    try:
        return frozenset({TokenType(word.lower())})
    except ValueError:
        raise Unreadable("token_type: not a kind of token") from None
