"""What a triage looks at, and what it comes to: plain values, in the currency of the charge."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from api.domain.money import Money
from api.domain.support.complaint import Claim, Ruling


class Code(StrEnum):
    """What a triage found (CK23)."""

    ZERO_ENERGY = "zero_energy"
    """Charged, though no energy flowed."""
    DOUBLE_CDR = "double_cdr"
    """The operator billed one session twice."""
    DOUBLE_CHARGE = "double_charge"
    """Two charges of the driver were billed for one session."""
    CHARGED_ONCE = "charged_once"
    UNRELEASED_HOLD = "unreleased_hold"
    IDLE_AT_CHARGING_RATE = "idle_at_charging_rate"
    DEARER_THAN_QUOTE = "dearer_than_quote"
    """The operator's bill is above the price that was accepted."""
    ENERGY_ABOVE_METER = "energy_above_meter"
    LONGER_THAN_DRIVEN = "longer_than_driven"
    """Billed to a later moment than the charge ended by what we saw."""
    PRICE_AS_AGREED = "price_as_agreed"
    ENERGY_AGREES = "energy_agrees"
    """The energy is doubted; the session's meter and the bill agree."""
    CORRECTED = "corrected"
    """Money went back already."""
    UNKNOWN = "unknown"


class Block(StrEnum):
    """Why a person must decide though a rule could."""

    AUTOPILOT_OFF = "autopilot_off"
    EARLIER_COMPLAINT = "earlier_complaint"
    BANK_DISPUTE = "bank_dispute"
    FINDING = "finding"
    """Finance works on it, or found something else."""
    GIVEN_BACK = "given_back"
    """Staff waived or returned something of this charge."""
    DRIVER_LIMIT = "driver_limit"
    AMOUNT_LIMIT = "amount_limit"
    SIGNED = "signed"
    """Staff set what is owed."""
    NOT_THE_DRIVER = "not_the_driver"
    """A fleet pays: it is not the driver's money."""


class Remedy(StrEnum):
    """What puts it right."""

    NOTHING = "nothing"
    CREDIT = "credit"
    BILL_AGAIN = "bill_again"
    """The bill, computed from all that is known by now, is lower: it is made anew and the difference goes back."""
    ONE_BILL = "one_bill"
    """The charge is stuck because one session has two bills: it ends at the price of one."""


class Answer(StrEnum):
    """Which words the driver reads; see ``complaint_texts.py``."""

    ZERO_ENERGY = "zero_energy"
    DOUBLE_CDR = "double_cdr"
    DOUBLE_CHARGE = "double_charge"
    CHARGED_ONCE = "charged_once"
    BILLED_AGAIN = "billed_again"
    PROMISE_KEPT = "promise_kept"
    PRICE_AS_AGREED = "price_as_agreed"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class BillFacts:
    """One bill of the operator, before tax, with what its check found."""

    cdr: str
    stands: bool
    verdict: str
    billed: Decimal
    promised: Decimal | None
    is_ceiling: bool
    promise_kept: bool
    """The driver pays the promise, and not this bill."""
    kwh: Decimal
    started_at: datetime
    ended_at: datetime
    parking: bool
    """Time plugged in without charging is on it."""


@dataclass(frozen=True, slots=True)
class Twin:
    """Another charge of the same driver that was billed for the same session."""

    charging_session_id: str
    started_at: datetime
    ended_at: datetime
    kwh: Decimal
    same: bool
    """Same charger, same begin and end, same energy; paid by the same payer, with nothing of it on its way back."""
    charged_minor: int


@dataclass(frozen=True, slots=True)
class ComplaintFacts:
    """All that a triage knows. Money is gross, what the driver pays."""

    claim: Claim
    settled: bool
    """The charge is billed; else staff must end it."""
    owed: Money | None
    asked: Money
    """What is asked for the bill, less what was waived."""
    paid: Money
    """Net of what went back."""
    given_back: Money
    """What went back, or was waived."""
    authorized: Money
    """What was held."""
    fair: Money | None
    """The bill as it would be made now; None: it cannot be computed."""
    one_bill: Money | None = None
    """The same without the bills in ``copies``."""
    copies: tuple[str, ...] = ()
    """Bills that repeat another one of this charge: same begin, end and energy."""
    bills: tuple[BillFacts, ...] = ()
    metered_kwh: Decimal | None = None
    """As the operator's own session ended; None: it was not told."""
    twin: Twin | None = None
    paid_nearby: int = 0
    """Other charges of the driver around that time that were paid."""
    ended_at: datetime | None = None
    """When the charge was over by what we saw: the charger took our stop, or the cable was out."""
    blocks: frozenset[Block] = frozenset()

    @property
    def standing(self) -> tuple[BillFacts, ...]:
        """Return the bills that were not taken back."""
        return tuple(bill for bill in self.bills if bill.stands)

    @property
    def billed_kwh(self) -> Decimal:
        """Return the energy of all standing bills."""
        return sum((bill.kwh for bill in self.standing), Decimal(0))


@dataclass(frozen=True, slots=True)
class Found:
    """One code with what shows it."""

    code: Code
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule would do; an agent may do something else."""

    ruling: Ruling
    remedy: Remedy
    amount: Money
    """What goes back."""
    answer: Answer | None = None
    """None: no rule answers this, a person does."""
    automatic: bool = False
    blocks: tuple[Block, ...] = ()
    """Why it is not automatic though a rule answers."""


@dataclass(frozen=True, slots=True)
class Triage:
    """What a complaint came to, under one version of the rules."""

    version: str
    found: tuple[Found, ...]
    proposal: Proposal

    @property
    def codes(self) -> tuple[Code, ...]:
        """Return the codes, the weightiest first."""
        return tuple(each.code for each in self.found)
