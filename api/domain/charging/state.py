"""Where one charge stands: the statuses of its two machines and the plain values that the machine remembers.

Everything here is plain, so that it can be stored in columns. What moves a charge from one status to the next is in
``lifecycle.py``; nothing else may set a status. Energy stopped (``idle``), cable unplugged (``ended``) and billed
(``settled``) are three different ends.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.domain.charging.afterwards import Afterwards
from api.domain.charging.facts import StopCause
from api.domain.money import Money


class ChargingStatus(StrEnum):
    """How far the charge has come."""

    AWAITING_HOLD = "awaiting_hold"
    """The hold is being placed; nothing was sent to the partner."""
    AWAITING_DRIVER = "awaiting_driver"
    """The bank wants the driver to confirm (3-D Secure)."""
    STARTING = "starting"
    """The hold stands and the start is on its way to the partner."""
    START_ACCEPTED = "start_accepted"
    """The partner or the charger took the start; no session yet."""
    START_UNKNOWN = "start_unknown"
    """Nobody knows whether the car will charge, or the driver gave up: a late session is awaited for a while."""
    CHARGING = "charging"
    """A session is open and energy may flow."""
    STOP_REQUESTED = "stop_requested"
    """A stop is on its way to the partner."""
    STOP_ACCEPTED = "stop_accepted"
    """The partner or the charger took the stop; energy may still flow."""
    IDLE = "idle"
    """Energy ended, the cable is still plugged: parking may cost."""
    ENDED = "ended"
    """Unplugged, or the session is completed; the CDR is awaited."""
    SETTLING = "settling"
    """The bill is in; the hold is being captured or released."""
    SETTLED = "settled"
    """Billed: taken from the hold, booked as receivable, or nothing owed."""
    START_FAILED = "start_failed"
    """Nothing charged; the hold waits a moment for the driver's next try, is passed on to it, or is released."""
    ABANDONED = "abandoned"
    """The driver gave up or never confirmed; the hold is released or about to be."""
    DECLINED = "declined"
    """The bank said no; nothing was started."""
    NEEDS_FINANCE = "needs_finance"
    """The bill cannot be settled by rule; staff decide."""


class HoldStatus(StrEnum):
    """Where the card hold stands, as far as we know."""

    PENDING = "pending"
    NEEDS_ACTION = "needs_action"
    PLACED = "placed"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    CAPTURING = "capturing"
    CAPTURED = "captured"
    RELEASING = "releasing"
    RELEASED = "released"
    EXPIRED = "expired"
    PASSED_ON = "passed_on"
    """The hold secures the driver's next try and is that charge's from now on."""
    CAPTURE_FAILED = "capture_failed"
    RELEASE_FAILED = "release_failed"


