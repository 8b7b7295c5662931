"""Complaints of drivers: clear ones are decided at once and once, the rest by people, and no cent goes back twice."""

from asyncio import gather
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.domain.support.complaint import Cause, ComplaintRules, EvidenceMissing, Told
from api.models.charging import ChargingSession
from api.models.complaint import ComplaintBundle
from api.models.support import SupportCase
from api.services.deferral import Job
from api.services.support.complaint_bundle import digest_of
from api.services.support.complaint_decide import follow_second_persons, object_to_answer
from api.services.support.complaint_intake import ComplaintOpen, NewComplaint, open_complaint
from api.services.support.complaint_judge import judge_complaint
from api.services.support.complaint_rulings import AUTOPILOT
from api.services.support.complaint_sweep import sweep_complaints
from api.services.support.complaint_view import complaint_file
from tests.api.services.charging.given_back import approves, credit, denies, paid, pause_ends, refunds, state
from tests.bench import Bench
from tests.builders import a_cdr, a_location, a_period, a_session, a_tariff, after, connector_of, push_cdr, push_session
from tests.charges import a_charge
from tests.complaints import complain, decide, ruling_of, stored

S = ChargingStatus
FLAT = (a_period(0, kwh="0", hours="0.1"),)


def ruled_by(bench: Bench, rules: ComplaintRules) -> None:
    """Let an installation have other limits."""
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, complaints=rules))


async def nothing_flowed(bench: Bench, *, minutes: int = 6, nth: int = 1) -> ChargingSession:
    """Return a settled charge of 0 kWh that cost 1.00 before tax, by a tariff of so much by the hour."""
    await a_place_by_the_hour(bench, nth)
    charge = await a_charge(bench, S.START_ACCEPTED, connector=connector_of(f"LOC{nth}"))
    over: dict[str, Any] = {
        "id": f"SES{nth}",
        "kwh": Decimal(0),
        "charging_periods": (),
        "status": SessionStatus.COMPLETED,
    }
    await push_session(bench, a_session(charge, ended_at=after(minutes), last_updated=after(minutes), **over))
    hours = Decimal(minutes) / 60
    bill: dict[str, Any] = {
        "id": f"CDR{nth}",
        "session_id": f"SES{nth}",
        "ended_at": after(minutes),
        "charging_periods": (a_period(0, kwh="0", hours=str(hours)),),
        "total_energy_kwh": Decimal(0),
        "total_time_hours": hours,
    }
    await push_cdr(bench, a_cdr(charge, cost=f"{hours * 10}", **bill))
    await bench.drain()
    charge = await bench.charge(charge)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, int(hours * 1190))
    return charge


async def a_place_by_the_hour(bench: Bench, nth: int) -> None:
    """Store a charger that costs 10.00 an hour."""
    await a_location(bench, location_id=f"LOC{nth}", tariff=a_tariff(kwh="0.39", hour="10.00"))


@pytest.mark.capability("CK23")
@pytest.mark.capability("CK26")
async def test_a_charge_without_energy_is_given_back_at_once(bench: Bench) -> None:
    """Meter and bill say 0 kWh: all of it goes back once, with a paper, an answer with figures, and a solved case."""
    charge = await nothing_flowed(bench)

    complaint = await complain(bench, charge, Cause.NOTHING_CHARGED)
    await bench.drain()
    await bench.drain()

    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert (ruling.ruling, ruling.reason, ruling.by) == ("full", "zero_energy", AUTOPILOT)
    assert [one.amount.minor for one in refunds(bench).refunds] == [119]
    assert [row[0] for row in await bench.rows("SELECT cause_id FROM receipt WHERE kind = 'credit_note'")] == [
        ruling.credit_id
    ]
    async with bench.work() as db:
        case = await db.get_one(SupportCase, complaint.case_id)
    assert case.state == "resolved"
    assert "complaint_given_back" in await bench.findings(), "finance asks the operator for it"
    told = await bench.rows("SELECT detail FROM notice WHERE message = 'complaint_decided'")
    assert ["1.19 EUR" in row.detail["answer"] and "0 kWh" in row.detail["answer"] for row in told] == [True]


async def test_a_long_stay_without_energy_may_have_been_parking(bench: Bench) -> None:
    """Two hours plugged in are nobody's mistake for sure: a person decides, with a proposal."""
    complaint = await complain(bench, await nothing_flowed(bench, minutes=120), Cause.NOTHING_CHARGED)
    await bench.drain()
    found = await stored(bench, complaint)
    assert found.state == "with_agent"
    assert (found.triage or {})["proposal"]["ruling"] == "full"
    assert refunds(bench).refunds == []


