"""The short way of EVSE status: the same rows as the long way, and nobody gets in who would not."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.domain.charging.state import ChargingStatus
from api.domain.ids import PartyId
from api.domain.roaming.partner import MarketRole, PartyRole
from api.routes.ocpi import quick
from api.services.charging.quick_evse import EvseChange, change_evses
from api.services.roaming.documents import write_roles
from api.services.roaming.sealing import digest
from api.services.work import Statements
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import evse_body, location_body
from tests.api.services.roaming.builders import a_charge, partner_of

STORED = (
    "SELECT to_jsonb(evse) - 'key' - 'location_key' FROM evse WHERE location_key LIKE :key ORDER BY uid",
    "SELECT to_jsonb(c) - 'key' - 'evse_key' - 'public_id' FROM connector c WHERE evse_key LIKE :key ORDER BY key",
    "SELECT last_updated, own_updated, raw::jsonb - 'id' FROM location WHERE key LIKE :key",
)


def status(minute: int, name: str = "CHARGING", **fields: Any) -> dict[str, Any]:
    """Return a PATCH of some minutes after nine."""
    return {"status": name, "last_updated": f"2026-03-02T09:{minute:02}:00Z"} | fields


def evse_path(location: str = "LOC1", uid: str = "EVSE1") -> str:
    """Return where an EVSE is."""
    return f"{E}/locations/DE/CPO/{location}/{uid}"


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[list[bool]]:
    """Return what the short way said to the changes that it was asked about together, newest last."""
    answers: list[list[bool]] = []

    async def watched(*, on: Statements, changes: Sequence[EvseChange]) -> list[bool]:
        answers.append(await change_evses(on=on, changes=changes))
        return answers[-1]

    monkeypatch.setattr(quick, "change_evses", watched)
    return answers


async def put(client: httpx.AsyncClient, location: str = "LOC1") -> None:
    """Have a location with two EVSEs stored."""
    evses = [evse_body(uid=uid, evse_id=None) for uid in ("EVSE1", "EVSE2")]
    body = location_body(id=location, evses=evses)
    answer = await client.put(f"{E}/locations/DE/CPO/{location}", json=body)
    assert answer.json()["status_code"] == 1000


async def stored(world: World, location: str = "LOC1") -> list[Any]:
    """Return the rows of a location, but for what names it."""
    async with world.work() as db:
        connection = await db.connection()
        values = {"key": f"%/{location}%"}
        return [[tuple(row) for row in (await connection.execute(text(query), values)).all()] for query in STORED]


async def test_the_short_way_leaves_the_same_rows(
    world: World, taken: list[list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One story told to a face with the short way and to one without."""
    story = [
        status(30),
        status(30),
        status(29, "OUTOFORDER"),
        status(31, "INVENTED_STATUS"),
        status(32, "AVAILABLE", physical_reference="7", floor_level=None, never_heard_of={"deep": [1.50]}),
        status(33, evse_id="DE*CPO*E*9", capabilities=["RFID_READER", "INVENTED"]),
        status(34, physical_reference=None),
        {"status": None, "last_updated": "2026-03-02T09:35:00Z"},
        {"status": "RESERVED"},
        status(36, uid="OTHER"),
        status(37, connectors=[]),
        status(38, id="8"),
        status(39, last_updated=None),
        status(40, "AVAILABLE"),
    ]
    answers: list[list[int]] = []
    for location in ("LOC1", "LOC2"):
        if location == "LOC2":
            monkeypatch.setattr(quick.Shortcuts, "answer", _long_way)
        async with world.client() as client:
            await put(client, location)
            told = [await client.patch(evse_path(location), json=body) for body in story]
            told.append(await client.patch(evse_path(location, "NONE"), json=story[0]))
            answers.append([answer.json()["status_code"] for answer in told])
    assert answers[0] == answers[1]
    assert {1000, 2001, 2003} <= set(answers[0])
    assert await stored(world, "LOC1") == await stored(world, "LOC2")
    said = [each for batch in taken for each in batch]
    assert said.count(True) > 6
    assert said.count(False) == 1  # the one that we do not hold; what is no everyday change never gets there


async def _long_way(*_arguments: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("change", "http_status"),
    [
        ({"status": "suspended"}, 403),
        ({"our_token_hash": digest("another")}, 401),
        ({"roles": write_roles([PartyRole(MarketRole.CPO, PartyId("DE", "OTH"), "Other")])}, 404),
    ],
)
async def test_what_becomes_of_a_partner_bites_at_once(
    world: World, client: httpx.AsyncClient, taken: list[list[bool]], change: dict[str, Any], http_status: int
) -> None:
    """A partner that was suspended, got another token or lost a role is not known by what it was a moment ago."""
    await put(client)
    assert (await client.patch(evse_path(), json=status(30))).status_code == 200
    assert taken == [[True]]
    async with world.work() as db:
        (await partner_of(db)).sqlmodel_update(change)
    before = await stored(world)
    assert (await client.patch(evse_path(), json=status(31, "AVAILABLE"))).status_code == http_status
    assert await stored(world) == before


