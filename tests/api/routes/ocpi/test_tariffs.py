"""The receiver of tariffs."""

import httpx
import pytest

from tests.api.routes.ocpi.conftest import E
from tests.api.routes.ocpi.payloads import tariff_body

TARIFF = f"{E}/tariffs/DE/CPO/T1"


async def test_a_tariff_is_put_shown_as_it_came_and_removed(client: httpx.AsyncClient) -> None:
    """PUT, GET, DELETE; removing it twice is 404 with 2003."""
    sent = tariff_body(tariff_alt_text=[{"language": "de", "text": "Guten Tag"}], unknown_field=[1.10])
    assert (await client.put(TARIFF, json=sent)).json()["status_code"] == 1000
    assert (await client.get(TARIFF)).json()["data"] == sent
    assert (await client.delete(TARIFF)).json()["status_code"] == 1000
    for answer in (await client.get(TARIFF), await client.delete(TARIFF)):
        assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)


async def test_an_older_tariff_is_answered_1000_and_dropped(client: httpx.AsyncClient) -> None:
    """A late delivery does not bring an old price back."""
    newer = tariff_body(last_updated="2026-03-02T10:00:00Z", currency="CHF")
    await client.put(TARIFF, json=newer)
    assert (await client.put(TARIFF, json=tariff_body())).json()["status_code"] == 1000
    assert (await client.get(TARIFF)).json()["data"] == newer


@pytest.mark.parametrize("body", [tariff_body(id="T2"), tariff_body(party_id="OTH"), tariff_body(elements=None)])
async def test_another_or_unreadable_tariff_is_2001(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    """A body of another tariff or of none is refused."""
    answer = await client.put(TARIFF, json=body)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_foreign_owner_is_unknown(client: httpx.AsyncClient, method: str) -> None:
    """Nobody writes, reads or removes another party's tariff (X5)."""
    answer = await client.request(method, f"{E}/tariffs/DE/OTH/T1", json=tariff_body(party_id="OTH"))
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)
