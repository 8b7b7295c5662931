"""What happened to a charge, in the past tense: the only input of the lifecycle machine.

Facts are built by services from stored messages, answers and timers; each is a frozen value with the numbers that
the machine decides on and nothing else. What to do about them is in ``lifecycle.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from api.domain.charging.afterwards import Afterwards
from api.domain.money import Money


class StopCause(StrEnum):
    """Who or what ended the energy."""

    DRIVER = "driver"
    BADGE = "badge"
    """The driver too, with a card at the post."""
    VEHICLE = "vehicle"
    CHARGER = "charger"
    OPERATOR = "operator"
    HOLD_LIMIT = "hold_limit"
    NO_SESSION_WANTED = "no_session_wanted"
    UNKNOWN = "unknown"


# --- the hold -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """The processor confirmed a hold of exactly ``amount``, capturable until ``capture_before``."""

    amount: Money
    capture_before: datetime | None


@dataclass(frozen=True, slots=True)
class HoldNeedsAction:
    """The bank wants the driver to confirm (3-D Secure)."""


@dataclass(frozen=True, slots=True)
class HoldDeclined:
    """The bank or the processor said no for good."""

    code: str


@dataclass(frozen=True, slots=True)
class HoldOutcomeUnknown:
    """The call broke off; the hold may or may not exist. The sweeper finds out."""


@dataclass(frozen=True, slots=True)
class HoldCaptured:
    """Money was taken, once; the processor released the rest of the hold."""

    amount: Money


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """The hold was canceled: nothing was taken, all was released."""


@dataclass(frozen=True, slots=True)
class HoldExpired:
    """The bank let the hold lapse before we captured."""


@dataclass(frozen=True, slots=True)
class CaptureFailed:
    """The processor refused the capture for good."""

    code: str


@dataclass(frozen=True, slots=True)
class ReleaseFailed:
    """The processor refused the release for good."""

    code: str


@dataclass(frozen=True, slots=True)
class HoldExtended:
    """The processor raised the hold: ``amount`` is what it stands at now."""

    amount: Money


@dataclass(frozen=True, slots=True)
class CaptureWindowMoved:
    """The processor told, or changed, the last moment in which a hold that stands can be captured."""

    capture_before: datetime


# --- the start ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartAccepted:
    """The partner took the command or the charger accepted it: not yet charging."""


@dataclass(frozen=True, slots=True)
class StartRejected:
    """The partner or the charger said no: nothing will charge. ``code`` is our closed list (CK13)."""

    code: str


@dataclass(frozen=True, slots=True)
class StartOutcomeUnknown:
    """No answer, a TIMEOUT result or FAILED: the car may charge anyway (ocpi#475)."""

    code: str


@dataclass(frozen=True, slots=True)
class BegunAtPost:
    """A pass of the driver began it at the post, and nobody asked us to start: the hold is asked for while it runs.

    ``over``: it was told to us when it had ended.
    """

    metered: bool
    over: bool = False


# --- the driver -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DriverCanceled:
    """The driver gave up before a session was seen."""


@dataclass(frozen=True, slots=True)
class StartRetried:
    """After a failed start the driver started anew, as charge ``by``; ``adopts``: it takes the standing hold over."""

    by: str
    adopts: bool


@dataclass(frozen=True, slots=True)
class StopConfirmed:
    """The driver asked to stop and confirmed it."""


@dataclass(frozen=True, slots=True)
class StopAccepted:
    """The partner or charger accepted STOP_SESSION."""


@dataclass(frozen=True, slots=True)
class StopFailed:
    """STOP_SESSION was refused or got no answer; the charge goes on."""

    code: str


# --- the partner's session ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """The partner reports a session for this charge, open at the moment; ``kwh`` delivered so far.

    ``metered`` says that the report carries meter data (kWh above zero or a charging period).
    """

    kwh: Decimal
    metered: bool


@dataclass(frozen=True, slots=True)
class HoldNearlyUsed:
    """The running driver price is so near the hold that the next meter interval may pass it: stop in time."""


@dataclass(frozen=True, slots=True)
class EnergyEnded:
    """Energy stopped while the cable is still plugged: idle from now on."""

    cause: StopCause


@dataclass(frozen=True, slots=True)
class EnergyResumed:
    """Energy flows again after an idle spell (a car's timer, a tapering battery)."""


@dataclass(frozen=True, slots=True)
class Unplugged:
    """The session is over at the charger: completed, or the EVSE is free again."""

    cause: StopCause


@dataclass(frozen=True, slots=True)
class SessionInvalidated:
    """The partner declared the session invalid: no CDR will follow."""


@dataclass(frozen=True, slots=True)
class CdrReceived:
    """The net of all CDRs of this charge so far, in the driver's price: ``owed`` gross, in the hold's currency."""

    owed: Money
    credited: Money | None = None
    """What counts as waived beside this bill, where that depends on it; None: as before."""


@dataclass(frozen=True, slots=True)
class CdrUnpriceable:
    """A CDR came that cannot be turned into a price by rule (other currency, broken periods): staff decide."""

    code: str


@dataclass(frozen=True, slots=True)
class StaffSettled:
    """A signed staff decision: take ``owed`` (zero releases everything)."""

    owed: Money


@dataclass(frozen=True, slots=True)
class MoneyMovedAfterwards:
    """Refunds, disputes, later payments, credits or write-offs of this charge changed; all totals as they are now."""

    totals: Afterwards


class Timer(StrEnum):
    """The clocks that a charge may have running; each has its length in settings."""

    HOLD_ANSWER = "hold_answer"
    """Nothing was heard of the hold for as long as a driver waits at the charger: the processor is away."""
    DRIVER_ACTION = "driver_action"
    """3-D Secure was not finished while a driver would still be waiting."""
    START_RESULT = "start_result"
    """No result and no session after the accepted start."""
    LATE_SESSION_GRACE = "late_session_grace"
    """A start failed or was unknown; until now a late session was awaited before the hold is released."""
    RETRY_WINDOW = "retry_window"
    """A start failed for good; until now its hold is kept for the driver's next try."""
    METERING_STALE = "metering_stale"
    """No meter data for a while: shown as stale, never an error."""
    STOP_RESULT = "stop_result"
    """A stop was sent and nothing shows that it worked."""
    UNPLUG_REMINDER = "unplug_reminder"
    """Time to remind the driver (again) to unplug."""
    CDR_OVERDUE = "cdr_overdue"
    """The charge ended and no CDR came."""
    HOLD_EXPIRY_NEAR = "hold_expiry_near"
    """The hold can be captured only for a short while longer."""
    SESSION_TOO_LONG = "session_too_long"
    """The session is open longer than any charge should be."""
    REFUND_DUE = "refund_due"
    """Money was kept above the bill for so long that no replacement of the bill is expected: give it back."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A clock ran out. ``estimate`` is the last known driver price, given with ``HOLD_EXPIRY_NEAR``."""

    timer: Timer
    estimate: Money | None = None


_OfHold = HoldPlaced | HoldNeedsAction | HoldDeclined | HoldOutcomeUnknown | HoldExtended | CaptureWindowMoved
_EndOfHold = HoldCaptured | HoldReleased | HoldExpired | CaptureFailed | ReleaseFailed
_OfStart = StartAccepted | StartRejected | StartOutcomeUnknown | BegunAtPost
_OfDriver = DriverCanceled | StartRetried | StopConfirmed | StopAccepted | StopFailed
_OfSession = SessionSeen | HoldNearlyUsed | EnergyEnded | EnergyResumed | Unplugged | SessionInvalidated
_OfBill = CdrReceived | CdrUnpriceable | StaffSettled | MoneyMovedAfterwards
Fact = _OfHold | _EndOfHold | _OfStart | _OfDriver | _OfSession | _OfBill | TimerFired
