"""Links at chargers and in messages: they lead somewhere for everybody, signed in or not, and give nothing away."""

from collections.abc import AsyncIterator
from html import escape
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from api.db import UnitOfWork
from api.domain.language import LANGUAGES
from api.factory import create_app
from api.models.location import LocationRow
from api.routes.links.page import _WORDS
from api.services.guests.displays import give_display_key
from api.settings import Settings
from tests.bench import Bench, a_bench
from tests.builders import a_location, an_evse

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml,application/json;q=0.5"}


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation with one charger whose names need escaping."""
    bench = a_bench(work)
    await a_location(bench, evses=(an_evse(evse_id="DE*CPO*E7*013"),), name="<b>Tom & Jerry</b>")
    return bench


def client(bench: Bench, engine: AsyncEngine, **settings: Any) -> httpx.AsyncClient:
    """Return a client that is nobody, of an installation with these settings."""
    app = create_app(Settings(public_url="http://app.test", **settings), bench.ports, engine)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.test")


@pytest.fixture
async def anyone(bench: Bench, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that is nobody."""
    async with client(bench, engine) as http:
        yield http


@pytest.mark.capability("A26")
@pytest.mark.parametrize("spelling", ["DE*CPO*E7*013", "DE-CPO-E7-013", "decpoe7013", "DE%2ACPO%2AE7%2A013"])
async def test_a_charger_is_found_by_its_evse_id_however_it_is_written(
    anyone: httpx.AsyncClient, spelling: str
) -> None:
    """Programs get the connectors to quote for and the one address of the charger, without signing in."""
    answer = await anyone.get(f"/c/{spelling}", headers=JSON)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["evse_id"], body["url"]) == ("DE*CPO*E7*013", "http://app.test/c/DE*CPO*E7*013")
    assert [each["id"][:4] for each in body["connectors"]] == ["con_"]


@pytest.mark.capability("A26")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_browser_gets_a_page_in_its_language(anyone: httpx.AsyncClient, language: str) -> None:
    """What operators write is shown as text, never as markup, and the page loads nothing."""
    answer = await anyone.get(
        "/c/DE*CPO*E7*013", headers=HTML | {"Accept-Language": f"xx,{language}-XX;q=0.8,en;q=0.1"}
    )
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert "&lt;b&gt;Tom &amp; Jerry&lt;/b&gt;" in answer.text
    assert "<b>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.capability("A26", "L2")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_guests_are_sent_to_the_display(bench: Bench, anyone: httpx.AsyncClient, language: str) -> None:
    """A post with a display says in one sentence how guests pay; its link asks for the digits and starts nothing."""
    wanted = HTML | {"Accept-Language": language}
    without = await anyone.get("/c/DE*CPO*E7*013", headers=wanted)
    assert "/pay/" not in without.text
    assert (await anyone.get("/c/DE*CPO*E7*013", headers=JSON)).json()["guest_url"] is None
    async with bench.work() as db:
        now = bench.clock.now()
        await give_display_key(db=db, ports=bench.ports, now=now, evse_id="DE*CPO*E7*013")
    page = (await anyone.get("/c/DE*CPO*E7*013", headers=wanted)).text
    url = (await anyone.get("/c/DE*CPO*E7*013", headers=JSON)).json()["guest_url"]
    assert escape(_WORDS[language]["guest"]) in page
    assert f'href="{url}"' in page
    digits = await anyone.get(url)
    assert (digits.status_code, 'name="digits"' in digits.text) == (200, True)
    assert await bench.rows("SELECT 1 FROM guest_visit") == []


async def test_a_post_that_cannot_be_started_sends_nobody_to_its_display(
    bench: Bench, anyone: httpx.AsyncClient
) -> None:
    """Without remote start a code would lead to a page that can only say no."""
    async with bench.work() as db:
        await give_display_key(db=db, ports=bench.ports, now=bench.clock.now(), evse_id="DE*CPO*E7*013")
    await bench.rows("UPDATE evse SET capabilities = '[]' RETURNING key")
    assert (await anyone.get("/c/DE*CPO*E7*013", headers=JSON)).json()["guest_url"] is None


@pytest.mark.capability("A26")
@pytest.mark.parametrize("evse_id", ["DE*CPO*E7*014", "%00", "x" * 500, "<script>"])
async def test_an_unknown_charger_is_a_page_and_a_problem(anyone: httpx.AsyncClient, evse_id: str) -> None:
    """Both say 404, and neither repeats what was asked."""
    page, problem = [await anyone.get(f"/c/{evse_id}", headers=each) for each in (HTML, JSON)]
    assert (page.status_code, problem.status_code) == (404, 404)
    assert problem.json()["code"] == "unknown-evse"
    assert "<script" not in page.text


async def test_an_unpublished_charger_is_unknown(bench: Bench, anyone: httpx.AsyncClient) -> None:
    """What the map does not show, a link does not either."""
    async with bench.work() as db:
        row = (await db.exec(select(LocationRow))).one()
        row.publish = False
        db.add(row)
    assert (await anyone.get("/c/DE*CPO*E7*013", headers=JSON)).status_code == 404


@pytest.mark.capability("A26")
async def test_a_charge_gives_nothing_away(anyone: httpx.AsyncClient) -> None:
    """One that never was answers as any other: the app asks for it with its own access token."""
    answer = await anyone.get("/s/chs_never", headers=JSON)
    assert answer.json() == {
        "kind": "charging_session",
        "url": "http://app.test/s/chs_never",
        "api_url": "http://app.test/v1/charging-sessions/chs_never",
    }
    assert "chs_never" not in (await anyone.get("/s/chs_never", headers=HTML)).text


@pytest.mark.capability("A26")
async def test_phones_learn_which_app_opens_the_links(bench: Bench, engine: AsyncEngine) -> None:
    """From the two files that each system asks for; without an app there are none."""
    paths = ("/.well-known/apple-app-site-association", "/.well-known/assetlinks.json")
    async with client(bench, engine) as http:
        assert [(await http.get(path)).status_code for path in paths] == [404, 404]
    apps = {"apple_app_ids": ("T1.com.example.app",), "android_apps": {"com.example.app": ("AA:BB",)}}
    async with client(bench, engine, app_store_url="https://shop.example/a?x=1&y=2", **apps) as http:
        apple, android = [await http.get(path) for path in paths]
        page = await http.get("/s/chs_1", headers=HTML)
    assert apple.headers["content-type"] == "application/json"
    (detail,) = apple.json()["applinks"]["details"]
    assert detail["appIDs"] == ["T1.com.example.app"]
    assert [each["/"] for each in detail["components"]] == ["/c/*", "/s/*"]
    target = android.json()[0]["target"]
    assert (target["package_name"], target["sha256_cert_fingerprints"]) == ("com.example.app", ["AA:BB"])
    assert "https://shop.example/a?x=1&amp;y=2" in page.text
