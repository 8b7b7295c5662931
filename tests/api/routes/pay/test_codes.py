"""Codes on displays: fresh, signed, bound to one EVSE; whoever is not at the post opens nothing (AFIR)."""

import re

import httpx
import pytest
import segno
from fastapi import FastAPI

from api.services.guests.arrive import BY_ONE_CALLER
from api.services.guests.displays import code_for_evse, give_display_key
from tests.api.routes.pay.conftest import a_phone
from tests.bench import Bench
from tests.builders import a_location, an_evse
from tests.guests import HTML, Guest, fresh_path


@pytest.mark.capability("L2")
async def test_a_fresh_code_opens_a_page_and_an_old_one_does_not(stand: Bench, guest: Guest) -> None:
    """Within five minutes it opens; later it asks for a fresh scan, and writes nobody down."""
    path = await fresh_path(stand)
    stand.clock.advance(299)
    assert (await guest.http.get(path, headers=HTML)).status_code == 303
    stand.clock.advance(2)
    late = await guest.http.get(path, headers=HTML)
    assert (late.status_code, "This code is too old" in late.text) == (404, True)
    assert (await guest.http.get(path)).json()["code"] == "code-stale"
    assert await stand.value("SELECT count(*) FROM guest_visit") == 1


@pytest.mark.capability("L2")
async def test_a_code_is_for_its_evse_alone(stand: Bench, guest: Guest) -> None:
    """The reference, the moment or the signature of another code make no code."""
    await a_location(stand, location_id="LOC2", evses=(an_evse("EVSE2"),))
    mine = (await fresh_path(stand)).removeprefix("/pay/c/").split(".")
    other = (await fresh_path(stand, "DE*CPO*EVSE2")).removeprefix("/pay/c/").split(".")
    stand.clock.advance(1)
    later = (await fresh_path(stand)).removeprefix("/pay/c/").split(".")
    made_up = [[other[0], *mine[1:]], [mine[0], later[1], mine[2]], [*mine[:2], other[2]], ["con_1", "0", ""], ["x"]]
    for parts in made_up:
        answer = await guest.http.get(f"/pay/c/{'.'.join(parts)}")
        assert answer.status_code == 404, parts
    assert await stand.value("SELECT count(*) FROM driver WHERE kind = 'guest'") == 0


@pytest.mark.capability("L2")
async def test_a_display_draws_codes_with_its_own_key(stand: Bench, guest: Guest) -> None:
    """Another picture each time, no picture with a wrong or replaced key, and the key is stored hashed."""

    async def given() -> str:
        async with stand.work() as db:
            url = await give_display_key(db=db, ports=stand.ports, now=stand.clock.now(), evse_id="DE*CPO*EVSE1")
        return url.removeprefix("http://app.test")

    address = await given()
    first = await guest.http.get(address)
    assert (first.headers["content-type"], first.headers["cache-control"]) == ("image/svg+xml", "no-store")
    stand.clock.advance(60)
    second = await guest.http.get(address)
    assert first.text != second.text
    async with stand.work() as db:
        code, _ = await code_for_evse(db=db, ports=stand.ports, now=stand.clock.now(), evse_id="DE*CPO*EVSE1")
    assert drawn(second.text) == modules(code.url)
    assert f"{code.digits[:3]} {code.digits[3:]}" in second.text
    renewed = await given()
    for bad in (address, renewed[:-1], renewed.split("?")[0], renewed.replace("gdp_", "gdp_0")):
        assert (await guest.http.get(bad)).status_code == 404
    assert (await guest.http.get(renewed)).status_code == 200
    secret = renewed.rpartition("=")[2]
    assert secret not in str(await stand.rows("SELECT * FROM guest_display"))


def drawn(svg: str) -> set[tuple[int, int]]:
    """Return the dark modules of a picture, without the blank ones around."""
    return {(int(x) - 4, int(y) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)}


def modules(url: str) -> set[tuple[int, int]]:
    """Return the dark modules of a code for an address."""
    rows = segno.make(url, error="m", micro=False).matrix
    return {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}


@pytest.mark.capability("L2")
async def test_a_printed_address_needs_the_digits_of_the_display(stand: Bench, guest: Guest) -> None:
    """The sticker's page shows the post and asks; wrong digits open nothing, those of the last minute do."""
    async with stand.work() as db:
        code, printed = await code_for_evse(db=db, ports=stand.ports, now=stand.clock.now(), evse_id="DE*CPO*EVSE1")
    asked = await guest.http.get(printed, headers=HTML)
    assert "DE*CPO*EVSE1" in asked.text
    assert "data-quote" not in asked.text
    wrong = f"{(int(code.digits) + 1) % 10**6:06d}"
    refused = await guest.http.post(printed, data={"digits": wrong}, headers=HTML)
    assert (refused.status_code, "These digits do not fit" in refused.text) == (422, True)
    stand.clock.advance(60)
    opened = await guest.http.post(printed, data={"digits": f"{code.digits[:3]} {code.digits[3:]}"}, headers=HTML)
    assert (opened.status_code, "/pay/v/gst_" in opened.headers["location"]) == (303, True)
    assert await stand.value("SELECT proof FROM guest_visit") == "digits"
    stand.clock.advance(120)
    assert (await guest.http.post(printed, data={"digits": code.digits}, headers=HTML)).status_code == 422


