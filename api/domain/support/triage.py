"""Triage of complaints: facts to codes with evidence, and to what a rule would do about it (CK23).

Pure and versioned: the version is stored with every result, so that it can be told later by which rules it came about.
A rule decides only what no honest reading of the facts can contradict; everything else is a proposal for a person.
Whether the facts are final is asked before (``services/support/complaint_facts.py``).
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from api.domain.money import Money
from api.domain.support.complaint import Cause, Ruling
from api.domain.support.triage_facts import (
    Answer,
    Block,
    Code,
    ComplaintFacts,
    Found,
    Proposal,
    Remedy,
    Triage,
)

VERSION = "complaints-1"
SHORT_STAY = timedelta(minutes=30)
"""A stay without energy that is longer may have been parking."""
CLEARLY_LONGER = timedelta(minutes=10)
"""Clocks of chargers and the news from them differ by less."""
COARSEST_METER_KWH = Decimal("0.1")
ALWAYS = frozenset({Block.AUTOPILOT_OFF, Block.EARLIER_COMPLAINT, Block.BANK_DISPUTE, Block.NOT_THE_DRIVER})
"""What keeps a rule from answering even where no money moves."""
_AGREES = frozenset({"equal", "rounding"})
_CODE_OF_VERDICT = {
    "idle_at_charging_rate": Code.IDLE_AT_CHARGING_RATE,
    "energy_above_metered": Code.ENERGY_ABOVE_METER,
}
"""Other verdicts above the promise are a dearer bill, whatever the operator's mistake was."""

Rule = Callable[[ComplaintFacts], tuple[Found, Proposal | None] | None]
"""What it found, and what it would do; None: it does not apply. The first rule that would do something is followed."""


def triage(facts: ComplaintFacts) -> Triage:
    """Return what the facts come to."""
    told = [each for rule in RULES if (each := rule(facts)) is not None]
    found = tuple(each for each, _ in told) or (Found(Code.UNKNOWN),)
    proposal = next((each for _, each in told if each is not None), None) or _for_a_person(facts)
    return Triage(VERSION, found, _held_back(facts, proposal))


def _held_back(facts: ComplaintFacts, proposal: Proposal) -> Proposal:
    """Return a proposal with what keeps it from being carried out by itself."""
    counted = facts.blocks if proposal.amount.minor or proposal.remedy is not Remedy.NOTHING else facts.blocks & ALWAYS
    blocks = tuple(sorted(counted))
    automatic = proposal.automatic and not blocks
    return Proposal(proposal.ruling, proposal.remedy, proposal.amount, proposal.answer, automatic, blocks)


def _zero(facts: ComplaintFacts) -> Money:
    return Money.zero(facts.asked.currency)


def _for_a_person(facts: ComplaintFacts) -> Proposal:
    """Return the proposal where no rule has one: what the driver misses, where what we saw speaks for them."""
    claim, amount = facts.claim, _zero(facts)
    if _longer(facts) is not None and claim.charged.currency == amount.currency:
        amount = min(max(claim.charged - claim.expected, amount), facts.asked)
    if not amount.minor:
        return Proposal(Ruling.NONE, Remedy.NOTHING, amount)
    return Proposal(Ruling.FULL if amount == facts.asked else Ruling.PARTIAL, Remedy.CREDIT, amount)