async def test_nothing_is_written_over_what_changed_meanwhile(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An EVSE that becomes newer between the two statements keeps what it has: the long way drops the older status."""
    await put(client)
    said: list[bool] = []

    class Racing:
        def __init__(self, on: Statements) -> None:
            self.on, self.count = on, 0

        async def one(self, statement: str, *values: object) -> Any:
            raise AssertionError

        async def all(self, statement: str, *values: object) -> Any:
            self.count += 1
            if self.count == 2:
                await self.on.one("UPDATE evse SET status = 'blocked', last_updated = '2026-03-02T09:40:00Z'")
            return await self.on.all(statement, *values)

    async def raced(*, on: Statements, **rest: Any) -> list[bool]:
        said.extend(await change_evses(on=Racing(on), **rest))
        return said

    monkeypatch.setattr(quick, "change_evses", raced)
    assert (await client.patch(evse_path(), json=status(30))).json()["status_code"] == 1000
    assert said == [False]
    assert [row[0]["status"] for row in (await stored(world))[0]] == ["blocked", "blocked"]


async def test_a_freed_evse_that_a_charge_of_ours_occupies_goes_the_long_way(
    world: World, client: httpx.AsyncClient, taken: list[list[bool]]
) -> None:
    """Whether it proves that the cable is out is not for the short way to say; any other status is."""
    await put(client)
    async with world.work() as db:
        key = "prt_1/DE/CPO/LOC1/EVSE1"
        await a_charge(db, await partner_of(db), evse_key=key, status=ChargingStatus.CHARGING)
    for minute, name in ((30, "CHARGING"), (31, "AVAILABLE"), (32, "AVAILABLE"), (33, "BLOCKED")):
        assert (await client.patch(evse_path(), json=status(minute, name))).json()["status_code"] == 1000
    assert taken == [[True], [False], [True], [True]]
    assert (await stored(world))[0][0][0]["status"] == "blocked"


@pytest.mark.parametrize(
    ("status_now", "short"), [(ChargingStatus.START_ACCEPTED, False), (ChargingStatus.CHARGING, True)]
)
async def test_an_evse_that_becomes_busy_beside_a_start_goes_the_long_way(
    world: World,
    client: httpx.AsyncClient,
    taken: list[list[bool]],
    status_now: ChargingStatus,
    short: bool,
) -> None:
    """Whether the cable of a driver who waits is in the wrong post is for the long way to say; else it is short."""
    await put(client)
    async with world.work() as db:
        key = "prt_1/DE/CPO/LOC1"
        await a_charge(db, await partner_of(db), location_key=key, evse_key=f"{key}/EVSE1", status=status_now)
    for name in ("AVAILABLE", "CHARGING"):
        assert (await client.patch(evse_path(uid="EVSE2"), json=status(30, name))).json()["status_code"] == 1000
    assert taken == [[True], [short]]


async def test_changes_that_come_together_are_all_taken(
    world: World, client: httpx.AsyncClient, taken: list[list[bool]]
) -> None:
    """Of many locations in one transaction, of one location one after the other; a bad one takes nobody with it."""
    for number in range(1, 5):
        await put(client, f"LOC{number}")
    told = [(f"LOC{number}", uid, status(30)) for number in range(1, 5) for uid in ("EVSE1", "EVSE2")]
    told.append(("LOC1", "EVSE1", status(31, "BLOCKED", physical_reference="\x00")))
    answers = await asyncio.gather(*(client.patch(evse_path(at, uid), json=body) for at, uid, body in told))
    assert [answer.json()["status_code"] for answer in answers] == [1000] * 8 + [2001]
    for number in range(1, 5):
        rows = await stored(world, f"LOC{number}")
        assert [row[0]["status"] for row in rows[0]] == ["charging", "charging"]
        assert rows[2][0][0].isoformat() == "2026-03-02T09:30:00+00:00"
    assert max(map(len, taken)) > 1


async def test_a_place_that_somebody_else_holds_is_waited_for_by_its_own_message_only(
    world: World, client: httpx.AsyncClient, taken: list[list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a pull holds one location, statuses of others are taken, and that of the held one after the pull."""
    await put(client, "LOC1")
    await put(client, "LOC2")
    asked = asyncio.Event()
    watched: Any = vars(quick)["change_evses"]

    async def seen(**arguments: Any) -> list[bool]:
        said: list[bool] = await watched(**arguments)
        asked.set()
        return list(said)

    monkeypatch.setattr(quick, "change_evses", seen)
    async with world.work() as pull:
        await (await pull.connection()).execute(text("SELECT 1 FROM location WHERE id = 'LOC1' FOR UPDATE"))
        held = asyncio.create_task(client.patch(evse_path("LOC1"), json=status(30)))
        async with asyncio.timeout(10):
            await asked.wait()
        assert (await client.patch(evse_path("LOC2"), json=status(30))).json()["status_code"] == 1000
        assert not held.done()
    assert (await held).json()["status_code"] == 1000
    assert (await stored(world, "LOC1"))[0][0][0]["status"] == "charging"
    assert taken == [[False], [True]]