@pytest.mark.capability("CK23")
async def test_a_hold_that_is_let_go_answers_itself(bench: Bench) -> None:
    """No case and no person: the passport says since when, and when banks show it."""
    charge = await paid(bench)
    complaint = await complain(bench, charge, Cause.UNRELEASED_HOLD)
    await bench.drain()
    assert (complaint.state, complaint.case_id) == ("answered", None)
    assert await bench.rows("SELECT 1 FROM support_case") == []
    again = await complain(bench, charge, Cause.WRONG_PRICE, expected_minor=100)
    assert again.case_id is not None, "who is not content with that may still complain of the price"


@pytest.mark.capability("CK24")
async def test_what_is_missing_is_told_at_once(bench: Bench) -> None:
    """Without a charge all of it must be told; with one the charge tells it."""
    charge = await paid(bench)
    new = NewComplaint(charge.driver_id, Told(Cause.WRONG_PRICE, charger="E1"))
    async with bench.work() as db:
        with pytest.raises(EvidenceMissing) as refused:
            await open_complaint(db=db, ports=bench.ports, now=bench.clock.now(), new=new)
    assert refused.value.facts["missing"] == ["happened_at", "operator", "charged", "expected", "currency"]

    complaint = await complain(bench, charge)
    told = (complaint.charger, complaint.operator, complaint.charged_minor, complaint.expected_minor)
    assert told == ("DE*CPO*EVSE1", "A charge point operator", 2380, 2380)
    with pytest.raises(ComplaintOpen):
        await complain(bench, charge, Cause.TOO_LONG)


@pytest.mark.capability("CK25")
async def test_the_bundle_is_taken_once_and_what_comes_later_is_told_apart(bench: Bench) -> None:
    """It names nobody, cannot be changed, and does not grow with the charge."""
    charge = await paid(bench)
    complaint = await complain(bench, charge, Cause.TOO_LONG, expected_minor=1)
    await push_cdr(bench, a_cdr(charge, cost="-20.00", id="CREDIT1", credit=True, credit_reference_id="CDR1"))
    await bench.drain()
    async with bench.work() as db:
        bundle = await db.get_one(ComplaintBundle, complaint.id)
        found = await complaint_file(db=db, ports=bench.ports, complaint_id=complaint.id)
    assert bundle.sha256 == digest_of(bundle.facts)
    assert {"commands", "pushes", "bills", "recomputed", "hold_events", "operations", "refunds"} <= set(bundle.facts)
    assert [each["id"] for each in bundle.facts["bills"]] == ["CDR1"]
    assert bundle.facts["recomputed"]["checks"][0]["lines"]
    assert [each["id"] for each in found.later["bills"]] == ["CREDIT1"]
    assert "Robin" not in str(bundle.facts)
    assert "example.test" not in str(bundle.facts)
    with pytest.raises(DBAPIError):
        async with bench.work() as db:
            await (await db.connection()).execute(text("UPDATE complaint_bundle SET sha256 = ''"))


async def test_the_price_as_agreed_is_explained(bench: Bench) -> None:
    """Computed again it is the same: nothing goes back, the answer has the figures, and an objection finds a person."""
    charge = await paid(bench)
    complaint = await complain(bench, charge, expected_minor=1000)
    await bench.drain()
    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert (ruling.ruling, ruling.reason, ruling.granted_minor) == ("none", "price_as_agreed", 0)

    async with bench.work() as db:
        await object_to_answer(
            db=db, now=bench.clock.now(), driver_id=charge.driver_id, complaint_id=complaint.id, text="No!"
        )
    async with bench.work() as db:
        await judge_complaint(db=db, ports=bench.ports, now=bench.clock.now(), complaint_id=complaint.id)
        case = await db.get_one(SupportCase, complaint.case_id)
    assert ((await stored(bench, complaint)).state, case.state) == ("with_agent", "open")
    await decide(bench, complaint, "partial", "goodwill", 500)
    await bench.drain()
    assert (await stored(bench, complaint)).state == "decided"
    assert [one.amount.minor for one in refunds(bench).refunds] == [500]


async def test_a_complaint_waits_for_the_bill(bench: Bench) -> None:
    """Nothing is decided before the bill is there and no money moves; then once, however often it is looked at."""
    charge = await a_charge(bench, S.ENDED)
    complaint = await complain(bench, charge, charged_minor=5000, expected_minor=714)
    await bench.run(Job.JUDGE_COMPLAINT)
    assert (await stored(bench, complaint)).state == "waiting"
    await push_cdr(bench, a_cdr(charge, cost="20.00"))
    await bench.run(Job.SETTLE)
    bench.clock.advance(60)
    await sweep_complaints(work=bench.work, ports=bench.ports)
    assert (await stored(bench, complaint)).state == "waiting", "the capture is not through"
    await bench.drain()
    for _ in range(3):
        bench.clock.advance(60)
        await sweep_complaints(work=bench.work, ports=bench.ports)
    assert (await stored(bench, complaint)).state == "with_agent", "what they say was charged is not what was"


