"""Records of what partners invoiced, through HTTP: their own only, once, in the version that has them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.domain.ids import PartyId
from tests.api.routes.ocpi.conftest import World
from tests.api.services.roaming.builders import a_partner

NEW = "/2.3.0/emsp/invoicereconciliation"
RECORD: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "CPO",
    "id": "REC1",
    "invoice_id": "INV-1",
    "cdrs": ["CDR1"],
    "last_updated": "2026-04-01T06:00:00Z",
}


@pytest.fixture
async def other(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of another partner."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="another-token", party=PartyId("DE", "TWO"))
    async with world.client("another-token") as client:
        yield client


def told(answer: httpx.Response) -> tuple[int, int]:
    """Return the HTTP status and the OCPI status of an answer."""
    return answer.status_code, answer.json()["status_code"]


async def test_a_record_lives_its_whole_life(client: httpx.AsyncClient) -> None:
    """Sent, sent again, shown as it came, updated, taken back, taken back again."""
    where = f"{NEW}/DE/CPO/REC1"
    assert told(await client.post(NEW, json=RECORD)) == (201, 1000)
    assert told(await client.post(NEW, json=RECORD)) == (200, 1000)
    assert (await client.get(f"{NEW}/de/cpo/rec1")).json()["data"] == RECORD
    updated = RECORD | {"cdrs": ["CDR1", "CDR2"], "x": 1.50}
    assert told(await client.put(where, json=updated)) == (200, 1000)
    assert (await client.get(where)).json()["data"] == updated
    for _ in range(2):
        assert told(await client.delete(where)) == (200, 1000)
    assert told(await client.get(where)) == (404, 2003)
    assert told(await client.put(f"{NEW}/DE/CPO/REC2", json=RECORD | {"id": "rec2"})) == (201, 1000)


async def test_another_content_under_a_known_id_is_said_to_be_that(client: httpx.AsyncClient) -> None:
    """As with CDRs: the first one counts, and the partner is told."""
    await client.post(NEW, json=RECORD)
    answer = await client.post(NEW, json=RECORD | {"cdrs": ["CDR2"]})
    assert (told(answer), answer.json()["status_message"]) == ((200, 2001), "invoice_report_conflict")
    assert (await client.get(f"{NEW}/DE/CPO/REC1")).json()["data"] == RECORD


async def test_nobody_touches_anothers_records(client: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
    """Neither by the body nor by the address; what is not there and what is not theirs look alike."""
    await client.post(NEW, json=RECORD)
    where = f"{NEW}/DE/CPO/REC1"
    answers = [
        await other.post(NEW, json=RECORD),
        await other.put(where, json=RECORD),
        await other.put(f"{NEW}/DE/TWO/REC1", json=RECORD),
        await other.get(where),
        await other.delete(where),
        await other.get(f"{NEW}/DE/TWO/REC1"),
        await other.delete(f"{NEW}/DE/TWO/REC1"),
    ]
    assert [told(answer) for answer in answers] == [(404, 2003)] * 2 + [(200, 2001)] + [(404, 2003)] * 4
    assert (await client.get(where)).json()["data"] == RECORD


@pytest.mark.parametrize(
    "damage", [{"cdrs": []}, {"cdrs": None}, {"id": ""}, {"last_updated": "soon"}, {"cdrs": ["C" * 300]}, {"id": "x\n"}]
)
async def test_nonsense_is_2001(client: httpx.AsyncClient, damage: dict[str, Any]) -> None:
    """And nothing is stored."""
    assert told(await client.post(NEW, json=RECORD | damage)) == (200, 2001)
    assert told(await client.get(f"{NEW}/DE/CPO/REC1")) == (404, 2003)


async def test_an_older_version_does_not_have_it(client: httpx.AsyncClient) -> None:
    """2.2.1 has no such module, with the right token too."""
    assert (await client.post("/2.2.1/emsp/invoicereconciliation", json=RECORD)).status_code == 404
