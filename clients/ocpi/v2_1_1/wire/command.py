"""Commands and their reply on the wire (2.1.1 mod_commands): one shape for the answer at once and the result later.

Ids that a partner gave us are echoed at any length.
"""

from typing import Annotated

from msgspec import Meta, Struct

from clients.ocpi.fields import Text
from clients.ocpi.v2_1_1.wire.token import DateTimeText, Token

Url = Annotated[str, Meta(max_length=255, pattern=r"^https?://[\x21-\x7e]+$")]
TheirId = Annotated[str, Meta(min_length=1)]


class StartSession(Struct, omit_defaults=True):
    """START_SESSION."""

    response_url: Url
    token: Token
    location_id: TheirId
    evse_uid: TheirId | None = None


class StopSession(Struct):
    """STOP_SESSION."""

    response_url: Url
    session_id: TheirId


class ReserveNow(Struct, omit_defaults=True):
    """RESERVE_NOW; the id of the reservation is a number."""

    response_url: Url
    token: Token
    expiry_date: DateTimeText
    reservation_id: Annotated[int, Meta(ge=0)]
    location_id: TheirId
    evse_uid: TheirId | None = None


class UnlockConnector(Struct):
    """UNLOCK_CONNECTOR."""

    response_url: Url
    location_id: TheirId
    evse_uid: TheirId
    connector_id: TheirId


class CommandResponse(Struct):
    """What the partner says at once, and what the charger says later."""

    result: Text
