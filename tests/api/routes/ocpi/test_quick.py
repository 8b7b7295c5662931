"""The short way of everyday reports: the same rows as the long way, and nobody gets in who would not."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus
from api.domain.ids import PartyId
from api.domain.money import Money
from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.tariff import ComponentType, PriceComponent, Tariff, TariffElement
from api.domain.roaming.partner import MarketRole, PartyRole
from api.routes.ocpi import quick
from api.routes.ocpi.app import create_ocpi_app
from api.services.charging.quick import observe_everyday_reports
from api.services.charging.stored_state import state_document
from api.services.roaming.documents import write_roles
from api.services.roaming.sealing import digest
from api.services.work import Statements
from api.settings import Settings
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import cdr_body, session_body
from tests.api.services.roaming.builders import a_charge, partner_of

SESSION = f"{E}/sessions/DE/CPO/SES1"
TARIFF = Tariff("T1", "EUR", (TariffElement((PriceComponent(ComponentType.energy, Decimal("0.39"), 1),)),))


LEFT_BEHIND = (
    "SELECT status, metering, state, kwh, running, running_state, version FROM charging_session WHERE id = :charge",
    "SELECT charging_at, metered_at, energy_ended_at, unplugged_at FROM charging_session WHERE id = :charge",
    "SELECT hold_status, updated_at FROM charging_session WHERE id = :charge",
    "SELECT status, kwh, document - 'id' - 'cdr_token' FROM partner_session WHERE charging_session_id = :charge",
    "SELECT version, last_updated, updated_at FROM partner_session WHERE charging_session_id = :charge",
    "SELECT at, kwh, charging FROM meter_reading WHERE charging_session_id = :charge ORDER BY at",
    "SELECT timer, due_at, set_at FROM charging_timer WHERE charging_session_id = :charge ORDER BY timer",
    "SELECT fact, orders FROM charging_event WHERE charging_session_id = :charge ORDER BY id",
    "SELECT how, version, refusal, received_at FROM partner_message WHERE key LIKE '%/SES' || :number ORDER BY id",
    "SELECT m.refusal, r.times, r.last_at FROM partner_message m JOIN message_repetition r ON r.message_id = m.id"
    " WHERE m.key LIKE '%/SES' || :number ORDER BY m.id",
)


def report(minute: int, kwh: float, **fields: Any) -> dict[str, Any]:
    """Return a PATCH of some minutes into the session."""
    period = {"start_date_time": "2026-03-02T09:00:00Z", "dimensions": [{"type": "ENERGY", "volume": kwh}]}
    told = {"kwh": kwh, "charging_periods": [period], "last_updated": f"2026-03-02T09:{minute:02}:00Z"}
    return told | fields


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return what the short way said to each report that it was asked about, newest last."""
    answers: list[bool] = []

    async def watched(**arguments: Any) -> list[bool]:
        said = await observe_everyday_reports(**arguments)
        answers.extend(said)
        return said

    monkeypatch.setattr(quick, "observe_everyday_reports", watched)
    return answers


async def start(world: World, number: int = 1) -> None:
    """Store a charge whose start was sent."""
    state = replace(ChargingState.new(Money(5000, "EUR")), status=ChargingStatus.STARTING, hold=HoldStatus.PLACED)
    async with world.work() as db:
        await a_charge(
            db,
            await partner_of(db),
            charge_id=f"chs_{number}",
            token_uid=f"UIDA{number}",
            status=state.status,
            hold_status=state.hold,
            state=state_document(state),
            tariff=tariff_to_json(TARIFF),
        )


async def stored(world: World, number: int) -> list[list[tuple[Any, ...]]]:
    """Return all that messages about a charge leave behind, but for what names the charge."""
    async with world.work() as db:
        connection = await db.connection()
        values = {"charge": f"chs_{number}", "number": str(number)}
        return [[tuple(row) for row in (await connection.execute(text(query), values)).all()] for query in LEFT_BEHIND]


