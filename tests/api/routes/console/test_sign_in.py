"""Signing in to the console, from the invitation to the end of the session."""

import asyncio
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from procrastinate import JobContext

from api.jobs.context import KEY, JobWorld
from api.jobs.sweep import forget
from api.services.drivers.attempts import forgive_attempts
from api.services.staff.members import add_member, disable_member, invite_again, member_by_email
from api.services.staff.signin import IDLE, LIFETIME, Step
from tests.bench import Bench
from tests.staff import a_browser, a_browser_of, a_member, signed_in

PASSWORD = "correct horse battery"


async def invitation(bench: Bench, *roles: str, email: str = "ada@example.com") -> str:
    """Return the secret of an invitation."""
    async with bench.work() as db:
        _, secret = await add_member(
            db=db, ports=bench.ports, now=bench.clock.now(), email=email, name=email, roles=roles or ["admin"], by="x"
        )
    return secret


def token_in(page: httpx.Response) -> str:
    """Return the token of a page's form."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def joined(bench: Bench, app: FastAPI) -> tuple[httpx.AsyncClient, pyotp.TOTP]:
    """Return the browser of somebody who just joined, and their authenticator."""
    browser = a_browser(app)
    there = f"/console/join/{await invitation(bench)}"
    assert "Welcome, ada@example.com" in (await browser.get(there)).text
    answer = await browser.post(there, data={"password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/set-up")
    page = await browser.get("/console/set-up")
    key = re.search(r'class="id">([A-Z2-7]+)<', page.text)
    assert key is not None
    totp = pyotp.TOTP(key[1])
    code = totp.at(bench.clock.now())
    answer = await browser.post("/console/code", data={"csrf": token_in(page), "code": code, "to": "/console/staff"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/staff")
    return browser, totp


async def test_from_the_invitation_to_the_first_page(app: FastAPI, bench: Bench) -> None:
    """A link, a password, a second factor: in. The link works once, the cookie is out of reach of scripts and sites."""
    browser, _ = await joined(bench, app)
    page = await browser.get("/console/staff")
    assert page.status_code == 200
    assert "ada@example.com" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_a_password_alone_opens_nothing_and_a_code_counts_once(app: FastAPI, bench: Bench) -> None:
    """Without the second factor no page is shown; a code that was used, or is old, is refused."""
    _, totp = await joined(bench, app)
    used = totp.at(bench.clock.now())
    browser = a_browser(app)
    fields = {"email": "ADA@example.com ", "password": PASSWORD, "to": "/console/staff"}
    answer = await browser.post("/console/sign-in", data=fields)
    assert answer.headers["location"] == "/console/code?to=/console/staff"
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/console"} <= {part.strip() for part in cookie.split(";")}
    assert (await browser.get("/console/staff")).status_code == 303
    token = token_in(await browser.get("/console/code"))
    for code, wait in ((used, 0), ("000000", 0), (used, 120)):
        bench.clock.advance(wait)
        refused = await browser.post("/console/code", data={"csrf": token, "code": code})
        assert refused.status_code == 401
    code = totp.at(bench.clock.now())
    half = browser.cookies["chargehand_console"]
    answer = await browser.post("/console/code", data={"csrf": token, "code": f"{code[:3]} {code[3:]}"})
    assert answer.status_code == 303
    assert browser.cookies["chargehand_console"] != half, "a session is new once both factors were given"
    assert (await browser.get("/console/staff")).status_code == 200


async def test_an_authenticator_goes_by_the_wall_clock(app: FastAPI, bench: Bench) -> None:
    """A sandbox's clock runs ahead, the phone of who signs in does not."""
    ahead = timedelta(hours=1)
    bench.clock.wall_time = lambda at: at - ahead  # type: ignore[method-assign]  # as a sandbox's clock tells it
    browser = a_browser(app)
    await browser.post(f"/console/join/{await invitation(bench)}", data={"password": PASSWORD})
    page = await browser.get("/console/set-up")
    key = re.search(r'class="id">([A-Z2-7]+)<', page.text)
    assert key is not None
    code = pyotp.TOTP(key[1]).at(bench.clock.now() - ahead)
    assert (await browser.post("/console/code", data={"csrf": token_in(page), "code": code})).status_code == 303


