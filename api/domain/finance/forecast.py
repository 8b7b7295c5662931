"""What open holds will probably bring, what of it is in danger, and what to do about it.

The danger is that no CDR comes before a hold lapses. How likely that is follows from how long the same partner's CDRs
took before: of those that had not come after the time already waited, the share that came too late or never. One
unknown late and one unknown timely CDR are added to every history (Laplace's rule of succession), so that a partner
with no history is neither trusted nor condemned.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

USUAL_HOLD = timedelta(days=7)
"""How long a card hold stands where the processor told no end of it."""
AT_RISK = Fraction(1, 20)
"""From here on a hold is shown as in danger."""
CAPTURE_AHEAD = timedelta(hours=24)
"""This near its end, a hold is rather captured on an estimate than waited for (payments.md 4.14)."""


class Phase(StrEnum):
    """How far the charge behind a hold has come, as far as a forecast cares."""

    STARTING = "starting"
    RUNNING = "running"
    AWAITING_CDR = "awaiting_cdr"
    BILLED = "billed"
    NOTHING = "nothing"
    """Nothing was charged: the hold must go."""


class Suggestion(StrEnum):
    """What to do about a hold."""

    WAIT = "wait"
    ASK_PARTNER = "ask_partner"
    """Ask for the CDR: it should have come."""
    CAPTURE_ESTIMATE = "capture_estimate"
    ASK_PRICE = "ask_price"
    """The end is near and no price is known: ask the partner what it cost."""
    CAPTURE = "capture"
    RELEASE = "release"
    BILL_OTHERWISE = "bill_otherwise"
    """The hold lapsed: by the saved card or a payment link."""


@dataclass(frozen=True, slots=True)
class Delays:
    """How long after the end of a session a partner's CDRs came, in seconds and sorted; and how many never came."""

    seconds: tuple[int, ...] = ()
    never: int = 0

    def later_than(self, length: timedelta) -> Fraction:
        """Return the share of CDRs that take longer than ``length``."""
        timely = bisect_right(self.seconds, int(length.total_seconds()))
        late = len(self.seconds) - timely + self.never
        return Fraction(late + 1, len(self.seconds) + self.never + 2)

    def median(self) -> timedelta | None:
        """Return the delay that half of those that came did not exceed; None where none came."""
        return timedelta(seconds=self.seconds[(len(self.seconds) - 1) // 2]) if self.seconds else None

    def missing_after(self, waited: timedelta, remaining: timedelta) -> Fraction:
        """Return how likely no CDR comes in ``remaining`` more, if none did in the time already waited."""
        if remaining <= timedelta(0):
            return Fraction(1)
        waited = max(waited, timedelta(0))
        return self.later_than(waited + remaining) / self.later_than(waited)


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold as a forecast looks at it; money in minor units of its currency."""

    charge_id: str
    partner_id: str
    currency: str
    held_minor: int
    cost_minor: int | None
    """The bill, else the running price; None: no price is known."""
    phase: Phase
    placed_at: datetime
    ended_at: datetime | None
    """When the session ended, as far as it did."""
    capture_before: datetime | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of one hold."""

    hold: OpenHold
    left: timedelta
    expected_minor: int | None
    """What will be captured if a bill comes in time; None: no price is known."""
    beyond_minor: int
    """What the charge costs above the hold: owed by the driver."""
    risk: Fraction
    """How likely no bill comes before the hold lapses."""
    loss_minor: int
    """What is lost on average if nobody acts; of a charge without a price all that is held is counted."""
    suggestion: Suggestion

    @property
    def in_danger(self) -> bool:
        """Say whether somebody should look at it."""
        return self.suggestion is not Suggestion.RELEASE and self.risk >= AT_RISK


def outlook_of(hold: OpenHold, delays: Delays, now: datetime) -> Outlook:
    """Return what becomes of a hold, by the history of its partner."""
    left = (hold.capture_before or hold.placed_at + USUAL_HOLD) - now
    nothing = hold.phase is Phase.NOTHING
    cost = 0 if nothing else hold.cost_minor
    expected = None if cost is None else min(cost, hold.held_minor)
    beyond = 0 if cost is None else max(cost - hold.held_minor, 0)
    risk = _risk(hold, delays, left, now)
    loss = _half_up(risk * (hold.held_minor if expected is None else expected))
    return Outlook(hold, left, expected, beyond, risk, loss, _suggestion(hold, left, risk))


def _risk(hold: OpenHold, delays: Delays, left: timedelta, now: datetime) -> Fraction:
    if hold.phase is Phase.NOTHING:
        return Fraction(0)
    if left <= timedelta(0):
        return Fraction(1)
    if hold.phase in {Phase.BILLED, Phase.STARTING}:
        return Fraction(0)
    waited = timedelta(0) if hold.ended_at is None else now - hold.ended_at
    return delays.missing_after(waited, left)


def _suggestion(hold: OpenHold, left: timedelta, risk: Fraction) -> Suggestion:
    if hold.phase is Phase.NOTHING:
        return Suggestion.RELEASE
    if left <= timedelta(0):
        return Suggestion.BILL_OTHERWISE
    if hold.phase is Phase.BILLED:
        return Suggestion.CAPTURE
    if hold.phase is Phase.STARTING or risk < AT_RISK:
        return Suggestion.WAIT
    if left > CAPTURE_AHEAD:
        return Suggestion.ASK_PARTNER
    return Suggestion.ASK_PRICE if hold.cost_minor is None else Suggestion.CAPTURE_ESTIMATE


def _half_up(amount: Fraction) -> int:
    """Round an average loss to whole minor units: it is shown, never booked."""
    return int(amount + Fraction(1, 2))
