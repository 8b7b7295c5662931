"""Real-time authorization: a pass may charge only where somebody pays, and what a blocked one uses is a finding."""

from dataclasses import replace
from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.domain.roaming.token import Allowed, AuthorizationInfo, CdrToken, LocationReferences, TokenType
from api.models.charging import ChargingSession
from api.models.partner import Partner
from api.services.charging.authorize import NotEnoughInformation, authorize_token
from api.services.roaming.passes import add_pass, block_pass
from tests.bench import Bench, a_bench, a_policy
from tests.builders import a_cdr, a_driver, a_partner, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_charge

PLACE = LocationReferences("loc1")


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation that lets passes charge, with a partner."""
    bench = a_bench(work, policy=a_policy(passes_enabled=True))
    await a_partner(bench)
    return bench


async def a_pass(bench: Bench, **driver: Any) -> None:
    """Give a driver a pass."""
    await a_driver(bench, **driver)
    async with bench.work() as db:
        await add_pass(db=db, now=bench.clock.now(), driver_id="drv_1", uid="CARD1", visual_number="No. 1")


async def ask(bench: Bench, place: LocationReferences | None = None, **policy: Any) -> AuthorizationInfo:
    """Let the partner ask about the pass."""
    ports = replace(bench.ports, policy=replace(bench.ports.policy, **policy))
    partner = await a_partner(bench)
    async with bench.work() as db:
        return await authorize_token(
            db=db,
            ports=ports,
            now=bench.clock.now(),
            partner=partner,
            uid="card1",
            token_type=TokenType.RFID,
            place=place,
        )


async def test_a_pass_with_a_saved_card_is_allowed_with_a_fresh_reference(bench: Bench) -> None:
    """Each yes has a reference of its own, and is kept with where it was asked."""
    await a_pass(bench)
    infos = [await ask(bench), await ask(bench, PLACE)]
    assert [info.allowed for info in infos] == [Allowed.ALLOWED] * 2
    references = {info.authorization_reference for info in infos}
    kept = await bench.rows("SELECT id, allowed, location_id FROM pass_authorization ORDER BY id")
    assert len(references) == 2
    assert {row.id for row in kept} == references
    assert [row.location_id for row in kept] == [None, "loc1"]
    assert all(info.text is None for info in infos)


async def test_passes_charge_only_where_the_installation_lets_them(bench: Bench) -> None:
    """A hold comes only after the energy began, so it is off unless switched on; the driver reads why."""
    await a_pass(bench, language="de-AT")
    info = await ask(bench, passes_enabled=False)
    assert (info.allowed, info.authorization_reference, info.text_language) == (Allowed.NOT_ALLOWED, None, "de")
    assert info.text is not None
    assert "App" in info.text


@pytest.mark.parametrize(
    ("driver", "allowed"),
    [
        ({"payment_method_id": None}, Allowed.NO_CREDIT),
        ({"pay_with": "wallet"}, Allowed.NO_CREDIT),
        ({"pay_with": "fleet"}, Allowed.NO_CREDIT),
    ],
)
async def test_who_cannot_pay_is_not_allowed(bench: Bench, driver: dict[str, Any], allowed: Allowed) -> None:
    """No saved card, an empty wallet, no fleet: the way that the driver usually pays decides."""
    await a_pass(bench, **driver)
    info = await ask(bench, PLACE)
    assert (info.allowed, info.authorization_reference) == (allowed, None)
    assert info.text


async def test_who_owes_too_much_is_not_allowed(bench: Bench) -> None:
    """The limit for card starts holds for passes too, whatever else the driver pays with."""
    await a_pass(bench)
    info = await ask(bench, receivable_block={"EUR": -1})
    assert info.allowed is Allowed.NO_CREDIT
    assert info.text is not None
    assert "paid first" in info.text


async def test_a_blocked_pass_is_blocked(bench: Bench) -> None:
    """Blocked counts before everything else."""
    await a_pass(bench)
    async with bench.work() as db:
        await block_pass(db=db, now=bench.clock.now(), uid="CARD1")
    assert (await ask(bench)).allowed is Allowed.BLOCKED


async def test_a_wallet_needs_to_know_where(bench: Bench) -> None:
    """Its currency must be that of the place, so without one the question is too small (2002)."""
    await a_pass(bench, pay_with="wallet")
    with pytest.raises(NotEnoughInformation):
        await ask(bench)


async def test_energy_of_a_blocked_pass_is_told_to_finance_with_driver_and_card(bench: Bench) -> None:
    """Session and bill have no charge of ours: staff see whom to ask, and nothing is billed to a guess."""
    charge = await a_charge(bench)
    await a_pass(bench)
    async with bench.work() as db:
        await block_pass(db=db, now=bench.clock.now(), uid="CARD1")
    token = CdrToken("card1", TokenType.RFID, "DE-CHH-drv_1")

    await push_session(bench, a_session(charge, id="SES9", cdr_token=token, authorization_reference="aut_1"))
    await push_cdr(bench, a_cdr(charge, id="CDR9", cdr_token=token, session_id="SES9"))

    rows = await bench.rows("SELECT reason, detail FROM mismatch ORDER BY reason")
    assert [row.reason for row in rows] == ["cdr_without_charge", "session_of_no_charge"]
    for row in rows:
        assert row.detail["driver_id"] == "drv_1"
        assert (row.detail["cost_of"], row.detail["token_uid"]) == ("pass", "CARD1")
        assert row.detail["visual_number"] == "No. 1"


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (ChargingStatus.AWAITING_HOLD, Allowed.NO_CREDIT),
        (ChargingStatus.AWAITING_DRIVER, Allowed.NO_CREDIT),
        (ChargingStatus.STARTING, Allowed.ALLOWED),
    ],
)
async def test_a_start_token_is_good_only_once_its_hold_stands(
    bench: Bench, status: ChargingStatus, allowed: Allowed
) -> None:
    """Its partner may read it in the list of tokens before: until the hold stands nobody would pay."""
    charge = await a_charge(bench, status)
    async with bench.work() as db:
        info = await authorize_token(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            partner=await db.get_one(Partner, "prt_1"),
            uid=charge.token_uid,
            token_type=TokenType.APP_USER,
        )
    assert info.allowed is allowed


# --- a card that stops what the app started (CM23) --------------------------------------------------------------------


async def charge_with_card(bench: Bench) -> ChargingSession:
    """Let a driver with a card charge by the app."""
    await a_pass(bench)
    return await a_charge(bench, ChargingStatus.CHARGING)


@pytest.mark.capability("CM23")
async def test_card_and_app_are_one_group(bench: Bench) -> None:
    """A charger that reads the card of the driver who started from the app knows that it may stop that."""
    await charge_with_card(bench)
    rows = await bench.rows("SELECT type, group_id FROM driver_token ORDER BY type")
    assert rows == [("app_user", "DE-CHH-drv_1"), ("rfid", "DE-CHH-drv_1")]
    assert (await ask(bench)).token.group_id == "DE-CHH-drv_1"


@pytest.mark.capability("CM23")
async def test_a_card_shown_at_the_drivers_own_charge_is_that_charge(bench: Bench) -> None:
    """Even where passes may not start anything: the answer refers to the charge, and each time it is shown is kept."""
    charge = await charge_with_card(bench)
    here = LocationReferences("loc1", ("evse1",))
    infos = [await ask(bench, here, passes_enabled=False) for _ in range(2)]
    assert {(info.allowed, info.authorization_reference) for info in infos} == {(Allowed.ALLOWED, charge.id)}
    kept = await bench.rows("SELECT charging_session_id FROM pass_authorization")
    assert kept == [(charge.id,)] * 2
    elsewhere = await ask(bench, LocationReferences("loc1", ("evse2",)), passes_enabled=False)
    assert elsewhere.allowed is Allowed.NOT_ALLOWED


@pytest.mark.capability("CM23")
async def test_a_blocked_card_stops_nothing(bench: Bench) -> None:
    """Whoever found it has no word in the driver's charge."""
    await charge_with_card(bench)
    async with bench.work() as db:
        await block_pass(db=db, now=bench.clock.now(), uid="CARD1")
    assert (await ask(bench, LocationReferences("loc1", ("evse1",)))).allowed is Allowed.BLOCKED