def _zero_energy(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """Charged though meter and bill both say that nothing flowed; a short stay without parking is clear."""
    bills = facts.standing
    if not bills or facts.billed_kwh or facts.metered_kwh or not facts.asked.minor or not facts.settled:
        return None
    stay = max(bill.ended_at for bill in bills) - min(bill.started_at for bill in bills)
    parked = any(bill.parking for bill in bills)
    evidence = {
        "billed_kwh": "0",
        "metered_kwh": None if facts.metered_kwh is None else "0",
        "asked_minor": facts.asked.minor,
        "minutes": stay // timedelta(minutes=1),
        "parking_billed": parked,
    }
    clear = facts.metered_kwh is not None and stay <= SHORT_STAY and not parked
    whole = Proposal(Ruling.FULL, Remedy.CREDIT, facts.asked, Answer.ZERO_ENERGY, clear)
    return Found(Code.ZERO_ENERGY, evidence), whole


def _double_cdr(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """One session billed twice under two ids: the driver pays one of them."""
    if not facts.copies:
        return None
    found = Found(Code.DOUBLE_CDR, {"copies": list(facts.copies), "bills": [bill.cdr for bill in facts.standing]})
    one = facts.one_bill
    if one is None:
        return found, None
    if not facts.settled:
        back = max(facts.paid - one, _zero(facts))
        ruling = Ruling.PARTIAL if back.minor else Ruling.NONE
        return found, Proposal(ruling, Remedy.ONE_BILL, back, Answer.DOUBLE_CDR, automatic=True)
    back = facts.asked - one
    if back.minor <= 0:
        return found, None
    return found, Proposal(Ruling.PARTIAL, Remedy.CREDIT, back, Answer.DOUBLE_CDR, automatic=True)


def _double_charge(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """Two charges billed for one session: the one that is complained about is given back, if both are the same."""
    twin = facts.twin
    if twin is None or not facts.asked.minor or not facts.settled:
        return None
    evidence = {
        "other": twin.charging_session_id,
        "started_at": twin.started_at.isoformat(),
        "ended_at": twin.ended_at.isoformat(),
        "kwh": str(twin.kwh),
        "charged_minor": twin.charged_minor,
        "same": twin.same,
    }
    clear = twin.same and twin.charged_minor > 0
    whole = Proposal(Ruling.FULL, Remedy.CREDIT, facts.asked, Answer.DOUBLE_CHARGE, clear)
    return Found(Code.DOUBLE_CHARGE, evidence), whole


def _above_promise(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """A bill above what was accepted: the driver pays the promise, if they do not already."""
    above = [bill for bill in facts.standing if bill.promise_kept or bill.verdict in _CODE_OF_VERDICT]
    lower = facts.settled and facts.fair is not None and facts.owed is not None and facts.fair < facts.owed
    if not above and not lower:
        return None
    code = next((_CODE_OF_VERDICT[b.verdict] for b in above if b.verdict in _CODE_OF_VERDICT), Code.DEARER_THAN_QUOTE)
    evidence = {
        "owed_minor": None if facts.owed is None else facts.owed.minor,
        "fair_minor": None if facts.fair is None else facts.fair.minor,
        "bills": [
            {"cdr": b.cdr, "verdict": b.verdict, "billed": str(b.billed), "promised": _text(b.promised)} for b in above
        ],
    }
    found = Found(code, evidence)
    if facts.fair is None or facts.owed is None or not facts.settled:
        return found, None
    if lower:
        back = min(facts.owed - facts.fair, facts.asked)
        ruling = Ruling.FULL if back == facts.asked else Ruling.PARTIAL
        return found, Proposal(ruling, Remedy.BILL_AGAIN, back, Answer.BILLED_AGAIN, _is_exact(facts))
    asks = facts.claim.cause is Cause.WRONG_PRICE and _told_what_was_paid(facts) and not facts.given_back.minor
    kept = asks and facts.fair == facts.owed and _is_exact(facts)
    return found, _nothing(facts, Answer.PROMISE_KEPT) if kept else None


def _longer(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """Billed to a later moment than we saw the charge end; how much that is worth is for a person."""
    bills = facts.standing
    if facts.ended_at is None or not bills:
        return None
    billed_to = max(bill.ended_at for bill in bills)
    if billed_to - facts.ended_at < CLEARLY_LONGER:
        return None
    evidence = {"seen_to_end_at": facts.ended_at.isoformat(), "billed_to": billed_to.isoformat()}
    return Found(Code.LONGER_THAN_DRIVEN, evidence), None


def _corrected(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """Money went back already, and the driver has what they expect."""
    if not facts.given_back.minor:
        return None
    evidence = {"given_back_minor": facts.given_back.minor, "paid_minor": facts.paid.minor}
    claim = facts.claim
    content = facts.settled and facts.paid == facts.asked and claim.expected == facts.paid
    return Found(Code.CORRECTED, evidence), _nothing(facts, Answer.CORRECTED) if content else None


def _charged_once(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """One payment, and no other charge around: what looked like a second one was the hold."""
    claim = facts.claim
    if claim.cause is not Cause.CHARGED_TWICE or facts.twin is not None or facts.copies or not facts.settled:
        return None
    if not facts.paid.minor:
        return None
    evidence = {"paid_minor": facts.paid.minor, "held_minor": facts.authorized.minor, "nearby": facts.paid_nearby}
    alone = not facts.paid_nearby and len(facts.standing) == 1 and not facts.given_back.minor
    return Found(Code.CHARGED_ONCE, evidence), _nothing(facts, Answer.CHARGED_ONCE) if alone else None


def _energy_agrees(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """The energy is doubted, and meter and bill agree: a meter may be wrong, so a person looks."""
    doubted = facts.claim.cause in (Cause.TOO_MUCH_ENERGY, Cause.NOTHING_CHARGED)
    if not doubted or facts.metered_kwh is None or not facts.standing:
        return None
    if facts.billed_kwh > facts.metered_kwh + COARSEST_METER_KWH or not facts.billed_kwh:
        return None
    return Found(Code.ENERGY_AGREES, {"billed_kwh": str(facts.billed_kwh), "metered_kwh": str(facts.metered_kwh)}), None


def _as_agreed(facts: ComplaintFacts) -> tuple[Found, Proposal | None] | None:
    """The bill, computed again under the accepted price, is what was charged."""
    if not facts.settled or not facts.standing or facts.fair is None or facts.fair != facts.owed:
        return None
    if not all(bill.verdict in _AGREES and not bill.is_ceiling for bill in facts.standing):
        return None
    evidence = {"owed_minor": facts.owed.minor, "paid_minor": facts.paid.minor}
    doubts = facts.copies or facts.twin is not None or _longer(facts) is not None or facts.given_back.minor
    clear = facts.claim.cause is Cause.WRONG_PRICE and _told_what_was_paid(facts) and not doubts
    known = clear and facts.metered_kwh is not None and facts.billed_kwh > 0
    return Found(Code.PRICE_AS_AGREED, evidence), _nothing(facts, Answer.PRICE_AS_AGREED) if known else None


def _nothing(facts: ComplaintFacts, answer: Answer) -> Proposal:
    return Proposal(Ruling.NONE, Remedy.NOTHING, _zero(facts), answer, automatic=True)


def _told_what_was_paid(facts: ComplaintFacts) -> bool:
    """Say whether the driver speaks of the payment that we know."""
    return facts.claim.charged == facts.paid == facts.asked


def _is_exact(facts: ComplaintFacts) -> bool:
    """Say whether the promise of every bill is a price and not a bound, with the session's end known."""
    bills = facts.standing
    known = all(bill.promised is not None and not bill.is_ceiling for bill in bills)
    return bool(bills) and known and facts.metered_kwh is not None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


RULES: tuple[Rule, ...] = (
    _double_cdr,
    _double_charge,
    _zero_energy,
    _above_promise,
    _longer,
    _corrected,
    _charged_once,
    _energy_agrees,
    _as_agreed,
)
"""The weightiest first."""
