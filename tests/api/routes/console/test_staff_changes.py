"""Nobody makes a second pair of eyes for themselves: invitations and roles that weigh wait for somebody else."""

import re

import httpx
import pytest
from fastapi import FastAPI

from api.domain.staff.roles import Role, gains_weight
from tests.bench import Bench
from tests.staff import Browser, a_browser, signed_in

PASSWORD = "correct horse battery"


def link_in(page: httpx.Response) -> str:
    """Return where the link of an invitation leads."""
    found = re.search(r"http://app\.test(/console/join/[\w-]{40,})", page.text)
    assert found is not None, page.text
    return found[1]


async def waiting(browser: Browser) -> list[str]:
    """Return the ids of what this person could refuse."""
    return re.findall(r"/console/staff/changes/(stc_\w+)/refuse", (await browser.get("/staff")).text)


async def joins(app: FastAPI, link: str) -> int:
    """Let whoever has a link use it; return the answer's status."""
    return (await a_browser(app).post(link, data={"password": PASSWORD})).status_code


def test_every_role_that_does_something_about_money_weighs() -> None:
    """Those who only look, and the first levels of support, are invited by one administrator."""
    light = {role for role in Role if not gains_weight((), [role])}
    assert light == {Role.SUPPORT_1, Role.AUDITOR}
    assert not gains_weight(["finance_lead"], ["finance_clerk", "auditor"])
    assert gains_weight(["finance_lead"], ["finance_lead", "admin"])


@pytest.mark.parametrize("agrees", ["admin", "finance_lead"])
async def test_an_administrator_alone_invites_nobody_who_moves_money(app: FastAPI, bench: Bench, agrees: str) -> None:
    """The link of a new lead works once another administrator or a lead agreed, not before, and not by who asked."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    other = await signed_in(bench, app, agrees, name="Other")
    page = await admin.post("/staff", name="Sock Puppet", email="sock@example.com", role="finance_lead")
    link = link_in(page)
    assert "Somebody else has to agree first" in page.text
    assert await joins(app, link) == 401
    (change,) = await waiting(admin)
    assert f"{change}/agree" not in (await admin.get("/staff")).text
    assert (await admin.post(f"/staff/changes/{change}/agree")).status_code == 403
    assert await joins(app, link) == 401

    assert f"{change}/agree" in (await other.get("/staff")).text
    assert (await other.post(f"/staff/changes/{change}/agree")).status_code == 303
    assert await joins(app, link) == 303
    assert (await other.post(f"/staff/changes/{change}/agree")).status_code == 409
    log = await bench.rows("SELECT by, action FROM staff_action WHERE action LIKE 'staff_change%' ORDER BY id")
    assert log == [("Admin", "staff_change_requested"), ("Other", "staff_change_approved")]


async def test_the_name_of_a_lead_is_not_taken_over_by_one(app: FastAPI, bench: Bench) -> None:
    """Inviting a lead anew voids nothing until somebody else agreed; the lead does not agree to it themselves."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    lead = await signed_in(bench, app, "finance_lead", name="Grace Lead")
    other = await signed_in(bench, app, "admin", name="Other")
    link = link_in(await admin.post(f"/staff/{lead.member.id}/invitation"))
    assert await joins(app, link) == 401
    (change,) = await waiting(lead)
    assert (await lead.post(f"/staff/changes/{change}/agree")).status_code == 403
    assert (await lead.get("/staff")).status_code == 200

    assert (await other.post(f"/staff/changes/{change}/agree")).status_code == 303
    assert (await lead.get("/staff")).status_code == 303
    assert await joins(app, link) == 303


async def test_a_role_that_weighs_is_given_by_two(app: FastAPI, bench: Bench) -> None:
    """A colleague of support becomes a clerk when somebody else agrees; taking a role away takes one person."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    other = await signed_in(bench, app, "admin", name="Other")
    friend = await signed_in(bench, app, "support_1", name="Friend")
    wanted = ["finance_clerk", "finance_lead"]
    assert (await admin.post(f"/staff/{friend.member.id}/roles", role=wanted)).status_code == 303
    assert (await friend.get("/requests")).status_code == 403
    (change,) = await waiting(admin)
    assert (await admin.post(f"/staff/changes/{change}/agree")).status_code == 403
    assert (await other.post(f"/staff/changes/{change}/agree")).status_code == 303
    assert (await friend.get("/requests")).status_code == 200
    assert (await admin.post(f"/staff/{friend.member.id}/roles", role="finance_clerk")).status_code == 303
    assert (await friend.post("/requests/crd_1/approve")).status_code == 403


async def test_what_nobody_agreed_to_is_over(app: FastAPI, bench: Bench) -> None:
    """Refused, after three days, or once the person is somebody else: nobody agrees to it any more."""
    admin = await signed_in(bench, app, "admin", name="Admin")
    other = await signed_in(bench, app, "admin", name="Other")
    friend = await signed_in(bench, app, "support_1", name="Friend")
    await admin.post("/staff", name="Nobody", email="nobody@example.com", role="admin")
    (refused,) = await waiting(admin)
    assert (await admin.post(f"/staff/changes/{refused}/refuse")).status_code == 303
    assert await bench.value("SELECT status FROM staff_member WHERE name = 'Nobody'") == "disabled"
    await admin.post(f"/staff/{friend.member.id}/roles", role="finance_clerk")
    (meant_for_another,) = await waiting(admin)
    assert "shown once" in (await other.post(f"/staff/{friend.member.id}/invitation")).text
    await admin.post(f"/staff/{friend.member.id}/roles", role="finance_clerk")
    (late,) = await waiting(admin)
    for change in (refused, meant_for_another):
        assert (await other.post(f"/staff/changes/{change}/agree")).status_code == 409
    bench.clock.advance(3 * 86_400)
    other = await signed_in(bench, app, "admin", name="A third")
    assert await waiting(other) == []
    assert (await other.post(f"/staff/changes/{late}/agree")).status_code == 409
    assert await bench.value("SELECT roles FROM staff_member WHERE name = 'Friend'") == ["support_1"]
