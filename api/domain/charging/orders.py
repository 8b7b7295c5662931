"""What to do next, in the imperative: the only output of the lifecycle machine besides the new state.

An order is carried out by one job (``api/jobs``), deferred in the transaction that stored the fact.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.domain.charging.facts import StopCause, Timer
from api.domain.money import Money


class Finding(StrEnum):
    """Why finance must look at a charge; the reasons of ``Mismatch`` that the lifecycle itself can see."""

    HOLD_AMOUNT_WRONG = "hold_amount_wrong"
    SESSION_WITHOUT_HOLD = "session_without_hold"
    CDR_MISSING = "cdr_missing"
    CDR_AFTER_HOLD_ENDED = "cdr_after_hold_ended"
    CDR_CHANGED_AFTER_CAPTURE = "cdr_changed_after_capture"
    CDR_UNPRICEABLE = "cdr_unpriceable"
    OWED_ABOVE_HOLD = "owed_above_hold"
    CAPTURE_FAILED = "capture_failed"
    RELEASE_FAILED = "release_failed"
    ESTIMATE_CAPTURED = "estimate_captured"
    BELOW_MINIMUM_WAIVED = "below_minimum_waived"
    HOLD_EXPIRED = "hold_expired"
    CAPTURED_UNEXPECTEDLY = "captured_unexpectedly"
    SESSION_TOO_LONG = "session_too_long"
    STOP_FAILED = "stop_failed"


class Message(StrEnum):
    """What to tell the driver; texts are looked up by this key in the driver's language."""

    CONFIRM_WITH_BANK = "confirm_with_bank"
    PAYMENT_DECLINED = "payment_declined"
    START_FAILED = "start_failed"
    START_UNCERTAIN = "start_uncertain"
    CHARGE_STARTED = "charge_started"
    NOTHING_RESERVED = "nothing_reserved"
    CHARGE_STOPPED = "charge_stopped"
    STOP_FAILED = "stop_failed"
    UNPLUG = "unplug"
    CHARGE_ENDED = "charge_ended"
    RECEIPT_READY = "receipt_ready"


@dataclass(frozen=True, slots=True)
class SendStart:
    """Send START_SESSION to the partner: once, and only with a hold placed."""


@dataclass(frozen=True, slots=True)
class SendStop:
    """Send STOP_SESSION for the partner's session."""

    cause: StopCause


@dataclass(frozen=True, slots=True)
class CaptureHold:
    """Capture exactly ``amount``: never above the hold, never twice."""

    amount: Money


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Let the whole hold go; ``reason`` is a word of ``ports.payments.ReleaseReason``."""

    reason: str


@dataclass(frozen=True, slots=True)
class PassHoldOn:
    """Hand the standing hold to charge ``to``, the driver's next try; nothing is asked of the processor."""

    to: str


@dataclass(frozen=True, slots=True)
class RaiseReceivable:
    """Book ``amount`` as owed by the driver: it could not be taken from the hold."""

    amount: Money


@dataclass(frozen=True, slots=True)
class LowerReceivable:
    """Take ``amount`` back from what was booked as owed by the driver: the bill fell, or the money came after all."""

    amount: Money


@dataclass(frozen=True, slots=True)
class RefundDriver:
    """Give ``amount`` of what was taken back to the driver: it is above what the bill asks for."""

    amount: Money


@dataclass(frozen=True, slots=True)
class ResolveHold:
    """Ask the processor what became of a hold whose outcome is unknown."""


@dataclass(frozen=True, slots=True)
class PullSession:
    """Ask the partner for its sessions: a push may have been lost."""


@dataclass(frozen=True, slots=True)
class PullCdrs:
    """Ask the partner for its CDRs: a push may have been lost."""


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Start (or restart) a clock; its length comes from settings."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Stop a clock that has no more meaning."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class TellDriver:
    """Send a notice to the driver."""

    message: Message
    code: str | None = None


@dataclass(frozen=True, slots=True)
class IssueReceipt:
    """Write the receipt: the price is final."""


@dataclass(frozen=True, slots=True)
class AskFinance:
    """Open a finding for finance; the same finding of the same charge is opened once."""

    finding: Finding
    amount: Money | None = None


Order = (
    SendStart
    | SendStop
    | CaptureHold
    | ReleaseHold
    | PassHoldOn
    | RaiseReceivable
    | LowerReceivable
    | RefundDriver
    | ResolveHold
    | PullSession
    | PullCdrs
    | SetTimer
    | CancelTimer
    | TellDriver
    | IssueReceipt
    | AskFinance
)
