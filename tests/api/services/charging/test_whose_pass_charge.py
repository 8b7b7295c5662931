"""Whose charge it is that a pass began: known and active passes make one, once; what is in doubt stays staff's."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.roaming.session import SessionStatus
from api.domain.roaming.token import Allowed, LocationReferences, TokenType
from api.services.charging.authorize import authorize_token
from api.services.charging.observe import STRAY_CDR, STRAY_SESSION
from api.services.roaming.passes import block_pass
from tests.bench import Bench, a_bench, a_policy
from tests.builders import a_location, a_partner, a_tariff, after, an_evse, push_cdr, push_session
from tests.charges import a_charge
from tests.passes import OVER, a_pass, cdr_by_pass, charges, proven, session_by_pass, the_charge

S, H = ChargingStatus, HoldStatus


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation that lets passes charge, with a partner of one post."""
    bench = a_bench(work, policy=a_policy(passes_enabled=True))
    await a_partner(bench)
    await a_location(bench)
    bench.clock.set(after(1))
    return bench


async def ask(bench: Bench, place: LocationReferences | None = None) -> tuple[Allowed, str | None]:
    """Let the partner ask about the pass."""
    partner = await a_partner(bench)
    async with bench.work() as db:
        info = await authorize_token(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            partner=partner,
            uid="card1",
            token_type=TokenType.RFID,
            place=place,
        )
    return info.allowed, info.authorization_reference


async def block(bench: Bench) -> None:
    """Block the pass."""
    async with bench.work() as db:
        await block_pass(db=db, now=bench.clock.now(), uid="CARD1")


async def open_findings(bench: Bench) -> set[str]:
    """Return the reasons of findings that are open."""
    return {row[0] for row in await bench.rows("SELECT reason FROM mismatch WHERE resolved_at IS NULL")}


# --- passes that make no charge ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["blocked", "expired", "passes off", "account closed", "unknown"])
async def test_a_pass_that_may_not_charge_stays_a_finding(bench: Bench, why: str) -> None:
    """Nothing is billed to a guess: session and bill wait for staff, with driver and card where these are known."""
    if why != "unknown":
        await a_pass(bench)
    if why == "blocked":
        await block(bench)
    if why == "expired":
        await bench.rows("UPDATE driver_pass SET valid_until = :at RETURNING id", at=after(-1))
    if why == "passes off":
        bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, passes_enabled=False))
    if why == "account closed":
        await bench.rows("UPDATE driver SET status = 'closed' RETURNING id")
    await push_session(bench, session_by_pass())
    await push_cdr(bench, cdr_by_pass())
    await bench.drain()
    assert await charges(bench) == []
    assert bench.payments.calls == []
    assert await open_findings(bench) == {STRAY_SESSION, STRAY_CDR}
    told = {row[0] for row in await bench.rows("SELECT detail->>'driver_id' FROM mismatch")}
    assert told == ({None} if why == "unknown" else {"drv_1"})


async def test_a_pass_that_was_blocked_after_our_yes_is_billed(bench: Bench) -> None:
    """We let it charge; that its driver lost it an instant later does not make the energy the operator's gift."""
    await a_pass(bench)
    allowed, reference = await ask(bench)
    assert allowed is Allowed.ALLOWED
    await block(bench)
    await push_session(bench, session_by_pass(authorization_reference=reference, starts_at=after(1)))
    assert (await the_charge(bench)).status == S.CHARGING

    old: dict[str, Any] = {"id": "SES2", "starts_at": after(200), "last_updated": after(201), "evse_uid": "EVSE1"}
    await push_session(bench, session_by_pass(**OVER))
    bench.clock.set(after(201))
    await push_session(bench, session_by_pass(authorization_reference=reference, **old))
    assert len(await charges(bench)) == 1  # a yes of hours ago is none for today


