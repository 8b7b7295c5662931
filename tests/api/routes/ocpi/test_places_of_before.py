"""Places stored before their JSON was kept (revision 0014), which a migration leaves without it."""

import httpx
import pytest
from sqlalchemy import text

from tests.api.routes.ocpi.conftest import E, World
from tests.api.routes.ocpi.payloads import connector_body, evse_body, location_body

LOCATION = f"{E}/locations/DE/CPO/LOC1"
LATER = "2027-01-01T00:00:00Z"
CHANGES = [
    ("PATCH", LOCATION, {"name": "New", "last_updated": LATER}),
    ("PATCH", f"{LOCATION}/EVSE1", {"status": "CHARGING", "last_updated": LATER}),
    ("PATCH", f"{LOCATION}/EVSE1/1", {"max_amperage": 8, "last_updated": LATER}),
    ("PUT", f"{LOCATION}/EVSE1/1", connector_body(last_updated=LATER)),
    ("PUT", f"{LOCATION}/EVSE1", evse_body(last_updated=LATER)),
    ("PUT", LOCATION, location_body(last_updated=LATER)),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=lambda each: str(each)[-12:])
async def test_they_are_shown_and_changed_like_any(
    world: World, client: httpx.AsyncClient, method: str, path: str, body: dict[str, object]
) -> None:
    """Every way of changing one is taken; the partner is shown what it told us since."""
    assert (await client.put(LOCATION, json=location_body())).json()["status_code"] == 1000
    async with world.work() as db:
        connection = await db.connection()
        for table in ("location", "evse", "connector"):
            await connection.execute(text(f"UPDATE {table} SET raw = NULL, version = NULL"))  # noqa: S608 - ours
        for table in ("location", "evse"):
            await connection.execute(text(f"UPDATE {table} SET own_updated = NULL"))  # noqa: S608 - ours
        for table in ("evse", "connector"):
            await connection.execute(text(f"UPDATE {table} SET position = NULL"))  # noqa: S608 - ours
    answer = await client.request(method, path, json=body)
    assert answer.json()["status_code"] == 1000, answer.text
    if method == "PUT" and not path.endswith("/1"):
        assert (await client.get(path)).json()["status_code"] == 1000
    async with world.work() as db:
        stored = await (await db.connection()).execute(
            text(
                "SELECT l.name, e.status, c.max_amperage FROM location l JOIN evse e ON e.location_key = l.key"
                " JOIN connector c ON c.evse_key = e.key"
            )
        )
        name, status, amperage = stored.one()
    changed = {"name": name, "status": status.upper(), "max_amperage": amperage}
    assert {each: changed[each] for each in changed if each in body} == {
        each: body[each] for each in changed if each in body
    }
