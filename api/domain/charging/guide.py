"""The guided flow of one charge: where the driver is, and the one thing to do next, driven by what the server knows.

Six steps: pay, connect and start, charge, stop, unplug, receipt. What comes first at the post, cable or start, is the
network's own rule (``StartSequence``); where nobody knows it, what the post's display says counts. A hint says what may
be wrong; it is never a fault. Does not live here: the words (``routes/app/guide_texts.py``).
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from api.domain.charging.facts import StopCause
from api.domain.charging.state import BEFORE_START, STARTING, ChargingStatus

_S = ChargingStatus


class StartSequence(StrEnum):
    """What a post wants first."""

    PLUG_FIRST = "plug_first"
    START_FIRST = "start_first"
    EITHER = "either"
    UNKNOWN = "unknown"


class GuideStep(StrEnum):
    """The steps, in their order."""

    PAY = "pay"
    CONNECT = "connect"
    CHARGE = "charge"
    STOP = "stop"
    UNPLUG = "unplug"
    RECEIPT = "receipt"


class StepState(StrEnum):
    """How far one step is."""

    DONE = "done"
    CURRENT = "current"
    TO_COME = "to_come"


class Hint(StrEnum):
    """What may be wrong, to be shown beside the charge."""

    VEHICLE_SCHEDULE = "vehicle_schedule"
    """Connected, started, and no energy: often a timer of the car."""
    WRONG_CONNECTOR = "wrong_connector"
    """A neighbor became occupied while the connector of this charge stays free."""


STEPS = tuple(GuideStep)
QUIET_BEFORE_HINT = timedelta(minutes=10)
"""So long a started charge may have taken nothing before a timer of the car is suspected."""
BY_ITSELF = frozenset({StopCause.VEHICLE, StopCause.CHARGER, StopCause.OPERATOR, StopCause.UNKNOWN})
"""Ends that neither the driver nor we asked for."""
_AT: dict[ChargingStatus, tuple[GuideStep, str]] = {
    _S.AWAITING_HOLD: (GuideStep.PAY, "wait_for_hold"),
    _S.AWAITING_DRIVER: (GuideStep.PAY, "confirm_with_bank"),
    _S.CHARGING: (GuideStep.CHARGE, "watch"),
    _S.STOP_REQUESTED: (GuideStep.STOP, "wait_for_stop"),
    _S.STOP_ACCEPTED: (GuideStep.STOP, "wait_for_stop"),
    _S.IDLE: (GuideStep.UNPLUG, "unplug"),
    _S.ENDED: (GuideStep.RECEIPT, "wait_for_receipt"),
    _S.SETTLING: (GuideStep.RECEIPT, "wait_for_receipt"),
    _S.NEEDS_FINANCE: (GuideStep.RECEIPT, "wait_for_receipt"),
    _S.SETTLED: (GuideStep.RECEIPT, "see_receipt"),
}


@dataclass(frozen=True, slots=True)
class Guide:
    """Where the driver is: ``step`` counts from one and is None when the charge came to nothing."""

    step: int | None
    next_action: str
    plugged: bool
    """Whether the cable is known to be in, which completes that part of the step by itself."""

    def states(self) -> tuple[tuple[GuideStep, StepState], ...]:
        """Return every step with how far it is; of a charge that came to nothing none is current."""
        at = self.step or 0
        done = len(STEPS) + 1 if self.next_action == "see_receipt" else at

        def state(number: int) -> StepState:
            if number < done:
                return StepState.DONE
            return StepState.CURRENT if number == at else StepState.TO_COME

        return tuple((step, state(number)) for number, step in enumerate(STEPS, start=1))


def guide_of(status: ChargingStatus, sequence: StartSequence, *, plugged: bool) -> Guide:
    """Return the guide of a charge in ``status``."""
    if status in STARTING:
        return Guide(STEPS.index(GuideStep.CONNECT) + 1, _connecting(status, sequence, plugged=plugged), plugged)
    step, action = _AT.get(status, (None, "try_again"))
    seen = plugged or status not in BEFORE_START
    return Guide(None if step is None else STEPS.index(step) + 1, action, seen and step is not None)


def _connecting(status: ChargingStatus, sequence: StartSequence, *, plugged: bool) -> str:
    """Return what to do while a start is on its way: nothing, or put the cable in, once it is its turn."""
    if plugged or status is _S.START_UNKNOWN:
        return "wait_for_charger"
    if sequence is StartSequence.START_FIRST and status is _S.STARTING:
        return "wait_for_charger"  # the post wants the start before the cable
    return "plug_in"


def may_be_scheduled(status: ChargingStatus, kwh: Decimal, since_start: timedelta | None) -> bool:
    """Say whether a started charge that takes nothing looks like a timer of the car (EP05)."""
    if status not in {_S.CHARGING, _S.IDLE} or kwh > 0 or since_start is None:
        return False
    return since_start >= QUIET_BEFORE_HINT


def stopped_by_itself(status: ChargingStatus, cause: StopCause | None) -> bool:
    """Say whether energy ended though neither the driver nor we asked for that."""
    over = status in {_S.IDLE, _S.ENDED, _S.SETTLING, _S.SETTLED, _S.NEEDS_FINANCE}
    return over and cause in BY_ITSELF