@pytest.mark.capability("CM23")
@pytest.mark.parametrize("named_session", [True, False])
async def test_a_charge_stopped_by_card_is_closed_and_billed_once(bench: Bench, *, named_session: bool) -> None:
    """The session ends and the bill comes under the card: both are of the one charge, which is captured in full."""
    charge = await charge_with_card(bench)
    card = CdrToken("CARD1", TokenType.RFID, "DE-CHH-drv_1")
    over = {"status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60), "kwh": METERED}
    await push_session(bench, a_session(charge, cdr_token=card, authorization_reference=None, **over))
    assert (await bench.charge(charge)).status == ChargingStatus.ENDED
    await push_cdr(
        bench, a_cdr(charge, cdr_token=card, session_id="SES1" if named_session else None, total_energy_kwh=METERED)
    )
    stored = await bench.rows("SELECT charging_session_id FROM cdr")
    assert stored == [(charge.id,)]
    assert "cdr_without_charge" not in await bench.findings()


@pytest.mark.capability("CM23")
async def test_a_bill_under_the_card_that_comes_before_the_end_is_of_the_charge(bench: Bench) -> None:
    """It names no session, as in OCPI 2.1.1: when the session is told to its end, it can only be of that."""
    charge = await charge_with_card(bench)
    card = CdrToken("CARD1", TokenType.RFID, "DE-CHH-drv_1")
    await push_cdr(bench, a_cdr(charge, cdr_token=card, session_id=None, total_energy_kwh=METERED))
    assert "cdr_without_charge" in await bench.findings()
    over = {"status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60), "kwh": METERED}
    await push_session(bench, a_session(charge, **over))
    await bench.drain()
    assert await bench.rows("SELECT charging_session_id FROM cdr") == [(charge.id,)]
    assert (await bench.charge(charge)).status == ChargingStatus.SETTLED


@pytest.mark.capability("CM23")
async def test_the_bill_of_another_drivers_card_is_not_of_the_charge(bench: Bench) -> None:
    """However well place and time fit."""
    charge = await charge_with_card(bench)
    await a_driver(bench, driver_id="drv_2")
    async with bench.work() as db:
        await add_pass(db=db, now=bench.clock.now(), driver_id="drv_2", uid="CARD2")
    await push_session(bench, a_session(charge, last_updated=after(60)))
    card = CdrToken("CARD2", TokenType.RFID, "DE-CHH-drv_2")
    await push_cdr(bench, a_cdr(charge, cdr_token=card, session_id=None))
    assert await bench.rows("SELECT charging_session_id FROM cdr") == [(None,)]


@pytest.mark.parametrize(("column", "value"), [("status", "pending"), ("closing_at", "2027-01-01T00:00:00Z")])
async def test_who_may_not_start_in_the_app_may_not_with_a_pass(bench: Bench, column: str, value: str) -> None:
    """An account that waits for its address, or for its erasure, starts nothing: the bill would find nobody."""
    await a_pass(bench)
    await bench.rows(f"UPDATE driver SET {column} = '{value}' RETURNING id")  # noqa: S608 - our own words
    info = await ask(bench, PLACE)
    assert (info.allowed, info.authorization_reference) == (Allowed.NOT_ALLOWED, None)
    assert info.text


async def test_a_pass_whose_time_has_come_is_blocked_before_the_sweep(bench: Bench) -> None:
    """Its driver is shown that it has expired, so partners are told so too."""
    await a_pass(bench)
    await bench.rows("UPDATE driver_pass SET valid_until = :now RETURNING id", now=bench.clock.now())
    assert (await ask(bench, PLACE)).allowed is Allowed.BLOCKED