async def test_a_wrong_password_and_an_unknown_address_are_told_apart_by_nobody(app: FastAPI, bench: Bench) -> None:
    """Both get the same answer, and guessing ends."""
    await joined(bench, app)
    answers = set()
    for email in ("ada@example.com", "nobody@example.com"):
        answer = await a_browser(app).post("/console/sign-in", data={"email": email, "password": "wrong"})
        answers.add((answer.status_code, answer.text))
    assert len(answers) == 1
    for _ in range(9):
        await a_browser(app).post("/console/sign-in", data={"email": "ada@example.com", "password": "wrong"})
    stopped = await a_browser(app).post("/console/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0


async def test_a_session_ends_by_itself(app: FastAPI, bench: Bench) -> None:
    """Half an hour without a look, or half a day in any case."""
    idle = await signed_in(bench, app, "admin", name="Idle")
    busy = await signed_in(bench, app, "admin", name="Busy")
    for _ in range(int(LIFETIME / timedelta(minutes=20))):
        assert (await busy.get("/staff")).status_code == 200
        bench.clock.advance(20 * 60)
        if _ == 0:
            assert (await idle.get("/staff")).status_code == 200
        elif _ == 3:
            assert timedelta(minutes=60) > IDLE
            assert (await idle.get("/staff")).status_code == 303
    assert (await busy.get("/staff")).status_code == 303


async def test_a_session_that_is_long_over_is_deleted_at_night(app: FastAPI, bench: Bench) -> None:
    """It is kept for a month, to look into, and not for ever."""
    await signed_in(bench, app, "admin", name="Old")
    bench.clock.advance(int((LIFETIME + timedelta(days=30, minutes=1)).total_seconds()))
    young = await signed_in(bench, app, "admin", name="Young")
    context = SimpleNamespace(additional_context={KEY: JobWorld(bench.ports, bench.work)})
    await forget(cast("JobContext", context), 0)
    assert await bench.rows("SELECT staff_id FROM staff_session") == [(young.member.id,)]


async def test_who_is_let_in_no_more_is_out_at_once(app: FastAPI, bench: Bench) -> None:
    """Disabling ends every session, and signing out ends one's own."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    clerk = await signed_in(bench, app, "finance_lead", name="Clerk")
    assert (await clerk.get("/staff")).status_code == 200
    assert (await admin.post(f"/staff/{clerk.member.id}/disable")).status_code == 303
    assert (await clerk.get("/staff")).status_code == 303
    assert (await admin.post("/sign-out")).status_code == 303
    assert (await admin.get("/staff")).status_code == 303


async def test_an_invitation_is_over(app: FastAPI, bench: Bench) -> None:
    """After three days, once used, and where it never was; a short password leaves it good."""
    secret = await invitation(bench)
    browser = a_browser(app)
    short = await browser.post(f"/console/join/{secret}", data={"password": "short"})
    assert (short.status_code, "At least 12 characters" in short.text) == (422, True)
    bench.clock.advance(3 * 86_400)
    for there in (secret, "made-up"):
        assert (await browser.get(f"/console/join/{there}")).status_code == 401
        assert (await browser.post(f"/console/join/{there}", data={"password": PASSWORD})).status_code == 401


async def test_signing_in_leads_to_no_other_site(app: FastAPI, bench: Bench) -> None:
    """Where to go on is a page of ours, whatever an address says."""
    for to in ("https://evil.example/", "//evil.example", "/console//evil.example", "/v1/me", "/console/\\evil"):
        page = await a_browser(app).get("/console/sign-in", params={"to": to})
        assert 'name="to" value="/console/"' in page.text


async def test_the_last_admin_stays(app: FastAPI, bench: Bench) -> None:
    """Somebody must be able to look after staff; two who disable each other at once do not both go."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    answer = await admin.post(f"/staff/{admin.member.id}/disable")
    assert (answer.status_code, "last administrator" in answer.text) == (409, True)
    await invitation(bench)
    answer = await admin.post(f"/staff/{admin.member.id}/disable")
    assert answer.status_code == 409, "who was invited may never come"
    other = await signed_in(bench, app, "admin", name="Other")
    async with bench.work() as db:
        await disable_member(db=db, now=bench.clock.now(), staff_id=admin.member.id, by="x")
    assert (await other.post(f"/staff/{other.member.id}/disable")).status_code == 409


async def test_nobody_gives_roles_to_themselves(app: FastAPI, bench: Bench) -> None:
    """Another administrator has to, and it is in the log: one person alone is not four eyes."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    other = await signed_in(bench, app, "admin", name="Other")
    taken = await admin.post(f"/staff/{admin.member.id}/roles", role=["admin", "finance_lead"])
    assert (taken.status_code, "Nobody gives roles to themselves" in taken.text) == (403, True)
    assert (await other.post(f"/staff/{admin.member.id}/roles", role="auditor")).status_code == 303
    assert (await admin.get("/staff")).status_code == 200
    assert (await admin.post(f"/staff/{other.member.id}/disable")).status_code == 403


async def test_an_admin_invites_with_a_link_that_is_shown_once(app: FastAPI, bench: Bench) -> None:
    """The invited person is listed; the same address or name is not invited twice; it is in the log."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    page = await admin.post("/staff", name="Bo <b>", email="bo@example.com", role=["support_1", "auditor"])
    link = re.search(r"http://app\.test/console/join/[\w-]{40,}", page.text)
    assert link is not None
    assert "Bo &lt;b&gt;" in page.text
    assert link[0] not in (await admin.get("/staff")).text
    for name, email in (("Bo", "BO@example.com"), ("bo  <B>", "other@example.com")):
        assert (await admin.post("/staff", name=name, email=email, role="auditor")).status_code == 409
    logged = await bench.rows("SELECT action, by FROM staff_action ORDER BY id DESC LIMIT 1")
    assert logged == [("staff_invited", "Admin")]


def key_in(page: httpx.Response) -> str:
    """Return the secret of the second factor that a page offers."""
    found = re.search(r'class="id">([A-Z2-7]+)<', page.text)
    assert found is not None
    return found[1]


async def test_a_second_factor_is_set_up_once(app: FastAPI, bench: Bench) -> None:
    """Whoever had the password before it was set up, in another browser, does not put their own in its place."""
    member = await a_member(bench, "admin")
    owner, thief = [await a_browser_of(bench, app, member, Step.SET_UP) for _ in range(2)]
    keys = [key_in(await each.get("/set-up")) for each in (owner, thief)]
    codes = [pyotp.TOTP(key).at(bench.clock.now()) for key in keys]
    assert (await owner.post("/code", code=codes[0])).status_code == 303
    bench.clock.advance(60)
    code = pyotp.TOTP(keys[1]).at(bench.clock.now())
    assert (await thief.post("/code", code=code)).status_code == 401
    assert (await thief.get("/staff")).status_code == 303
    kept = await bench.value("SELECT totp_step FROM staff_member")
    assert kept == int(bench.clock.now().timestamp()) // 30 - 2


async def test_a_password_that_is_taken_back_meanwhile_opens_nothing(
    app: FastAPI, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checking takes a moment: whoever is invited anew in it is not signed in, nor later, with what they had."""
    await joined(bench, app)
    staff_id = await bench.value("SELECT id FROM staff_member")

    async def meanwhile(**how: Any) -> None:
        async with bench.work() as db:
            await invite_again(db=db, now=bench.clock.now(), staff_id=str(staff_id), by="x")
        await forgive_attempts(**how)

    monkeypatch.setattr("api.services.staff.signin.forgive_attempts", meanwhile)
    answer = await a_browser(app).post("/console/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    assert answer.status_code == 401
    assert await bench.rows("SELECT 1 FROM staff_session WHERE ended_at IS NULL") == []


async def test_one_code_opens_one_of_two_browsers_at_one_instant(app: FastAPI, bench: Bench) -> None:
    """Whoever looked over a shoulder is not faster than the rule that each code counts once."""
    _, totp = await joined(bench, app)
    bench.clock.advance(60)
    async with bench.work() as db:
        member = await member_by_email(db=db, email="ada@example.com")
    assert member is not None
    browsers = [await a_browser_of(bench, app, member, Step.PASSWORD) for _ in range(3)]
    code = totp.at(bench.clock.now())
    answers = await asyncio.gather(*(each.post("/code", code=code) for each in browsers))
    assert sorted(each.status_code for each in answers) == [303, 401, 401]
