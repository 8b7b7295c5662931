"""Triage is pure: the same facts come to the same codes, and a rule decides only what nothing speaks against."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from api.domain.money import Money
from api.domain.support.complaint import Cause, Claim, ComplaintState, Ruling
from api.domain.support.complaint_texts import ANSWERS, RULINGS, STATES, answer_text, figures
from api.domain.support.triage import VERSION, triage
from api.domain.support.triage_facts import Answer, BillFacts, Block, Code, ComplaintFacts, Remedy, Twin

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BILL = BillFacts(
    cdr="CDR1",
    stands=True,
    verdict="equal",
    billed=Decimal(10),
    promised=Decimal(10),
    is_ceiling=False,
    promise_kept=False,
    kwh=Decimal(20),
    started_at=NOON,
    ended_at=NOON + timedelta(hours=1),
    parking=False,
)


def euro(minor: int) -> Money:
    """Return an amount."""
    return Money(minor, "EUR")


def facts(
    cause: Cause = Cause.WRONG_PRICE, charged: int = 1190, expected: int = 1000, **fields: object
) -> ComplaintFacts:
    """Return a settled charge of 11.90 with one right bill."""
    claim = Claim(cause, NOON, "E1", "Harbor", euro(charged), euro(expected))
    whole = ComplaintFacts(
        claim=claim,
        settled=True,
        owed=euro(1190),
        asked=euro(1190),
        paid=euro(1190),
        given_back=euro(0),
        authorized=euro(5000),
        fair=euro(1190),
        bills=(BILL,),
        metered_kwh=Decimal(20),
    )
    return replace(whole, **fields)  # type: ignore[arg-type]  # a test's own fields


EMPTY = replace(BILL, kwh=Decimal(0), ended_at=NOON + timedelta(minutes=5))
SAME = Twin("chs_2", NOON, NOON + timedelta(hours=1), Decimal(20), same=True, charged_minor=1190)
CASES: list[tuple[str, ComplaintFacts, Code, Remedy, int, bool]] = [
    ("right", facts(), Code.PRICE_AS_AGREED, Remedy.NOTHING, 0, True),
    ("speaks of another payment", facts(charged=5000), Code.PRICE_AS_AGREED, Remedy.NOTHING, 0, False),
    ("no meter", facts(metered_kwh=None), Code.PRICE_AS_AGREED, Remedy.NOTHING, 0, False),
    ("empty", facts(bills=(EMPTY,), metered_kwh=Decimal(0)), Code.ZERO_ENERGY, Remedy.CREDIT, 1190, True),
    ("empty, not metered", facts(bills=(EMPTY,), metered_kwh=None), Code.ZERO_ENERGY, Remedy.CREDIT, 1190, False),
    (
        "empty, parked",
        facts(bills=(replace(EMPTY, parking=True),), metered_kwh=Decimal(0)),
        Code.ZERO_ENERGY,
        Remedy.CREDIT,
        1190,
        False,
    ),
    ("copy", facts(copies=("CDR2",), one_bill=euro(690)), Code.DOUBLE_CDR, Remedy.CREDIT, 500, True),
    ("copy, nothing too much", facts(copies=("CDR2",), one_bill=euro(1190)), Code.DOUBLE_CDR, Remedy.NOTHING, 0, False),
    (
        "copy, stuck",
        facts(copies=("CDR2",), one_bill=euro(1190), settled=False, fair=None, paid=euro(0), asked=euro(0)),
        Code.DOUBLE_CDR,
        Remedy.ONE_BILL,
        0,
        True,
    ),
    ("twin", facts(twin=SAME), Code.DOUBLE_CHARGE, Remedy.CREDIT, 1190, True),
    ("twin given back", facts(twin=replace(SAME, charged_minor=0)), Code.DOUBLE_CHARGE, Remedy.CREDIT, 1190, False),
    ("twin but for a Wh", facts(twin=replace(SAME, same=False)), Code.DOUBLE_CHARGE, Remedy.CREDIT, 1190, False),
    ("bill to be lower", facts(fair=euro(1000)), Code.DEARER_THAN_QUOTE, Remedy.BILL_AGAIN, 190, True),
    (
        "idle, promise kept",
        facts(bills=(replace(BILL, verdict="idle_at_charging_rate", promise_kept=True),)),
        Code.IDLE_AT_CHARGING_RATE,
        Remedy.NOTHING,
        0,
        True,
    ),
    ("longer", facts(Cause.TOO_LONG, ended_at=NOON), Code.LONGER_THAN_DRIVEN, Remedy.CREDIT, 190, False),
    ("corrected", facts(given_back=euro(10), expected=1190), Code.CORRECTED, Remedy.NOTHING, 0, True),
    ("not enough", facts(given_back=euro(10)), Code.CORRECTED, Remedy.NOTHING, 0, False),
    ("once", facts(Cause.CHARGED_TWICE), Code.CHARGED_ONCE, Remedy.NOTHING, 0, True),
    ("once, another near", facts(Cause.CHARGED_TWICE, paid_nearby=1), Code.CHARGED_ONCE, Remedy.NOTHING, 0, False),
    ("energy doubted", facts(Cause.TOO_MUCH_ENERGY), Code.ENERGY_AGREES, Remedy.NOTHING, 0, False),
    ("other", facts(Cause.OTHER, fair=None), Code.UNKNOWN, Remedy.NOTHING, 0, False),
]


@pytest.mark.capability("CK23")
@pytest.mark.parametrize(("case", "known", "code", "remedy", "minor", "alone"), CASES, ids=[each[0] for each in CASES])
def test_facts_come_to_codes(
    case: str,
    known: ComplaintFacts,
    code: Code,
    remedy: Remedy,
    minor: int,
    alone: bool,
) -> None:
    """Each has its first code, what would put it right, and whether a rule may do that alone."""
    found = triage(known)
    proposal = found.proposal
    assert (found.version, found.codes[0]) == (VERSION, code), case
    assert (proposal.remedy, proposal.amount.minor, proposal.automatic) == (remedy, minor, alone), case


def test_a_block_stops_money_and_some_stop_every_answer() -> None:
    """A finding in somebody's hands stops a refund, not the explanation of a right price; the switch stops both."""
    empty = facts(bills=(EMPTY,), metered_kwh=Decimal(0))
    for block in Block:
        stopped = triage(replace(empty, blocks=frozenset({block}))).proposal
        assert (stopped.automatic, stopped.blocks) == (False, (block,))
    assert triage(facts(blocks=frozenset({Block.FINDING}))).proposal.automatic
    assert not triage(facts(blocks=frozenset({Block.AUTOPILOT_OFF}))).proposal.automatic


def test_no_rule_gives_more_than_is_asked() -> None:
    """Whatever the facts, what goes back is between nothing and what is asked for the bill."""
    for _, known, *_ in CASES:
        for asked in (0, 1, 300, 1190):
            amount = triage(replace(known, asked=euro(asked), paid=euro(asked))).proposal.amount.minor
            assert amount <= max(asked, 0)


@pytest.mark.parametrize("language", ["en", "de", "fr", "nb", "sv"])
def test_every_answer_has_words_in_every_language(language: str) -> None:
    """All figures are filled in, with their units."""
    money = {name: euro(1234) for name in ("back", "left", "paid", "owed", "held", "given")}
    for name in (*Answer, *Ruling):
        words = answer_text(name, language, figures(money, "20.5"))
        assert "…" not in words
        assert "{" not in words
        assert ("12.34 EUR" if language == "en" else "12,34 EUR") in words
    assert set(STATES) == set(ComplaintState) - {ComplaintState.DECIDED}
    assert (set(ANSWERS), set(RULINGS)) == (set(Answer), set(Ruling))
    assert all(language in texts for texts in STATES.values())
