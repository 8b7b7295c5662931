"""Signing in to the console through an identity provider, a real one on the loopback."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.domain.staff.identity import StaffProvider
from api.factory import create_app
from api.services.roaming.sealing import seal
from api.services.staff.members import disable_member, invite_again
from api.services.staff.provider_sign_in import MOST_TRIPS, TRIP
from api.settings import Settings
from clients.identity.oidc import OidcConfig, OidcIdentityProvider
from tests.bench import Bench
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.serving import serve
from tests.staff import BASE, a_browser, a_member

BACK = "/console/provider/back"


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    """Yield a provider that is there for all tests of this file."""
    provider = Provider()
    with serve(provider.app()) as issuer:
        provider.issuer = issuer
        yield provider


@pytest.fixture
def provider(served: Provider, bench: Bench) -> Provider:
    """Return it, honest again; its clock and ours agree."""
    served.signature, served.metadata, served.answer, served.now = "RS256", {}, {}, bench.clock.now().timestamp()
    served.says("ada.clerk@example.com")
    return served


@pytest.fixture
def sso(bench: Bench, engine: AsyncEngine, provider: Provider) -> FastAPI:
    """Return the application with that provider, whose word ``mfa`` is believed."""
    identity = OidcIdentityProvider(OidcConfig(provider.issuer, CLIENT_ID, CLIENT_SECRET))
    counts = StaffProvider("Example Login", methods=frozenset({"mfa"}))
    bench.ports = replace(bench.ports, identity=identity, policy=replace(bench.ports.policy, staff_provider=counts))
    return create_app(Settings(public_url=BASE), bench.ports, engine)


async def there(browser: httpx.AsyncClient, to: str = "/console/staff") -> str:
    """Send a browser to the provider; return the address that it is sent back to."""
    left = await browser.get("/console/provider", params={"to": to})
    assert left.status_code == 303
    async with httpx.AsyncClient(trust_env=False) as outside:
        answer = await outside.get(left.headers["location"])
    return answer.headers["location"]


async def there_and_back(browser: httpx.AsyncClient, to: str = "/console/staff") -> httpx.Response:
    """Make the whole trip."""
    return await browser.get(await there(browser, to))


def leads_to(page: httpx.Response) -> str:
    """Return where the page after the trip leads, without a script."""
    assert page.status_code == 200, page.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def reasons(bench: Bench) -> list[str]:
    """Return why people were refused, from the log."""
    refused = "SELECT reason FROM staff_action WHERE action = 'sign_in_by_provider_refused' ORDER BY id"
    return [str(row[0]) for row in await bench.rows(refused)]


async def test_our_second_factor_is_asked_where_the_provider_tells_of_none(
    sso: FastAPI, bench: Bench, provider: Provider
) -> None:
    """A sign-in there is one factor: whoever has no authenticator sets it up, whoever has one is asked for its code."""
    await a_member(bench, "admin")
    browser = a_browser(sso)
    page = await browser.get("/console/sign-in", params={"to": "/console/staff"})
    assert 'href="/console/provider?to=/console/staff">Sign in with Example Login<' in page.text
    assert leads_to(await there_and_back(browser)) == "/console/set-up?to=/console/staff"
    assert (await browser.get("/console/staff")).status_code == 303
    page = await browser.get("/console/set-up")
    key, token = (re.search(each, page.text) for each in (r'class="id">([A-Z2-7]+)<', r'name="csrf" value="([^"]+)"'))
    assert key is not None
    assert token is not None
    totp = pyotp.TOTP(key[1])
    answer = await browser.post("/console/code", data={"csrf": token[1], "code": totp.at(bench.clock.now())})
    assert answer.status_code == 303
    assert (await browser.get("/console/staff")).status_code == 200
    other = a_browser(sso)
    long_ago = int((bench.clock.now() - timedelta(hours=13)).timestamp())
    provider.says("ada.clerk@example.com", amr=["mfa"], auth_time=long_ago)
    assert leads_to(await there_and_back(other)) == "/console/code?to=/console/staff", "it was asked too long ago"
    logged = await bench.rows("SELECT by, after->>'second_factor' FROM staff_action WHERE action LIKE 'signed_in%'")
    assert logged == [("Ada Clerk", "ours (set_up)"), ("Ada Clerk", "ours (password)")]


async def test_a_second_factor_of_the_provider_stands_for_ours(sso: FastAPI, bench: Bench, provider: Provider) -> None:
    """Where its word for one is believed; the session is the same as with a password, and the log says who came."""
    await a_member(bench, "admin")
    provider.says("ADA.Clerk@example.com", amr=["pwd", "mfa"], auth_time=int(provider.now or 0))
    browser = a_browser(sso)
    answer = await there_and_back(browser)
    assert provider.asked[-1]["max_age"] == "43200"
    cookies = answer.headers.get_list("set-cookie")
    assert any({"httponly", "samesite=strict"} <= set(each.lower().split("; ")) for each in cookies)
    assert leads_to(answer) == "/console/staff"
    assert (await browser.get("/console/staff")).status_code == 200
    assert await bench.rows("SELECT step, expires_at - created_at FROM staff_session") == [
        ("full", timedelta(hours=12))
    ]
    bench.clock.advance(31 * 60)
    assert (await browser.get("/console/staff")).status_code == 303


async def test_only_who_works_here_comes_in(sso: FastAPI, bench: Bench, provider: Provider) -> None:
    """Unknown, not verified, let in no more, invited and not come: one answer for all, and the log tells them apart."""
    member, now = await a_member(bench, "auditor"), bench.clock.now()
    await a_member(bench, "admin", name="Bo Admin")
    answers = set()

    async def refused() -> None:
        answer = await there_and_back(a_browser(sso))
        answers.add((answer.status_code, answer.text))

    provider.says("nobody@example.com")
    await refused()
    provider.says("ada.cler\u212a@example.com")  # a Kelvin sign, which is a k in lower case
    await refused()
    provider.says(member.email, email_verified=False)
    await refused()
    provider.says(member.email)
    async with bench.work() as db:
        await disable_member(db=db, now=now, staff_id=member.id, by="test")
    await refused()
    async with bench.work() as db:
        await invite_again(db=db, now=now, staff_id=member.id, by="test")
    await refused()
    assert len(answers) == 1
    assert {status for status, _ in answers} == {401}
    assert await reasons(bench) == [
        "nobody of staff",
        "address_not_verified",
        "address_not_verified",
        f"{member.id} is disabled",
        f"{member.id} is invited",
    ]
    assert await bench.rows("SELECT 1 FROM staff_session") == []
    assert await bench.value("SELECT count(*) FROM staff_member") == 2


async def test_a_trip_ends_once_in_the_browser_that_began_it_and_in_time(
    sso: FastAPI, bench: Bench, provider: Provider
) -> None:
    """Played back, in another browser, with another state, too late, or of another issuer: nobody is signed in."""
    await a_member(bench, "admin")
    browser = a_browser(sso)
    back = await there(browser)
    stolen = dict(browser.cookies)
    assert leads_to(await browser.get(back)).startswith("/console/set-up")
    thief = a_browser(sso)
    thief.cookies.update(stolen)
    tries = [(thief, back), (a_browser(sso), back)]
    for change in (("state=", "state=x"), ("iss=http", "iss=evil")):
        victim = a_browser(sso)
        tries.append((victim, (await there(victim)).replace(*change)))
    forged = a_browser(sso)
    forged.cookies.set("chargehand_console_trip", seal(bytes(32), "[]", owner="x"), domain="app.test")
    tries.append((forged, back))
    provider.answer = {"error": "access_denied", "code": ""}
    unwilling = a_browser(sso)
    tries.append((unwilling, await there(unwilling)))
    provider.answer = {}
    slow = a_browser(sso)
    late = await there(slow)
    for each, address in tries:
        assert (await each.get(address)).status_code == 401
    bench.clock.advance(TRIP.total_seconds())
    assert (await slow.get(late)).status_code == 401
    told = ["replayed", "no_trip", "other_state", "other_issuer", "no_trip", "provider said access_denied", "too_late"]
    assert await reasons(bench) == told
    assert await bench.value("SELECT count(*) FROM staff_session") == 1


async def test_the_trip_leads_to_no_other_site(sso: FastAPI, bench: Bench) -> None:
    """Where to go on is a page of ours, whatever an address says."""
    await a_member(bench, "admin")
    for to in ("https://evil.example/", "//evil.example", "/console//evil.example", "/console/\\evil", "/v1/me"):
        assert leads_to(await there_and_back(a_browser(sso), to)) == "/console/set-up?to=/console/"


async def test_trips_are_counted_and_a_provider_that_lies_or_is_away_signs_nobody_in(
    sso: FastAPI, bench: Bench, provider: Provider
) -> None:
    """A token for another app is refused, silence is told as such, and it cannot be tried for ever."""
    await a_member(bench, "admin")
    provider.claims["aud"] = "another-app"
    assert (await there_and_back(a_browser(sso))).status_code == 401
    assert "aud" in (await reasons(bench))[0]
    browser = a_browser(sso)
    back = await there(browser)
    provider.metadata = {"issuer": "https://evil.example"}
    away = await browser.get(back)
    assert (away.status_code, "password instead" in away.text) == (503, True)
    for _ in range(MOST_TRIPS - 4):
        assert (await a_browser(sso).get(BACK)).status_code == 401
    stopped = await a_browser(sso).get(BACK)
    assert stopped.status_code == 429
    assert await bench.value("SELECT count(*) FROM staff_session") == 0


async def test_without_a_provider_there_is_no_such_way(app: FastAPI) -> None:
    """No button, and both addresses lead nowhere."""
    browser = a_browser(app)
    assert "/console/provider" not in (await browser.get("/console/sign-in")).text
    assert [(await browser.get(each)).status_code for each in ("/console/provider", BACK)] == [404, 404]
