"""Commands to a partner's charger and the two replies to each: the answer at once, the result later.

Answers to OCPI 2.2.1 chapter 13. UNLOCK_CONNECTOR is for the help desk only: no driver's request may lead to it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.domain.roaming.token import DriverToken


class AnswerKind(StrEnum):
    """The partner's synchronous word on a command: will it be passed on?"""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SUPPORTED = "not_supported"
    UNKNOWN_SESSION = "unknown_session"


class ResultKind(StrEnum):
    """The charger's asynchronous word. ``accepted`` is not charging: only a Session proves that (ocpi#392)."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SUPPORTED = "not_supported"
    FAILED = "failed"
    TIMEOUT = "timeout"
    EVSE_OCCUPIED = "evse_occupied"
    EVSE_INOPERATIVE = "evse_inoperative"
    CANCELED_RESERVATION = "canceled_reservation"
    UNKNOWN_RESERVATION = "unknown_reservation"


@dataclass(frozen=True, slots=True)
class StartCommand:
    """START_SESSION: the token must be authorized by us already, so a hold is placed first."""

    response_url: str
    token: DriverToken
    location_id: str
    evse_uid: str | None
    connector_id: str | None = None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True)
class StopCommand:
    """STOP_SESSION for the partner's session id."""

    response_url: str
    session_id: str


@dataclass(frozen=True, slots=True)
class ReserveCommand:
    """RESERVE_NOW; ``reservation_id`` is ours and has digits only, because in 2.1.1 it is a number."""

    response_url: str
    token: DriverToken
    expires_at: datetime
    reservation_id: str
    location_id: str
    evse_uid: str | None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True)
class CancelReservationCommand:
    """CANCEL_RESERVATION, which 2.1.1 does not have."""

    response_url: str
    reservation_id: str


@dataclass(frozen=True, slots=True)
class UnlockCommand:
    """UNLOCK_CONNECTOR, sent by the help desk while it speaks with the driver."""

    response_url: str
    location_id: str
    evse_uid: str
    connector_id: str


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """The synchronous answer; ``timeout_seconds`` is how long to wait for the result."""

    kind: AnswerKind
    timeout_seconds: int
    message: str | None = None


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The asynchronous result from the charger."""

    kind: ResultKind
    message: str | None = None
