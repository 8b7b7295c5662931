"""What partners tell us reaches the charge behind it, in the same transaction as the answer."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.roaming import CommandRow, PartnerSessionRow
from api.services.charging.stored_state import state_document
from api.services.roaming.commands import START, plan_command
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import cdr_body, evse_body, location_body, session_body
from tests.api.services.roaming.builders import a_charge, partner_of
from tests.fakes import START as NOW

SESSION = f"{E}/sessions/DE/CPO/SES1"


@pytest.fixture
async def charge(world: World) -> ChargingSession:
    """Store a charge whose start was sent, at EVSE1 of LOC1."""
    state = replace(ChargingState.new(Money(5000, "EUR")), status=ChargingStatus.STARTING, hold=HoldStatus.PLACED)
    async with world.work() as db:
        return await a_charge(
            db,
            await partner_of(db),
            status=state.status,
            hold_status=state.hold,
            state=state_document(state),
            location_key="prt_1/DE/CPO/LOC1",
            evse_key="prt_1/DE/CPO/LOC1/EVSE1",
        )


async def status(world: World) -> str:
    """Return where the charge stands."""
    async with world.work() as db:
        return (await db.exec(select(ChargingSession.status))).one()


async def test_a_result_and_a_session_move_the_charge(
    world: World, client: httpx.AsyncClient, charge: ChargingSession
) -> None:
    """Accepted is not charging; the session is."""
    async with world.work() as db:
        _, url = await plan_command(db=db, ports=world.ports, now=NOW, kind=START, charge=charge)
    path = url.removeprefix("http://chargehand.test/ocpi")
    assert (await client.post(path, json={"result": "ACCEPTED"})).json()["status_code"] == 1000
    assert await status(world) == ChargingStatus.START_ACCEPTED
    async with world.work() as db:
        assert (await db.exec(select(CommandRow.result))).one() == "accepted"
    assert (await client.put(SESSION, json=session_body())).json()["status_code"] == 1000
    assert await status(world) == ChargingStatus.CHARGING


async def test_a_free_evse_ends_a_charge_whose_energy_has_ended(
    world: World, client: httpx.AsyncClient, charge: ChargingSession
) -> None:
    """A parking period makes the charge idle; the EVSE that becomes available is the proof that the cable is out."""
    await client.put(f"{E}/locations/DE/CPO/LOC1", json=location_body(evses=[evse_body(status="CHARGING")]))
    await client.put(SESSION, json=session_body())
    parking = {
        "charging_periods": [
            {
                "start_date_time": "2026-03-02T09:30:00Z",
                "dimensions": [{"type": "PARKING_TIME", "volume": 0.1}],
            }
        ],
        "last_updated": "2026-03-02T09:36:00Z",
    }
    await client.patch(SESSION, json=parking)
    assert await status(world) == ChargingStatus.IDLE
    free = {"status": "AVAILABLE", "last_updated": "2026-03-02T09:40:00Z"}
    await client.patch(f"{E}/locations/DE/CPO/LOC1/EVSE1", json=free)
    assert await status(world) == ChargingStatus.ENDED


async def test_a_late_repetition_does_not_move_the_charge_again(
    world: World, client: httpx.AsyncClient, charge: ChargingSession
) -> None:
    """After the end, an old active session is answered 1000 and the charge stays ended."""
    ended = session_body(status="COMPLETED", end_date_time="2026-03-02T10:00:00Z", last_updated="2026-03-02T10:00:00Z")
    await client.put(SESSION, json=session_body())
    await client.put(SESSION, json=ended)
    before = await status(world)
    assert before == ChargingStatus.ENDED
    for body in (session_body(), ended):
        assert (await client.put(SESSION, json=body)).json()["status_code"] == 1000
    assert await status(world) == before


async def test_first_deliveries_that_race_make_one_session(
    world: World, client: httpx.AsyncClient, charge: ChargingSession
) -> None:
    """Eight versions of a new session at the same moment: one row, and it is the newest."""
    bodies = [session_body(kwh=n, last_updated=f"2026-03-02T09:0{n}:00Z") for n in range(1, 9)]
    answers = await asyncio.gather(*(client.put(SESSION, json=body) for body in bodies))
    assert {answer.json()["status_code"] for answer in answers} == {1000}
    async with world.work() as db:
        row = (await db.exec(select(PartnerSessionRow))).one()
    assert (row.kwh, row.charging_session_id) == (Decimal(8), charge.id)


async def test_pushes_that_cross_do_not_block_each_other(
    world: World, client: httpx.AsyncClient, charge: ChargingSession
) -> None:
    """Session, CDR and EVSE status of one charge at once, many times over, are all answered."""
    await client.put(f"{E}/locations/DE/CPO/LOC1", json=location_body())
    calls = []
    for n in range(10, 20):
        stamp = f"2026-03-02T09:{n}:00Z"
        calls += [
            client.put(SESSION, json=session_body(kwh=n, last_updated=stamp)),
            client.patch(f"{E}/locations/DE/CPO/LOC1/EVSE1", json={"status": "CHARGING", "last_updated": stamp}),
            client.post(f"{E}/cdrs", json=cdr_body()),
        ]
    answers = await asyncio.wait_for(asyncio.gather(*calls), 30)
    assert {answer.json()["status_code"] for answer in answers} == {1000}


async def test_the_face_works_where_it_is_mounted(world: World) -> None:
    """Below ``/ocpi`` of the whole application, with and without a slash at the end, no redirect."""
    app = FastAPI()
    app.mount("/ocpi", world.app)
    world.app = app
    async with world.client() as client:
        for path in ("/ocpi/versions", "/ocpi/versions/", f"/ocpi{E}/tokens/"):
            assert (await client.get(path)).status_code == 200, path
        assert (await client.get("/ocpi/")).status_code == 404
        assert (await client.put(f"/ocpi{SESSION}/", json=session_body())).json()["status_code"] == 1000
