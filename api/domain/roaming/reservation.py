"""How far a reservation has come, by the answers and results of its commands (OCPI 2.2.1 chapter 13).

Words of the partner come twice and in any order: a result beats an answer, an end stays the end.
"""

from enum import StrEnum

from api.domain.roaming.command import AnswerKind, ResultKind


class ReservationStatus(StrEnum):
    """Where a reservation stands."""

    PLANNED = "planned"
    """On disk, not known to be sent."""
    ASKED = "asked"
    """The partner took the command; the charger has not spoken yet."""
    RESERVED = "reserved"
    UNKNOWN = "unknown"
    """Whether the charger reserved is not known; it is taken as perhaps reserved until it expires."""
    REFUSED = "refused"
    CANCELED = "canceled"
    EXPIRED = "expired"


ENDED = frozenset({ReservationStatus.REFUSED, ReservationStatus.CANCELED, ReservationStatus.EXPIRED})
_WAITING = frozenset({ReservationStatus.PLANNED, ReservationStatus.ASKED})
_UNCERTAIN = frozenset({ResultKind.TIMEOUT, ResultKind.FAILED})
_GONE = frozenset({ResultKind.ACCEPTED, ResultKind.CANCELED_RESERVATION, ResultKind.UNKNOWN_RESERVATION})


def after_answer(status: ReservationStatus, answer: AnswerKind | None) -> ReservationStatus:
    """Return where a reservation stands after the partner's answer, None if it gave none that is clear."""
    if status not in _WAITING:
        return status  # the result was faster
    if answer is None:
        return ReservationStatus.UNKNOWN
    return ReservationStatus.ASKED if answer is AnswerKind.ACCEPTED else ReservationStatus.REFUSED


def after_result(status: ReservationStatus, result: ResultKind) -> ReservationStatus:
    """Return where a reservation stands after a result of RESERVE_NOW; the operator may cancel it later."""
    if status in ENDED:
        return status
    if result is ResultKind.CANCELED_RESERVATION:
        return ReservationStatus.CANCELED
    if status is ReservationStatus.RESERVED:
        return status
    if result is ResultKind.ACCEPTED:
        return ReservationStatus.RESERVED
    return ReservationStatus.UNKNOWN if result in _UNCERTAIN else ReservationStatus.REFUSED


def after_cancel_result(status: ReservationStatus, result: ResultKind) -> ReservationStatus:
    """Return where a reservation stands after a result of CANCEL_RESERVATION; one unknown to the charger is gone."""
    return ReservationStatus.CANCELED if status not in ENDED and result in _GONE else status