async def test_the_short_way_leaves_the_same_rows(
    world: World, taken: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One story told to a face with the short way and to one without: from the first energy to the end."""

    def story(number: int) -> list[tuple[str, dict[str, Any]]]:
        token = session_body()["cdr_token"] | {"uid": f"UIDA{number}"}
        whole = session_body(id=f"SES{number}", cdr_token=token)
        return [
            ("PUT", whole),
            ("PUT", whole | {"kwh": 2, "last_updated": "2026-03-02T09:02:00Z"}),
            ("PATCH", report(3, 2.5)),
            ("PATCH", report(3, 2.5)),
            ("PATCH", report(3, 2.5)),
            ("PATCH", report(3, 2.5)),
            ("PATCH", report(2, 2.2)),
            ("PATCH", report(4, 2.5)),
            ("PATCH", report(5, 3, total_cost=None)),
            ("PATCH", report(6, 3) | {"kwh": None}),
            ("PATCH", report(7, 3, charging_periods=[_parking("09:06")])),
            ("PATCH", report(8, 4)),
            ("PATCH", report(9, 120)),
            ("PATCH", report(10, 121)),
            ("PATCH", report(11, 121, status="COMPLETED")),
            ("PATCH", report(12, 122)),
        ]

    for number in (1, 2):
        await start(world, number)
        if number == 2:
            monkeypatch.setattr(quick.Shortcuts, "answer", _long_way)
        async with world.client() as client:
            answers = [
                (await client.request(method, f"{E}/sessions/DE/CPO/SES{number}", json=body)).json()["status_code"]
                for method, body in story(number)
            ]
        assert answers == [1000] * 9 + [2001] + [1000] * 6
    assert await stored(world, 1) == await stored(world, 2)
    assert taken.count(True) > 4
    assert taken.count(False) > 4


def _parking(at: str) -> dict[str, Any]:
    return {
        "start_date_time": f"2026-03-02T{at}:00Z",
        "dimensions": [{"type": "PARKING_TIME", "volume": 0.02}],
    }


@pytest.mark.parametrize(
    ("change", "http_status"),
    [
        ({"status": "suspended"}, 403),
        ({"our_token_hash": digest("another")}, 401),
        ({"roles": write_roles([PartyRole(MarketRole.CPO, PartyId("DE", "OTH"), "Other")])}, 404),
    ],
)
async def test_what_becomes_of_a_partner_bites_at_once(
    world: World, client: httpx.AsyncClient, taken: list[bool], change: dict[str, Any], http_status: int
) -> None:
    """A partner that was suspended, got another token or lost a role is not known by what it was a moment ago."""
    await start(world)
    await client.put(SESSION, json=session_body())
    assert (await client.patch(SESSION, json=report(2, 2))).status_code == 200
    assert taken[-1]
    async with world.work() as db:
        (await partner_of(db)).sqlmodel_update(change)
    before = await stored(world, 1)
    assert (await client.patch(SESSION, json=report(3, 3))).status_code == http_status
    assert await stored(world, 1) == before


async def test_nothing_is_written_over_what_changed_meanwhile(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charge that changes between the two statements is not touched by the second; the long way takes the report."""
    await start(world)
    await client.put(SESSION, json=session_body())
    said: list[bool] = []

    class Racing:
        def __init__(self, on: Statements) -> None:
            self.on, self.count = on, 0

        async def one(self, statement: str, *values: object) -> Any:
            raise AssertionError

        async def all(self, statement: str, *values: object) -> Any:
            self.count += 1
            if self.count == 2:
                await self.on.one("UPDATE charging_session SET version = version + 10")
            return await self.on.all(statement, *values)

    async def raced(*, on: Statements, **rest: Any) -> list[bool]:
        said.extend(await observe_everyday_reports(on=Racing(on), **rest))
        return said

    monkeypatch.setattr(quick, "observe_everyday_reports", raced)
    (before,) = (await stored(world, 1))[0]
    assert (await client.patch(SESSION, json=report(2, 2))).json()["status_code"] == 1000
    (after,) = (await stored(world, 1))[0]
    assert said == [False]
    assert (after[3], after[6]) == (Decimal(2), before[6] + 11)
    assert len((await stored(world, 1))[8]) == 2


async def test_a_first_call_goes_the_long_way(world: World, client: httpx.AsyncClient, taken: list[bool]) -> None:
    """A process that has not seen a token yet looks it up; another process's memory is its own."""
    await start(world)
    await client.put(SESSION, json=session_body())
    assert taken == []
    world.app = create_ocpi_app(Settings(), world.ports, world.work)
    async with world.client() as fresh:
        assert (await fresh.patch(SESSION, json=report(2, 2))).json()["status_code"] == 1000
        assert taken == []
        await fresh.patch(SESSION, json=report(3, 3))
    assert taken == [True]


async def test_a_bill_takes_the_short_way_to_the_same_rows(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new CDR is stored, linked and about to be settled as on the long way, also when it comes twice or differs."""
    answers: list[list[tuple[int, int, bool]]] = []
    for number in (1, 2):
        await start(world, number)
        token = session_body()["cdr_token"] | {"uid": f"uida{number}"}
        bill = cdr_body(id=f"CDR{number}", session_id=f"SES{number}", cdr_token=token)
        await client.patch(f"{E}/sessions/DE/CPO/NONE", json=report(1, 1))
        if number == 2:
            monkeypatch.setattr(quick.Shortcuts, "answer", _long_way)
        got = [await client.post(f"{E}/cdrs", json=body) for body in (bill, bill, bill | {"total_energy": 99})]
        answers.append([(each.status_code, each.json()["status_code"], "location" in each.headers) for each in got])
        assert (await client.get(got[0].headers["location"].removeprefix("http://chargehand.test/ocpi"))).json()[
            "data"
        ] == bill
    assert answers == [[(201, 1000, True), (200, 1000, True), (200, 2001, False)]] * 2
    query = "SELECT to_jsonb(cdr) AS told FROM cdr WHERE charging_session_id = :charge"
    naming = {"key", "id", "public_id", "session_id", "token_uid", "raw", "raw_hash", "charging_session_id"}
    jobs = "SELECT queue_name, task_name, lock, args FROM procrastinate_jobs WHERE task_name = 'settle' ORDER BY id"
    async with world.work() as db:
        connection = await db.connection()
        rows = [(await connection.execute(text(query), {"charge": f"chs_{each}"})).scalar_one() for each in (1, 2)]
        settled = [tuple(row) for row in (await connection.execute(text(jobs))).all()]
    for row in rows:
        assert "99" in row.pop("conflicting_raw")
        for name in ("id", "session_id", "cdr_token"):
            row["document"].pop(name)
    assert {name for name in rows[0] if rows[0][name] != rows[1][name]} == naming
    assert settled == [
        ("money", "settle", f"money:chs_{number}", {"charging_session_id": f"chs_{number}"}) for number in (1, 2)
    ]


async def _long_way(*_arguments: Any) -> None:
    return None


async def test_bills_that_are_not_everyday_go_the_long_way(world: World, client: httpx.AsyncClient) -> None:
    """Of nobody, of a stray session, credited before it came: each ends as without a short way."""
    await start(world)
    await client.put(SESSION, json=session_body(cdr_token={"uid": "OTHER", "type": "RFID", "contract_id": "X"}))
    credit = cdr_body(id="CREDIT", cdr_token={"uid": "OTHER"}, session_id=None, credit=True, credit_reference_id="cdr1")
    for body in (credit, cdr_body()):
        assert (await client.post(f"{E}/cdrs", json=body)).status_code == 201
    async with world.work() as db:
        connection = await db.connection()
        for query in ("SELECT charging_session_id FROM cdr", "SELECT charging_session_id FROM partner_session"):
            assert set((await connection.execute(text(query))).scalars()) == {"chs_1"}
        open_ones = await connection.execute(text("SELECT count(*) FROM mismatch WHERE resolved_at IS NULL"))
        assert open_ones.scalar_one() == 0


async def test_reports_that_come_together_are_each_taken_for_itself(
    world: World, client: httpx.AsyncClient, taken: list[bool]
) -> None:
    """Everyday ones share a transaction; one of nobody, one that ends and one the database cannot hold harm none."""
    for number in range(1, 7):
        await start(world, number)
        token = session_body()["cdr_token"] | {"uid": f"UIDA{number}"}
        await client.put(f"{E}/sessions/DE/CPO/SES{number}", json=session_body(id=f"SES{number}", cdr_token=token))
    told = {number: report(2, 2) for number in range(1, 5)} | {5: report(2, 2, status="COMPLETED")}
    told |= {6: report(2, 2, evse_uid="\x00"), 7: report(2, 2)}
    answers = await asyncio.gather(
        *(client.patch(f"{E}/sessions/DE/CPO/SES{number}", json=body) for number, body in told.items())
    )
    assert [answer.json()["status_code"] for answer in answers] == [1000] * 5 + [2001, 2003]
    assert [(await stored(world, number))[0][0][3] for number in range(1, 7)] == [Decimal(2)] * 5 + [Decimal("1.5")]
    assert taken.count(True) == 4


async def test_reports_of_one_charge_are_taken_in_the_order_in_which_they_come(
    world: World, client: httpx.AsyncClient, taken: list[bool]
) -> None:
    """However many are under way at once, none is lost and none is read before the one before it is written."""
    await start(world)
    await client.put(SESSION, json=session_body())
    await client.patch(SESSION, json=report(2, 1.6))
    reports = [report(minute, 2 + minute / 10) for minute in range(3, 13)]
    answers = await asyncio.gather(*(client.patch(SESSION, json=body) for body in reports))
    assert {answer.json()["status_code"] for answer in answers} == {1000}
    rows = await stored(world, 1)
    assert [row[1] for row in rows[5]][-10:] == [Decimal(str(2 + minute / 10)) for minute in range(3, 13)]
    assert [row[2] for row in rows[8]] == [None] * 12
    assert taken == [True] * 11
