"""A driver's complaint about what they paid: what it says, what it must tell, how it may end (CK23, CK24, CK26).

A complaint is not a dispute: that word is the bank's, for a payment it takes back (``services/charging/disputes.py``).
Does not live here: what the facts come to (``triage.py``), the words of an answer (``complaint_texts.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.errors import Conflict, Invalid
from api.domain.money import Money


class Cause(StrEnum):
    """What the driver says is wrong."""

    UNRELEASED_HOLD = "unreleased_hold"
    WRONG_PRICE = "wrong_price"
    TOO_LONG = "too_long"
    """Billed for longer than they charged."""
    TOO_MUCH_ENERGY = "too_much_energy"
    CHARGED_TWICE = "charged_twice"
    NOTHING_CHARGED = "nothing_charged"
    OTHER = "other"


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    WAITING = "waiting"
    """The facts are not final: no bill yet, or money is on its way."""
    WITH_AGENT = "with_agent"
    """A person decides."""
    APPROVAL = "approval"
    """A person decided, and it is so much that a second one must agree."""
    DECIDED = "decided"
    ANSWERED = "answered"
    """It answered itself: the hold is let go, and its passport says since when. There is no case."""


class ComplaintStep(StrEnum):
    """What can happen to a complaint."""

    HAND_OVER = "hand_over"
    ASK_SECOND = "ask_second"
    DECIDE = "decide"
    REFUSED = "refused"
    """The second person did not agree, or none came."""
    OBJECT = "object"
    """The driver is not content with the answer."""


class Ruling(StrEnum):
    """How much of what was asked back is granted."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class ComplaintStepNotPossible(Conflict):
    """A complaint in this state cannot take this step. Facts: ``state``, ``step``."""


class EvidenceMissing(Invalid):
    """Nobody can look into it without these. Fact: ``missing``, names of fields."""


_S, _D = ComplaintState, ComplaintStep
TRANSITIONS: Mapping[tuple[ComplaintState, ComplaintStep], ComplaintState] = {
    (_S.WAITING, _D.HAND_OVER): _S.WITH_AGENT,
    (_S.WAITING, _D.DECIDE): _S.DECIDED,
    (_S.WAITING, _D.ASK_SECOND): _S.APPROVAL,
    (_S.WITH_AGENT, _D.DECIDE): _S.DECIDED,
    (_S.WITH_AGENT, _D.ASK_SECOND): _S.APPROVAL,
    (_S.APPROVAL, _D.DECIDE): _S.DECIDED,
    (_S.APPROVAL, _D.REFUSED): _S.WITH_AGENT,
    (_S.DECIDED, _D.OBJECT): _S.WITH_AGENT,
}
"""(state, step) -> the state after it. What answered itself has no steps: who is not content complains of the price."""
UNDECIDED = frozenset({_S.WAITING, _S.WITH_AGENT, _S.APPROVAL})


def after_complaint_step(state: ComplaintState, step: ComplaintStep) -> ComplaintState:
    """Return the state after a step; raises ComplaintStepNotPossible."""
    after = TRANSITIONS.get((state, step))
    if after is None:
        raise ComplaintStepNotPossible("complaint_step_not_possible", state=str(state), step=str(step))
    return after


@dataclass(frozen=True, slots=True)
class Claim:
    """What the driver told, or what their charge tells for them."""

    cause: Cause
    happened_at: datetime
    charger: str
    operator: str
    charged: Money
    expected: Money


@dataclass(frozen=True, slots=True)
class Told:
    """What came in, before it is known to be complete; moments with a zone."""

    cause: Cause
    happened_at: datetime | None = None
    charger: str | None = None
    operator: str | None = None
    charged_minor: int | None = None
    expected_minor: int | None = None
    currency: str | None = None


def claim_of(told: Told) -> Claim:
    """Return a complete claim; raises EvidenceMissing with all that is missing at once."""
    charger, operator = (told.charger or "").strip(), (told.operator or "").strip()
    at, charged, expected, currency = told.happened_at, told.charged_minor, told.expected_minor, told.currency
    if at is None or not charger or not operator or charged is None or expected is None or currency is None:
        there = {
            "happened_at": at is not None,
            "charger": bool(charger),
            "operator": bool(operator),
            "charged": charged is not None,
            "expected": expected is not None,
            "currency": currency is not None,
        }
        raise EvidenceMissing(
            "complaint_evidence_missing", missing=[name for name, is_in in there.items() if not is_in]
        )
    return Claim(told.cause, at, charger, operator, Money(charged, currency), Money(expected, currency))


@dataclass(frozen=True, slots=True)
class ComplaintRules:
    """What an installation lets the service decide by itself."""

    autopilot: bool = True
    """False: every complaint goes to a person; nothing is paid by rule."""
    most_refunds: int = 3
    """Refunds by rule that one driver may have within ``within``; the next one is a person's to decide."""
    within: timedelta = timedelta(days=90)
    most_minor: Mapping[str, int] = field(default_factory=dict)
    """By currency: more than this, for one driver within ``within``, is a person's to decide; else the limit of
    approvals."""
