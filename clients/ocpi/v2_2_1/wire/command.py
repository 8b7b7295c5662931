"""Commands and their two replies on the wire (2.2.1 chapter 13).

Ids that a partner gave us are echoed at any length. Messages for people are read leniently: they never spoil an answer.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from clients.ocpi.fields import Text, Whole
from clients.ocpi.v2_2_1.wire.token import DateTimeText, Id36, Token

Url = Annotated[str, Meta(max_length=255, pattern=r"^https?://[\x21-\x7e]+$")]
TheirId = Annotated[str, Meta(min_length=1)]


class StartSession(Struct, omit_defaults=True):
    """START_SESSION."""

    response_url: Url
    token: Token
    location_id: TheirId
    evse_uid: TheirId | None = None
    connector_id: TheirId | None = None
    authorization_reference: Id36 | None = None


class StopSession(Struct, omit_defaults=True):
    """STOP_SESSION."""

    response_url: Url
    session_id: TheirId


class ReserveNow(Struct, omit_defaults=True):
    """RESERVE_NOW."""

    response_url: Url
    token: Token
    expiry_date: DateTimeText
    reservation_id: Id36
    location_id: TheirId
    evse_uid: TheirId | None = None
    authorization_reference: Id36 | None = None


class CancelReservation(Struct):
    """CANCEL_RESERVATION."""

    response_url: Url
    reservation_id: Id36


class UnlockConnector(Struct):
    """UNLOCK_CONNECTOR."""

    response_url: Url
    location_id: TheirId
    evse_uid: TheirId
    connector_id: TheirId


class CommandResponse(Struct):
    """The partner's answer at once."""

    result: Text
    timeout: Whole | None = None
    message: Any = None


class CommandResult(Struct):
    """The charger's result, later."""

    result: Text
    message: Any = None