async def test_a_card_that_waits_for_its_cable_is_no_charge_yet(bench: Bench) -> None:
    """PENDING may last for ever, so it costs nothing and holds nothing; what begins then is a charge."""
    await a_pass(bench)
    await push_session(bench, session_by_pass(status=SessionStatus.PENDING, kwh=0, charging_periods=()))
    assert await charges(bench) == []
    await push_session(bench, session_by_pass(last_updated=after(2)))
    assert (await the_charge(bench)).status == S.CHARGING
    assert await open_findings(bench) == set()


async def test_a_place_that_we_do_not_hold_is_fetched_and_then_charged_at(bench: Bench) -> None:
    """Until it is there nobody can price what is delivered."""
    await a_pass(bench)
    there = {"location_id": "LOC2", "evse_uid": "EVSE9"}
    await push_session(bench, session_by_pass(**there))
    assert await charges(bench) == []
    assert await bench.value("SELECT location_id FROM awaited_place") == "LOC2"
    await a_location(bench, location_id="LOC2", evses=(an_evse("EVSE9"),))
    await push_session(bench, session_by_pass(**there, last_updated=after(2)))
    assert (await the_charge(bench)).location_id == "LOC2"


@pytest.mark.parametrize("odd", ["currency", "location"])
async def test_what_cannot_be_charged_is_kept_and_told_all_the_same(bench: Bench, odd: str) -> None:
    """Money that nobody can hold, an id that nobody can mean: the partner's word is stored, nothing of it refused."""
    await a_pass(bench)
    if odd == "currency":
        await a_location(bench, tariff=a_tariff(currency="XTS", last_updated=after(1)))
    where = {} if odd == "currency" else {"location_id": ""}
    await push_session(bench, session_by_pass(**where))
    await push_cdr(bench, cdr_by_pass(location=replace(cdr_by_pass().location, id="LOC1" if not where else "")))
    assert await charges(bench) == []
    assert await bench.rows("SELECT 1 FROM quote") == []
    assert await open_findings(bench) == {STRAY_SESSION, STRAY_CDR}


async def test_a_bill_that_is_with_staff_stays_with_them(bench: Bench) -> None:
    """They may have billed it by hand: neither its repetition nor its session makes a charge of it later."""
    await a_pass(bench)
    await block(bench)
    await push_cdr(bench, cdr_by_pass())
    await bench.rows("UPDATE driver_token SET valid = true RETURNING uid")
    await push_cdr(bench, cdr_by_pass())
    await push_session(bench, session_by_pass(**OVER))
    assert await charges(bench) == []
    assert await open_findings(bench) == {STRAY_CDR, STRAY_SESSION}


async def test_the_bill_of_what_the_card_may_have_stopped_makes_no_second_charge(bench: Bench) -> None:
    """The driver's charge from the app runs at that post: a bill under their card can only be doubted."""
    await a_pass(bench)
    await a_charge(bench)
    await push_cdr(bench, cdr_by_pass(session_id="SES7"))
    assert len(await charges(bench)) == 1
    assert STRAY_CDR in await open_findings(bench)


# --- one charge, whatever comes when ----------------------------------------------------------------------------------


async def test_session_and_bill_at_one_instant_make_one_charge(bench: Bench) -> None:
    """Each could make it; whoever has the pass first does, and the other finds it."""
    await a_pass(bench)
    bench.clock.set(after(61))
    over, bill = session_by_pass(**OVER), cdr_by_pass()
    await asyncio.gather(push_session(bench, over), push_cdr(bench, bill), push_session(bench, over))
    await push_cdr(bench, bill)
    await bench.drain()
    charge = await the_charge(bench)
    assert (charge.status, charge.owed_minor) == (S.SETTLED, 928)
    proof = await proven(bench)
    assert proof.captured + proof.receivable == 928
    await push_cdr(bench, replace(bill, id="CDR2", session_id=None))
    assert len(await charges(bench)) == 1
    assert STRAY_CDR in await open_findings(bench)


