"""The sender of tokens: pages and real-time authorization."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from api.models.driver import Driver
from api.models.roaming import DriverTokenRow
from api.routes.ocpi import create_ocpi_app
from api.services.roaming.passes import add_pass
from api.settings import Settings
from tests.api.routes.ocpi.conftest import E, World
from tests.api.services.roaming.builders import a_charge, a_driver, a_partner, at, partner_of
from tests.fakes import START

TOKENS = f"{E}/tokens"


@pytest.fixture
async def cards(world: World) -> list[str]:
    """Store five RFID tokens, one a minute, the last one invalid; return their uids."""
    uids = [f"CARD{n}" for n in range(5)]
    async with world.work() as db:
        driver = await a_driver(db)
        for minutes, uid in enumerate(uids):
            db.add(
                DriverTokenRow(
                    uid=uid,
                    type="rfid",
                    driver_id=driver.id,
                    contract_id=driver.contract_id,
                    valid=uid != "CARD4",
                    whitelist="allowed",
                    last_updated=at(minutes),
                )
            )
    return uids


async def test_pages_are_walked_by_their_links(client: httpx.AsyncClient, cards: list[str]) -> None:
    """Following Link from page to page finds every token once, and the last page has no Link."""
    url: str | None = f"{TOKENS}?limit=2"
    found: list[str] = []
    while url:
        page = await client.get(url.removeprefix("http://chargehand.test/ocpi"))
        assert (page.headers["x-total-count"], page.headers["x-limit"]) == ("5", "250")
        found += [token["uid"] for token in page.json()["data"]]
        url = page.links.get("next", {}).get("url")
    assert found == cards


async def test_a_token_is_whole(client: httpx.AsyncClient, cards: list[str]) -> None:
    """Everything 2.2.1 requires of a Token is there, with us as its owner."""
    token = (await client.get(TOKENS)).json()["data"][0]
    assert token == {
        "country_code": "DE",
        "party_id": "CHH",
        "uid": "CARD0",
        "type": "RFID",
        "contract_id": "DE-CHH-drv_1",
        "issuer": "Chargehand",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": "2026-03-02T09:00:00Z",
    }


async def test_dates_bound_the_list_half_open_and_stay_in_the_links(
    client: httpx.AsyncClient, cards: list[str]
) -> None:
    """``date_from`` is included and ``date_to`` is not, in any spelling of the zone."""
    for start, end in (
        ("2026-03-02T09:01:00Z", "2026-03-02T09:04:00Z"),
        ("2026-03-02T10:01:00+01:00", "2026-03-02T09:04:00"),
    ):
        page = await client.get(TOKENS, params={"date_from": start, "date_to": end, "limit": 2})
        assert [token["uid"] for token in page.json()["data"]] == ["CARD1", "CARD2"]
        following = await client.get(page.links["next"]["url"].removeprefix("http://chargehand.test/ocpi"))
        assert [token["uid"] for token in following.json()["data"]] == ["CARD3"]
        assert "next" not in following.links


async def test_an_empty_page_is_an_empty_list(client: httpx.AsyncClient) -> None:
    """No tokens is data too."""
    page = await client.get(TOKENS)
    assert page.json()["data"] == []
    assert page.headers["x-total-count"] == "0"


@pytest.mark.parametrize(
    "query",
    ["offset=-1", "limit=x", "limit=1.5", "date_from=soon", "date_to=2026-13-01T00:00:00Z"],
)
async def test_a_query_that_makes_no_sense_is_2001(client: httpx.AsyncClient, query: str) -> None:
    """Bad paging is the partner's mistake, told in OCPI's way."""
    answer = await client.get(f"{TOKENS}?{query}")
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


async def test_a_number_beyond_everything_is_no_mistake(client: httpx.AsyncClient, cards: list[str]) -> None:
    """A huge limit is cut to ours, and behind the last token there is an empty page."""
    whole = await client.get(f"{TOKENS}?limit=99999999999999")
    assert ([token["uid"] for token in whole.json()["data"]], whole.headers["x-limit"]) == (cards, "250")
    beyond = await client.get(f"{TOKENS}?offset={'9' * 5000}")
    assert (beyond.json()["status_code"], beyond.json()["data"]) == (1000, [])


async def test_a_start_token_is_shown_to_the_partner_of_its_charge_only(
    world: World, client: httpx.AsyncClient
) -> None:
    """Another partner neither lists nor authorizes it (2004)."""
    async with world.work() as db:
        await a_charge(db, await partner_of(db), token_uid="UIDA1")
        await a_partner(db, partner_id="prt_2", token="other")
    assert [token["uid"] for token in (await client.get(TOKENS)).json()["data"]] == ["UIDA1"]
    async with world.client("other") as other:
        assert (await other.get(TOKENS)).json()["data"] == []
        answer = await other.post(f"{TOKENS}/UIDA1/authorize?type=APP_USER")
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2004)


@pytest.mark.parametrize(("uid", "allowed"), [("CARD0", "NOT_ALLOWED"), ("card0", "NOT_ALLOWED"), ("CARD4", "BLOCKED")])
async def test_passes_are_not_allowed_unless_they_are_switched_on(
    client: httpx.AsyncClient, cards: list[str], uid: str, allowed: str
) -> None:
    """The answer is 200 either way; the kind is RFID unless said otherwise; the body is optional."""
    for body in (None, {"location_id": "LOC1"}, {"location_id": "LOC1", "evse_uids": ["EVSE1"]}):
        answer = (
            await client.post(f"{TOKENS}/{uid}/authorize", json=body)
            if body
            else await client.post(f"{TOKENS}/{uid}/authorize")
        )
        assert (answer.status_code, answer.json()["status_code"]) == (200, 1000)
        assert answer.json()["data"]["allowed"] == allowed
        assert answer.json()["data"]["token"]["uid"] == uid.upper()


async def test_an_unknown_token_or_kind_is_404_with_2004(client: httpx.AsyncClient, cards: list[str]) -> None:
    """A uid that we never issued, and one of another kind, are unknown."""
    for path in ("NOBODY/authorize", "CARD0/authorize?type=APP_USER"):
        answer = await client.post(f"{TOKENS}/{path}")
        assert (answer.status_code, answer.json()["status_code"]) == (404, 2004)


async def test_a_start_token_is_good_until_its_charge_is_over(world: World, client: httpx.AsyncClient) -> None:
    """While the charge runs its reference is given; afterwards the token is expired."""
    async with world.work() as db:
        charge = await a_charge(db, await partner_of(db))
    url = f"{TOKENS}/UIDA1/authorize?type=APP_USER"
    running = (await client.post(url)).json()["data"]
    assert (running["allowed"], running["authorization_reference"]) == ("ALLOWED", charge.id)
    async with world.work() as db:
        charge.freed_at = START + timedelta(hours=1)
        db.add(charge)
    over = (await client.post(url)).json()["data"]
    assert over["allowed"] == "EXPIRED"
    assert "authorization_reference" not in over


@pytest.mark.parametrize(
    ("query", "body", "http_status", "code"),
    [("?type=CAT", b"", 200, 2001), ("", b"{", 400, 2001), ("", b"{}", 200, 2001), ("", b"[]", 200, 2001)],
)
async def test_a_question_that_makes_no_sense(
    client: httpx.AsyncClient, cards: list[str], query: str, body: bytes, http_status: int, code: int
) -> None:
    """An unknown kind and a body that is no LocationReferences are 2001; no JSON is 400."""
    answer = await client.post(f"{TOKENS}/CARD0/authorize{query}", content=body)
    assert (answer.status_code, answer.json()["status_code"]) == (http_status, code)


async def test_a_pass_of_a_driver_who_can_pay_is_allowed(world: World) -> None:
    """The kind may be asked for by either name of the parameter; the answer has a reference; a wallet needs a place."""
    world.app = create_ocpi_app(
        Settings(), replace(world.ports, policy=replace(world.ports.policy, passes_enabled=True)), world.work
    )
    async with world.work() as db:
        driver = await a_driver(db)
        driver.processor_customer_id, driver.payment_method_id = "cus_1", "pm_1"
        await add_pass(db=db, now=START, driver_id=driver.id, uid="CARD9")
    async with world.client() as client:
        for query in ("", "?type=RFID", "?token_type=RFID"):
            answer = (await client.post(f"{TOKENS}/card9/authorize{query}")).json()["data"]
            assert (answer["allowed"], answer["authorization_reference"][:4]) == ("ALLOWED", "aut_")
        async with world.work() as db:
            (await db.get_one(Driver, "drv_1")).pay_with = "wallet"
        without = await client.post(f"{TOKENS}/CARD9/authorize")
        assert (without.status_code, without.json()["status_code"]) == (200, 2002)


async def test_trying_out_numbers_is_stopped_for_a_minute(
    world: World, client: httpx.AsyncClient, cards: list[str]
) -> None:
    """After ten unknown uids all are answered 429, known ones too, until the minute is over; others are not touched."""
    for number in range(10):
        assert (await client.post(f"{TOKENS}/NOBODY{number}/authorize")).status_code == 404
    for uid in ("NOBODY", "CARD0"):
        stopped = await client.post(f"{TOKENS}/{uid}/authorize")
        assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "61")
        assert stopped.json()["status_code"] == 2000
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="other")
    async with world.client("other") as other:
        assert (await other.post(f"{TOKENS}/CARD0/authorize")).status_code == 200
    world.clock.advance(61)
    assert (await client.post(f"{TOKENS}/CARD0/authorize")).status_code == 200


async def test_a_token_that_changes_while_the_list_is_read_costs_no_other(
    world: World, client: httpx.AsyncClient, cards: list[str]
) -> None:
    """The changed one moves to the end; following the links, none is passed over and the changed one is seen anew."""
    page = await client.get(f"{TOKENS}?limit=2")
    async with world.work() as db:
        row = await db.get_one(DriverTokenRow, "CARD0")
        row.valid, row.last_updated = False, at(60)
    found = [token["uid"] for token in page.json()["data"]]
    while url := page.links.get("next", {}).get("url"):
        page = await client.get(url.removeprefix("http://chargehand.test/ocpi"))
        found += [token["uid"] for token in page.json()["data"]]
    assert found == [*cards, "CARD0"]


async def test_a_cursor_that_is_not_ours_is_2001(client: httpx.AsyncClient) -> None:
    """Links are followed as given, not made up."""
    for after in ("x", "2026-03-02T09:00:00Z", "~CARD0"):
        answer = await client.get(TOKENS, params={"after": after})
        assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