@pytest.mark.capability("L2")
async def test_digits_cannot_be_tried_through(stand: Bench, guest: Guest) -> None:
    """After some tries no more are looked at, right ones neither, for a while; scanning goes on working."""
    async with stand.work() as db:
        code, printed = await code_for_evse(db=db, ports=stand.ports, now=stand.clock.now(), evse_id="DE*CPO*EVSE1")
    for _ in range(BY_ONE_CALLER):
        await guest.http.post(printed, data={"digits": "000000"}, headers=HTML)
    stopped = await guest.http.post(printed, data={"digits": code.digits}, headers=HTML)
    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "900")
    assert (await guest.scan()).status_code == 200
    stand.clock.advance(901)
    async with stand.work() as db:
        code, _ = await code_for_evse(db=db, ports=stand.ports, now=stand.clock.now(), evse_id="DE*CPO*EVSE1")
    assert (await guest.http.post(printed, data={"digits": code.digits}, headers=HTML)).status_code == 303


async def test_a_post_with_several_connectors_asks_which(stand: Bench, guest: Guest) -> None:
    """Nothing is picked for the guest."""
    evse = an_evse("EVSE3")
    two = (evse.connectors[0], type(evse.connectors[0])("2", "iec_62196_t2_combo", "cable", "dc", evse.last_updated))
    await a_location(stand, location_id="LOC3", evses=(an_evse("EVSE3", connectors=two),))
    asked = await guest.scan("DE*CPO*EVSE3")
    links = re.findall(r'href="(/pay/c/[^"]+connector=con_[^"]+)"', asked.text)
    assert (len(links), await stand.value("SELECT count(*) FROM guest_visit")) == (2, 0)
    opened = await guest.http.get(links[1].replace("&amp;", "&"), headers=HTML)
    assert opened.status_code == 303


async def test_who_scans_again_goes_on_with_their_own_charge(
    stand: Bench, pages: FastAPI, guest: Guest, request: pytest.FixtureRequest
) -> None:
    """The same phone is led back; another one gets an offer, and its start a calm no without a hold."""
    await guest.scan()
    mine = guest.page
    assert (await guest.start()).status_code == 202
    guest.page = ""
    await guest.scan()
    assert guest.page == mine
    async with a_phone(stand, pages) as other:
        await other.scan()
        assert other.page != mine
        busy = await other.start()
        assert (busy.status_code, busy.json()["code"]) == (409, "connector-busy")
        assert busy.json()["title"] == "Somebody charges here already"
    await stand.drain()
    assert len(stand.payments.holds) == 1


async def test_what_is_behind_a_foreign_site_changes_nothing(stand: Bench, guest: Guest) -> None:
    """A form on another site is refused by its origin; our own pages and apps are not."""
    await guest.scan()
    await guest.start()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await guest.http.post(f"{guest.page}/cancel", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    assert (await guest.charge()).status == "awaiting_hold"
    assert (await guest.http.post(f"{guest.page}/cancel", headers={"Origin": "http://app.test"})).status_code == 303
    assert (await guest.charge()).status == "abandoned"


async def test_nothing_but_ours_and_the_processors_scripts_may_run(guest: Guest) -> None:
    """The policy names them one by one, allows no script in the page, and no page has one."""
    shown = await guest.scan()
    policy = dict(part.split(" ", 1) for part in shown.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].split() == ["'self'", "https://js.stripe.com", "https://*.js.stripe.com"]
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"
    assert re.findall(r"<script(?![^>]*\bsrc=)|\bstyle=|\bon\w+=", shown.text) == []


@pytest.mark.parametrize("path", ["/pay/v/gst_1.0", "/pay/v/x", "/pay/e/con_0", "/pay/receipt/chs_1.0.0", "/pay/c/%00"])
async def test_a_made_up_address_says_nothing(guest: Guest, path: str) -> None:
    """404, as a page to browsers and as a problem to others."""
    shown: httpx.Response = await guest.http.get(path, headers=HTML)
    assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (await guest.http.get(path)).headers["content-type"] == "application/problem+json"