async def test_one_session_billed_twice_is_paid_once(bench: Bench) -> None:
    """The charge is stuck on two bills: it ends at the price of one, and the operator's credit changes nothing."""
    charge = await a_charge(bench, S.ENDED)
    for name in ("CDR1", "CDR2"):
        await push_cdr(bench, a_cdr(charge, cost="20.00", id=name))
    await bench.drain()
    assert (await bench.charge(charge)).status == S.NEEDS_FINANCE

    complaint = await complain(bench, charge, Cause.CHARGED_TWICE)
    await bench.drain()
    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert ruling.reason == "double_cdr"
    assert (await bench.charge(charge)).captured_minor == 2380
    await push_cdr(bench, a_cdr(charge, cost="-20.00", id="CREDIT2", credit=True, credit_reference_id="CDR2"))
    await bench.drain()
    await pause_ends(bench, charge)
    after_all = await bench.charge(charge)
    assert (after_all.owed_minor, refunds(bench).refunds) == (2380, [])


async def test_what_the_operator_puts_right_after_us_goes_back_once(bench: Bench) -> None:
    """We give all back; the operator then takes the bill back too, and bills again: the driver never has more."""
    charge = await nothing_flowed(bench)
    await complain(bench, charge, Cause.NOTHING_CHARGED)
    await bench.drain()
    assert (await state(bench, charge)).paid.minor == 0

    await push_cdr(bench, a_cdr(charge, cost="-1.00", id="CREDIT1", credit=True, credit_reference_id="CDR1"))
    await bench.drain()
    await pause_ends(bench, charge)
    now = await state(bench, charge)
    assert (now.owed.minor if now.owed else None, now.paid.minor, now.afterwards.credited.minor) == (0, 0, 0)
    assert [one.amount.minor for one in refunds(bench).refunds] == [119]


async def test_a_bill_partly_corrected_by_both_is_paid_at_the_lower_price(bench: Bench) -> None:
    """4.00 given back for a wrong price, then a credit and a bill that is 3.00 lower: 4.00 less in all, not 7.00."""
    charge = await paid(bench)  # 23.80
    complaint = await complain(bench, charge, Cause.TOO_LONG, expected_minor=1980)
    await bench.drain()
    await decide(bench, complaint, "partial", "wrong_price", 400)
    await bench.drain()
    await push_cdr(bench, a_cdr(charge, cost="-20.00", id="CREDIT1", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, cost="17.50", id="CDR2"))
    await bench.drain()
    await pause_ends(bench, charge)
    now = await state(bench, charge)
    assert now.owed is not None
    assert (now.owed.minor, now.paid.minor) == (2083, 1980)
    papers = await bench.rows(
        "SELECT sum(CASE kind WHEN 'receipt' THEN total_minor ELSE -total_minor END) FROM receipt"
    )
    assert papers[0][0] == 1980, "the papers bill what was paid"


async def test_staff_or_finance_at_the_same_money_keeps_the_rule_from_it(bench: Bench) -> None:
    """A credit of staff, or a finding in somebody's hands: a person decides."""
    charge = await nothing_flowed(bench)
    await credit(bench, charge, 10)
    complaint = await complain(bench, charge, Cause.NOTHING_CHARGED)
    await bench.drain()
    found = await stored(bench, complaint)
    assert found.state == "with_agent"
    assert "given_back" in (found.triage or {})["proposal"]["blocks"]


async def test_the_switch_leaves_it_to_people(bench: Bench) -> None:
    """Off, even the clearest complaint goes to a person, with its proposal."""
    charge = await nothing_flowed(bench)
    ruled_by(bench, ComplaintRules(autopilot=False))
    complaint = await complain(bench, charge, Cause.NOTHING_CHARGED)
    await bench.drain()
    found = await stored(bench, complaint)
    assert (found.state, (found.triage or {})["proposal"]["blocks"]) == ("with_agent", ["autopilot_off"])