async def test_a_charger_that_begins_anew_goes_on_with_the_charge(bench: Bench) -> None:
    """The same card at the same post while its charge runs: a second session of one charge, under one hold."""
    await a_pass(bench)
    await push_session(bench, session_by_pass())
    again: dict[str, Any] = {"id": "SES2", "starts_at": after(2), "last_updated": after(3)}
    await push_session(bench, session_by_pass(**again))
    await bench.drain()
    charge = await the_charge(bench)
    assert len(bench.payments.calls_of("place_hold")) == 1
    linked = await bench.rows("SELECT DISTINCT charging_session_id FROM partner_session")
    assert linked == [(charge.id,)]


async def test_the_next_charge_with_a_card_is_another_one(bench: Bench) -> None:
    """After the first one ended at its post, each session has a charge and a hold of its own."""
    await a_pass(bench)
    await push_session(bench, session_by_pass(**OVER))
    bench.clock.set(after(62))
    await push_session(bench, session_by_pass(id="SES2", starts_at=after(61), last_updated=after(62)))
    await bench.drain()
    assert [each.status for each in await charges(bench)] == [S.ENDED, S.CHARGING]
    assert len(bench.payments.calls_of("place_hold")) == 2


async def test_a_card_shown_where_the_app_waits_is_that_start(bench: Bench) -> None:
    """The driver tapped start and held the card to the post too: the hold that stands secures what begins."""
    await a_pass(bench)
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push_session(bench, session_by_pass())
    stored = await the_charge(bench)
    assert (stored.id, stored.status, stored.auth_channel) == (charge.id, S.CHARGING, "app")
    assert len(bench.payments.calls_of("place_hold")) == 1


# --- the next yes -----------------------------------------------------------------------------------------------------


async def test_who_charges_unsecured_by_pass_gets_no_second_yes_until_that_is_paid(bench: Bench) -> None:
    """One charge at a time is what a card that says no can cost us."""
    await a_pass(bench, payment_method_id="pm_card_chargeDeclined")
    elsewhere = LocationReferences("loc1", ("evse2",))
    assert (await ask(bench, elsewhere))[0] is Allowed.ALLOWED
    await push_session(bench, session_by_pass())
    await bench.drain()
    assert (await ask(bench, elsewhere))[0] is Allowed.NO_CREDIT
    bench.clock.set(after(61))
    await push_session(bench, session_by_pass(**OVER))
    await push_cdr(bench, cdr_by_pass())
    await bench.drain()
    assert (await ask(bench, elsewhere))[0] is Allowed.NO_CREDIT
    await push_cdr(bench, cdr_by_pass(cost="-7.80", id="CDR2", credit=True, credit_reference_id="CDR1"))
    await bench.drain()
    assert (await ask(bench, elsewhere))[0] is Allowed.ALLOWED


async def test_a_card_shown_at_its_own_charge_may_stop_it(bench: Bench) -> None:
    """The answer refers to the charge, and the end of it is the driver's own."""
    await a_pass(bench)
    _, reference = await ask(bench)
    await push_session(bench, session_by_pass(authorization_reference=reference))
    charge = await the_charge(bench)
    bench.clock.set(after(30))
    assert await ask(bench, LocationReferences("loc1", ("evse1",))) == (Allowed.ALLOWED, charge.id)
    await push_session(bench, session_by_pass(**OVER | {"authorization_reference": charge.id}))
    assert (await bench.charge(charge)).stop_cause == "badge"


async def test_the_card_that_began_it_is_not_what_ended_it(bench: Bench) -> None:
    """It was asked about at the start of a charge that lasted two minutes."""
    await a_pass(bench)
    _, reference = await ask(bench)
    await push_session(bench, session_by_pass(authorization_reference=reference))
    short = OVER | {"ended_at": after(2), "last_updated": after(2), "authorization_reference": reference}
    await push_session(bench, session_by_pass(**short))
    assert (await the_charge(bench)).stop_cause != "badge"