class Metering(StrEnum):
    """Whether meter data arrives; stale is shown to the driver and is never an error."""

    PENDING = "pending"
    LIVE = "live"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers that the operator chooses and that the machine decides on."""

    minimum_charge: Money
    """A bill below this is waived: the processor cannot take it, or taking it costs more than it brings."""
    stop_attempts: int = 3
    """How often a stop that nobody but us wants is sent before finance alone must care."""
    stop_unsecured: bool = False
    """Whether a charge that a pass began is stopped where nothing can be held for it."""

    def due(self, owed: Money) -> Money:
        """Return what is asked for a bill of ``owed``: all of it, or nothing when it is waived."""
        return Money.zero(owed.currency) if owed < self.minimum_charge else owed


@dataclass(frozen=True, slots=True)
class ChargingState:
    """One charge as the machine sees it. All money is in the currency of ``hold_amount``."""

    status: ChargingStatus
    hold: HoldStatus
    metering: Metering
    hold_amount: Money
    receivable: Money
    """Booked as owed by the driver beside the hold; it falls with the bill, never below zero."""
    excess: Money
    """Kept above the bill, as last told to finance: a refund is due that is not ordered yet."""
    capturing: Money | None = None
    """The one amount that a capture was ordered for."""
    captured: Money | None = None
    """What the processor says was taken."""
    owed: Money | None = None
    """The bill: net of all CDRs in the driver's price, or a staff decision; ``None`` until there is one."""
    signed: bool = False
    """``owed`` is a signed staff decision and not (or no longer) the net of CDRs."""
    billed: Money | None = None
    """The price on the last receipt."""
    stop_cause: StopCause | None = None
    """Who ended the energy or asked for its end, first known first kept."""
    failure_code: str | None = None
    """Why the payment, the start or the bill failed: a word of our closed lists."""
    canceled: bool = False
    """The driver gave up before a session was seen."""
    session_seen: bool = False
    """The partner reported a session."""
    stop_sent: bool = False
    """A stop is outstanding or was taken."""
    stop_failures: int = 0
    estimate_captured: bool = False
    """The capture was ordered on our estimate, because no CDR came in time."""
    ordered_back: Money | None = None
    """All that was ever ordered to be refunded; what came of it is in ``after``."""
    begun_at_post: bool = False
    """A pass began it: there was no start of ours, and it may run before, or without, a hold."""
    after: Afterwards | None = None
    """What moved beside the hold; ``None``: nothing, or the row is older than this field."""

    @property
    def afterwards(self) -> Afterwards:
        """What moved beside the hold, as totals."""
        return self.after or Afterwards.nothing(self.hold_amount.currency)

    @property
    def refunded(self) -> Money:
        """What went back to the driver or is on its way, without what failed."""
        zero, after = Money.zero(self.hold_amount.currency), self.afterwards
        return (self.ordered_back or zero) - after.stuck + after.returned

    @property
    def paid(self) -> Money:
        """What the driver has paid, net of what went back or is on its way."""
        captured = self.captured or Money.zero(self.hold_amount.currency)
        return captured + self.afterwards.paid - self.refunded

    def asked(self, policy: Policy) -> Money:
        """Return what is asked for the bill: what is due of it less what staff waived."""
        zero = Money.zero(self.hold_amount.currency)
        return zero if self.owed is None else max(policy.due(self.owed) - self.afterwards.credited, zero)

    @classmethod
    def new(cls, hold_amount: Money) -> "ChargingState":
        """Return the state of a charge whose hold of ``hold_amount`` is about to be placed."""
        zero = Money.zero(hold_amount.currency)
        return cls(
            status=ChargingStatus.AWAITING_HOLD,
            hold=HoldStatus.PENDING,
            metering=Metering.PENDING,
            hold_amount=hold_amount,
            receivable=zero,
            excess=zero,
        )


BEFORE_START = frozenset({ChargingStatus.AWAITING_HOLD, ChargingStatus.AWAITING_DRIVER})
"""Nothing was sent to the partner yet."""

STARTING = frozenset({ChargingStatus.STARTING, ChargingStatus.START_ACCEPTED, ChargingStatus.START_UNKNOWN})
"""A start was sent and no session was seen."""

STOPPING = frozenset({ChargingStatus.STOP_REQUESTED, ChargingStatus.STOP_ACCEPTED})
"""A stop was sent and its effect was not seen."""

RUNNING = frozenset({ChargingStatus.CHARGING, ChargingStatus.IDLE}) | STOPPING
"""The partner's session is open."""

NO_CHARGE = frozenset({ChargingStatus.START_FAILED, ChargingStatus.ABANDONED, ChargingStatus.DECLINED})
"""Nothing charges, so the hold must go."""

BILLING = frozenset({ChargingStatus.SETTLING, ChargingStatus.SETTLED, ChargingStatus.NEEDS_FINANCE})
"""The bill is in, or staff must make one."""

FINAL = frozenset(
    {ChargingStatus.SETTLED, ChargingStatus.START_FAILED, ChargingStatus.ABANDONED, ChargingStatus.DECLINED}
)
"""Statuses that nothing is expected after; a late session or CDR is still answered."""

HOLD_FAILED = frozenset({HoldStatus.CAPTURE_FAILED, HoldStatus.RELEASE_FAILED})
"""The processor refused for good; staff decide, or the bank lets the hold lapse."""

HOLD_ENDED = frozenset(
    {HoldStatus.CAPTURED, HoldStatus.RELEASED, HoldStatus.EXPIRED, HoldStatus.DECLINED, HoldStatus.PASSED_ON}
)
"""Ends of a hold: no money of the driver is blocked for this charge any more."""
