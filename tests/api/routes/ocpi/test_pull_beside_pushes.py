"""A pull of locations and pushes about the same rows at the same time: no circle of waiting, the newest wins."""

import asyncio
import random
from typing import Any

import httpx
from sqlalchemy import text

from api.domain.roaming.location import Location
from api.ports.roaming import PulledObject, UnreadableObject
from api.services.roaming.locations import pull_locations
from clients.ocpi.dialect import dialect_for
from clients.ocpi.exact_json import dump
from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import evse_body, location_body
from tests.api.services.roaming.builders import at

COUNT = 40
UIDS = ("EVSE1", "EVSE2")
ROUNDS = 15
LANES = 8
"""How many pushes are under way at once."""


def whole(number: int, minute: int, status: str = "AVAILABLE") -> dict[str, Any]:
    """Return a location with two EVSEs, all of them last updated at a minute."""
    updated = {"last_updated": f"2026-03-02T09:{minute:02d}:00Z"}
    evses = [evse_body(uid=uid, status=status) | updated for uid in UIDS]
    return location_body(id=f"LOC{number}", evses=evses) | updated


def listed(minute: int) -> list[PulledObject[Location] | UnreadableObject]:
    """Return the partner's list as it is at a minute."""
    read = dialect_for("2.2.1").read_location
    return [PulledObject(read(each), dump(each)) for each in (whole(number, minute) for number in range(COUNT))]


async def value(world: World, statement: str) -> Any:
    """Return the first value that a statement finds."""
    async with world.work() as db:
        return (await (await db.connection()).execute(text(statement))).scalar()


async def patch(client: httpx.AsyncClient, number: int, uid: str, minute: int) -> None:
    """Tell through the receiver that an EVSE is charging since half a minute after ``minute``."""
    change = {"status": "CHARGING", "last_updated": f"2026-03-02T09:{minute:02d}:30Z"}
    answer = await client.patch(f"{E}/locations/DE/CPO/LOC{number}/{uid}", json=change)
    assert answer.json()["status_code"] == 1000, answer.text


async def patch_all(client: httpx.AsyncClient, places: list[tuple[int, str]], minute: int) -> None:
    """Patch one EVSE after the other."""
    for number, uid in places:
        await patch(client, number, uid, minute)


async def test_status_pushes_and_pulls_of_the_same_rows_never_deadlock(world: World, client: httpx.AsyncClient) -> None:
    """Pushes of one location in any order beside pulls that change all of them: all succeed, the newest stays."""
    world.roaming.locations = listed(0)
    await pull_locations(work=world.work, ports=world.ports, now=at(0), partner_id="prt_1", whole=True)
    order = random.Random(5)
    for minute in range(1, ROUNDS + 1):
        world.roaming.locations = listed(minute)
        places = [(number, uid) for number in range(COUNT) for uid in UIDS]
        order.shuffle(places)
        lanes = [patch_all(client, places[lane::LANES], minute) for lane in range(LANES)]
        await asyncio.gather(
            pull_locations(work=world.work, ports=world.ports, now=at(minute), partner_id="prt_1", whole=True),
            *lanes,
        )
        assert await value(world, "SELECT count(*) FROM evse WHERE status = 'charging'") == COUNT * len(UIDS), minute
    assert await value(world, "SELECT count(*) FROM evse WHERE last_updated < '2026-03-02T09:15:30Z'") == 0
    assert await value(world, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


async def test_a_first_pull_and_pushes_of_the_same_locations_leave_the_newest(
    world: World, client: httpx.AsyncClient
) -> None:
    """Locations that are put while the first pull writes them are stored once, as they were told last."""
    world.roaming.locations = listed(1)

    async def put(numbers: range) -> None:
        for number in numbers:
            told = whole(number, 2, "CHARGING")
            answer = await client.put(f"{E}/locations/DE/CPO/LOC{number}", json=told)
            assert answer.json()["status_code"] == 1000, answer.text

    puts = asyncio.gather(*(put(range(COUNT - 1 - lane, -1, -LANES)) for lane in range(LANES)))
    report = await pull_locations(work=world.work, ports=world.ports, now=at(1), partner_id="prt_1", whole=True)
    await puts
    assert (report.stored, report.problem_count) == (COUNT, 0)
    assert await value(world, "SELECT count(*) FROM evse WHERE status = 'charging'") == COUNT * len(UIDS)
    assert await value(world, "SELECT count(*) FROM connector") == COUNT * len(UIDS)
    assert await value(world, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
