"""Complaints of drivers: clear ones are decided at once, and no cent goes back twice."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.domain.charging.state import ChargingStatus
from api.domain.support.complaint import Cause, EvidenceMissing, Told
from api.models.complaint import ComplaintBundle
from api.models.support import SupportCase
from api.services.deferral import Job
from api.services.support.complaint_bundle import digest_of
from api.services.support.complaint_decide import object_to_answer
from api.services.support.complaint_intake import ComplaintOpen, NewComplaint, open_complaint
from api.services.support.complaint_judge import judge_complaint
from api.services.support.complaint_rulings import AUTOPILOT
from api.services.support.complaint_sweep import sweep_complaints
from api.services.support.complaint_view import complaint_file
from tests.api.services.charging.given_back import paid, pause_ends, refunds, state
from tests.bench import Bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge
from tests.complaints import complain, decide, nothing_flowed, ruling_of, stored

S = ChargingStatus


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


async def test_a_reservation_that_nobody_came_for_is_no_mistake(bench: Bench) -> None:
    """No energy, but the post was kept for the driver: what that costs is not given back by rule."""
    charge = await nothing_flowed(bench)
    kept = (
        "UPDATE cdr SET document = jsonb_set(document, '{charging_periods,0,dimensions}',"
        ' (document #> \'{charging_periods,0,dimensions}\') || \'[{"type": "reservation_time", "volume": "0.1"}]\')'
        " RETURNING id"
    )
    await bench.rows(kept)
    complaint = await complain(bench, charge, Cause.NOTHING_CHARGED)
    await bench.drain()
    found = (await stored(bench, complaint)).triage or {}
    assert (found["found"][0]["code"], found["proposal"]["automatic"]) == ("zero_energy", False)
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


async def test_what_is_given_on_a_corrected_bill_goes_back_whatever_was_given_before(bench: Bench) -> None:
    """0.50 on a bill of 23.80; the operator comes down to 11.90; 2.00 on that one: 9.90 is what the driver pays."""
    charge = await paid(bench)
    complaint = await complain(bench, charge, Cause.TOO_LONG, expected_minor=1000)
    await bench.drain()
    await decide(bench, complaint, "partial", "wrong_price", 50)
    await bench.drain()
    await push_cdr(bench, a_cdr(charge, cost="-20.00", id="CREDIT1", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, cost="10.00", id="CDR2"))
    await bench.drain()
    await pause_ends(bench, charge)
    assert (await state(bench, charge)).paid.minor == 1190
    async with bench.work() as db:
        now, whose = bench.clock.now(), charge.driver_id
        await object_to_answer(db=db, now=now, driver_id=whose, complaint_id=complaint.id, text="Still too much")
    await decide(bench, complaint, "partial", "wrong_price", 200)
    await bench.drain()
    await pause_ends(bench, charge)
    assert (await state(bench, charge)).paid.minor == 990


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
