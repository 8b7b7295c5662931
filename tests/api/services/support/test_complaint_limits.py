"""What keeps a rule from deciding on complaints, and that a decision is made once, whoever makes it."""

from asyncio import gather
from contextlib import suppress
from datetime import timedelta

import pytest

from api.domain.money import Money
from api.domain.support.complaint import Cause, ComplaintRules
from api.domain.support.triage_facts import Block
from api.services.accounts.export_data import data_of_driver
from api.services.accounts.open_matters import open_matters
from api.services.support.complaint_blocks import limits_of
from api.services.support.complaint_decide import follow_second_persons
from api.services.support.complaint_judge import judge_complaint
from tests.api.services.charging.given_back import approves, credit, denies, paid, refunds
from tests.bench import Bench
from tests.builders import a_driver
from tests.complaints import complain, decide, nothing_flowed, ruled_by, ruling_of, stored


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


async def test_another_currency_is_no_new_beginning(bench: Bench) -> None:
    """How many refunds by rule one driver has is counted over all currencies, and how much in each."""
    ruled_by(bench, ComplaintRules(most_refunds=1, most_minor={"EUR": 200}))
    first = await complain(bench, await nothing_flowed(bench), Cause.NOTHING_CHARGED)
    await bench.drain()
    assert (await stored(bench, first)).state == "decided"
    driver, franc = first.driver_id, Money(10, "CHF")
    async with bench.work() as db:
        found = await limits_of(db=db, ports=bench.ports, now=bench.clock.now(), driver_id=driver, amount=franc)
    assert found == {Block.DRIVER_LIMIT}
    ruled_by(bench, ComplaintRules(most_minor={"CHF": 100}))
    async with bench.work() as db:
        found = await limits_of(db=db, ports=bench.ports, now=bench.clock.now(), driver_id=driver, amount=franc)
    assert found == frozenset()


async def test_a_guest_with_the_same_address_is_the_same_person(bench: Bench) -> None:
    """Each charge of a guest has a driver of its own: what went back under one address counts together."""
    ruled_by(bench, ComplaintRules(most_refunds=1))
    first = await complain(bench, await nothing_flowed(bench), Cause.NOTHING_CHARGED)
    await bench.drain()
    assert (await stored(bench, first)).state == "decided"
    await a_driver(bench, driver_id="drv_2", kind="guest", email="drv_1@example.test")
    await a_driver(bench, driver_id="drv_3")
    blocks = {}
    for driver in ("drv_2", "drv_3"):
        async with bench.work() as db:
            now, one_euro = bench.clock.now(), Money(100, "EUR")
            blocks[driver] = await limits_of(db=db, ports=bench.ports, now=now, driver_id=driver, amount=one_euro)
    assert blocks == {"drv_2": {Block.DRIVER_LIMIT}, "drv_3": frozenset()}


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
        async with bench.work() as db:
            copied = await data_of_driver(db=db, driver_id=charge.driver_id)
            still_open = await open_matters(db=db, driver_id=charge.driver_id)
        assert "Ada" not in str(copied["complaint"])
        assert "complaint_open" in still_open
        await answer(bench, (waiting.pending or {})["credit_id"])
        await follow_second_persons(work=bench.work, ports=bench.ports)
    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert (ruling.by, ruling.ruling, ruling.granted_minor) == ("Ada", "full", 2380)
    await bench.drain()
    assert [one.amount.minor for one in refunds(bench).refunds] == [2380]