@pytest.mark.parametrize("rules", [ComplaintRules(most_refunds=1), ComplaintRules(most_minor={"EUR": 200})])
async def test_one_driver_has_so_much_by_rule_and_no_more(bench: Bench, rules: ComplaintRules) -> None:
    """The second refund within the time, or what passes the sum, is a person's to decide; after the time it is not."""
    ruled_by(bench, rules)
    first = await complain(bench, await nothing_flowed(bench), Cause.NOTHING_CHARGED)
    await bench.drain()
    again = await complain(bench, await nothing_flowed(bench, nth=2), Cause.NOTHING_CHARGED)
    await bench.drain()
    assert ((await stored(bench, first)).state, (await stored(bench, again)).state) == ("decided", "with_agent")
    bench.clock.advance(timedelta(days=91).total_seconds())
    third = await complain(bench, await nothing_flowed(bench, nth=3), Cause.NOTHING_CHARGED)
    await bench.drain()
    assert (await stored(bench, third)).state == "decided"


async def test_a_decision_that_dies_is_made_once(bench: Bench) -> None:
    """Before it is stored nothing of it is there; afterwards the next look finds it decided."""
    charge = await nothing_flowed(bench)
    complaint = await complain(bench, charge, Cause.NOTHING_CHARGED)
    for dies in (True, False, False):
        with suppress(ZeroDivisionError):
            async with bench.work() as db:
                await judge_complaint(db=db, ports=bench.ports, now=bench.clock.now(), complaint_id=complaint.id)
                assert not dies or 1 / 0
        rows = await bench.rows("SELECT (SELECT count(*) FROM credit), (SELECT count(*) FROM complaint_ruling)")
        assert tuple(rows[0]) == ((0, 0) if dies else (1, 1))
    await bench.drain()
    assert len(refunds(bench).refunds) == 1


async def test_two_looks_at_once_decide_once(bench: Bench) -> None:
    """Two workers with the same complaint: the second waits for the first and finds it decided."""
    complaint = await complain(bench, await nothing_flowed(bench), Cause.NOTHING_CHARGED)

    async def look() -> str:
        async with bench.work() as db:
            return await judge_complaint(db=db, ports=bench.ports, now=bench.clock.now(), complaint_id=complaint.id)

    assert list(await gather(look(), look())) == ["decided", "decided"]
    assert await bench.value("SELECT count(*) FROM credit") == 1


async def test_a_lower_bill_that_nobody_made_yet_is_made(bench: Bench) -> None:
    """What is known of the session by now makes the bill lower than what was taken: it is made anew, without a gift."""
    charge = await paid(bench)
    await bench.rows(
        "UPDATE partner_session SET document = jsonb_set(document, '{kwh}', '\"10\"'), kwh = 10 RETURNING 1"
    )
    complaint = await complain(bench, charge)
    await bench.drain()
    await pause_ends(bench, charge)
    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert (ruling.ruling, ruling.reason, ruling.credit_id) == ("partial", "energy_above_meter", None)
    assert (await bench.charge(charge)).owed_minor == 464
    assert [one.amount.minor for one in refunds(bench).refunds] == [2380 - 464]


async def test_what_comes_out_otherwise_is_left_to_a_person(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The money would not move as computed, or is refused: nothing of it stays, and a person looks."""

    async def changes_nothing(**_: object) -> None:
        """Stand in for settling that comes to the same bill."""

    monkeypatch.setattr("api.services.support.complaint_judge.settle_charge", changes_nothing)
    charge = await paid(bench)
    await bench.rows(
        "UPDATE partner_session SET document = jsonb_set(document, '{kwh}', '\"10\"'), kwh = 10 RETURNING 1"
    )
    complaint = await complain(bench, charge)
    await bench.drain()
    assert ((await stored(bench, complaint)).state, await ruling_of(bench, complaint)) == ("with_agent", None)
    assert (await bench.charge(charge)).owed_minor == 2380


async def test_a_person_above_their_limit_needs_a_second_one(bench: Bench) -> None:
    """Nobody hears of it before; refused, it is with people again; agreed, it stands with the first person's name."""
    charge = await paid(bench)
    complaint = await complain(bench, charge, Cause.TOO_LONG, expected_minor=0)
    await bench.drain()
    for answer in (denies, approves):
        await decide(bench, complaint, "full", "charger_fault", alone=1000)
        waiting = await stored(bench, complaint)
        assert (waiting.state, await ruling_of(bench, complaint)) == ("approval", None)
        await answer(bench, (waiting.pending or {})["credit_id"])
        await follow_second_persons(work=bench.work, ports=bench.ports)
    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert (ruling.by, ruling.ruling, ruling.granted_minor) == ("Ada", "full", 2380)
    await bench.drain()
    assert [one.amount.minor for one in refunds(bench).refunds] == [2380]
