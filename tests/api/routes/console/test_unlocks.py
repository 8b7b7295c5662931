"""Unlocking: a driver asks, an agent decides, the charger is told once, and the driver sees what became of it."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import grimp
import httpx
import pytest
from fastapi import FastAPI

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.command import AnswerKind, CommandAnswer, ResultKind
from api.domain.roaming.location import EvseStatus
from api.domain.support.unlock import PATIENCE, STUCK_FOR, WAITS
from api.models.charging import ChargingSession
from api.routes.console.application import ROUTERS
from api.routes.console.signed_in import Needs
from api.services.deferral import Job
from api.services.support.unlock_steps import sweep_unlocks
from tests.api.services.charging.hands import result
from tests.bench import Bench
from tests.builders import a_location, after, an_evse
from tests.charges import a_charge
from tests.fakes import FakeRemoteControl
from tests.owners import OTHER_PARTNER, bound, charge_elsewhere, driver_at
from tests.staff import Browser, signed_in

YES = {"car_unlocked": True}


def sent(bench: Bench) -> list[Any]:
    """Return the commands that reached an operator."""
    calls = cast(FakeRemoteControl, bench.ports.remote_control).calls
    return [call.arguments[0] for call in calls if call.method == "send_unlock"]


def path(charge: ChargingSession) -> str:
    """Return where a driver asks."""
    return f"/v1/charging-sessions/{charge.id}/unlock-requests"


async def asks(driver: httpx.AsyncClient, charge: ChargingSession, key: str = "key-1", **body: Any) -> httpx.Response:
    """Let a driver ask."""
    return await driver.post(path(charge), json=body or YES, headers={"Idempotency-Key": key})


async def sees(driver: httpx.AsyncClient, charge: ChargingSession) -> dict[str, Any]:
    """Return the newest request as its driver sees it."""
    return dict((await driver.get(path(charge))).json()["unlock_requests"][0])


@pytest.mark.capability("CK19")
async def test_an_agents_word_unlocks_once_and_the_driver_sees_it(app: FastAPI, bench: Bench) -> None:
    """Two agents and a double click make one command; what the charger says is told and can be polled."""
    charge = await a_charge(bench, ChargingStatus.IDLE)
    driver = driver_at(bench, app)
    asked = await asks(driver, charge)
    assert (asked.status_code, asked.json()["status"]) == (202, "asked")
    assert (await asks(driver, charge)).json()["id"] == asked.json()["id"]
    assert (await asks(driver, charge, "key-2")).status_code == 409
    await bench.drain()
    assert sent(bench) == []

    support = await signed_in(bench, app, "support_1", name="Kim")
    agent = await bound(bench, app, "operator_agent", partner_id="prt_1", name="Olu Agent")
    one = asked.json()["id"]
    assert one in (await support.get("/unlocks")).text
    assert one in (await agent.get("/own/unlocks")).text
    answers = await asyncio.gather(
        agent.post(f"/own/unlocks/{one}/approve"),
        agent.post(f"/own/unlocks/{one}/approve"),
        support.post(f"/unlocks/{one}/approve"),
    )
    assert sorted(each.status_code for each in answers) == [303, 409, 409]
    await bench.run(Job.SEND_UNLOCK, Job.TELL_UNLOCK)
    assert len(sent(bench)) == 1
    assert (await sees(driver, charge))["status"] == "under_way"

    await result(bench, sent(bench)[0].response_url.rsplit("/", 1)[-1], ResultKind.ACCEPTED)
    await bench.run(Job.TELL_UNLOCK)
    shown = await sees(driver, charge)
    assert (shown["status"], shown["poll_after_s"]) == ("unlocked", 0)
    told = await bench.rows("SELECT detail->>'reason' FROM notice WHERE message = 'unlock_answer'")
    assert [each[0] for each in told] == ["unlocked"]
    logged = await bench.rows(
        "SELECT action FROM staff_action WHERE charging_session_id = :id ORDER BY id", id=charge.id
    )
    assert [each[0] for each in logged] == ["connector_unlock_asked", "unlock_request_approved"]


@pytest.mark.capability("CK19")
async def test_drivers_decide_nothing_and_agents_only_at_their_own(app: FastAPI, bench: Bench) -> None:
    """A driver's access token is refused on every agent's route; another operator's agent finds no such request."""
    charge = await charge_elsewhere(bench, ChargingStatus.CHARGING)
    driver = driver_at(bench, app)
    one = (await asks(driver, charge)).json()["id"]
    for place in ("/unlocks", "/own/unlocks"):
        assert (await driver.get(f"/console{place}")).status_code == 403
        for step in ("approve", "decline"):
            assert (await driver.post(f"/console{place}/{one}/{step}")).status_code == 403
    mine = await bound(bench, app, "operator_agent", partner_id="prt_1", name="Olu Agent")
    nobodys = await bound(bench, app, "operator_agent", name="No Partner")
    assert one not in (await mine.get("/own/unlocks")).text
    for agent in (mine, nobodys):
        for step in ("approve", "decline"):
            assert (await agent.post(f"/own/unlocks/{one}/{step}", text="no")).status_code == 404
    assert (await nobodys.get("/own/unlocks")).status_code == 404
    await bench.drain()
    assert sent(bench) == []
    theirs = await bound(bench, app, "operator_agent", partner_id=OTHER_PARTNER, name="Bea Agent")
    assert (await theirs.post(f"/own/unlocks/{one}/approve")).status_code == 303


async def test_what_cannot_be_asked(app: FastAPI, bench: Bench) -> None:
    """Not of somebody else's charge, not before the car is unlocked, not without a key, not where no cable can be."""
    charge = await a_charge(bench)
    driver, stranger = driver_at(bench, app), driver_at(bench, app, "drv_2")
    assert (await asks(stranger, charge)).status_code == 404
    assert (await stranger.get(path(charge))).status_code == 404
    assert (await driver.post(path(charge), json=YES)).status_code == 400
    refused = await asks(driver, charge, car_unlocked=False)
    assert (refused.status_code, refused.json()["code"], refused.json()["next_action"]) == (
        409,
        "car-not-unlocked",
        "confirm",
    )
    await bench.rows("UPDATE evse SET status = 'available', last_updated = :at RETURNING key", at=after(60))
    assert (await asks(driver, charge)).json()["code"] == "nothing-to-unlock"


async def test_a_stuck_cable_after_the_end_can_be_asked_about_for_a_while(app: FastAPI, bench: Bench) -> None:
    """A completed session proves nothing about the cable; after two hours, or once the post is free, it is over."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    driver = driver_at(bench, app)
    assert (await asks(driver, charge)).status_code == 202
    bench.clock.advance(STUCK_FOR.total_seconds())
    await sweep_unlocks(work=bench.work, ports=bench.ports)
    assert (await sees(driver, charge))["status"] == "expired"
    assert (await asks(driver, charge, "key-2")).json()["code"] == "nothing-to-unlock"


async def test_whoever_charges_there_afterwards_keeps_their_cable(app: FastAPI, bench: Bench) -> None:
    """The post told to charge after the charge was over: it is a stranger's cable, and no agent's word unlocks it."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    driver, support = driver_at(bench, app), await signed_in(bench, app, "support_1")
    one = (await asks(driver, charge)).json()["id"]
    over = bench.clock.now() + timedelta(minutes=5)
    await a_location(bench, evses=(an_evse(status=EvseStatus.CHARGING, last_updated=over),))
    assert (await support.post(f"/unlocks/{one}/approve")).status_code == 409
    await bench.drain()
    assert sent(bench) == []


@pytest.mark.parametrize("why", ["time", "cable"])
async def test_it_lapses_when_the_cable_is_out_or_nobody_comes(app: FastAPI, bench: Bench, why: str) -> None:
    """Then no agent can approve any more, and the driver is told once."""
    charge = await a_charge(bench, ChargingStatus.IDLE)
    driver = driver_at(bench, app)
    one = (await asks(driver, charge)).json()["id"]
    if why == "time":
        bench.clock.advance(WAITS.total_seconds())
    else:
        await a_location(bench, evses=(an_evse(status=EvseStatus.AVAILABLE, last_updated=after(120)),))
    support = await signed_in(bench, app, "support_1")
    assert (await support.post(f"/unlocks/{one}/approve")).status_code == 409
    for _ in range(2):
        await sweep_unlocks(work=bench.work, ports=bench.ports)
    assert (await sees(driver, charge))["status"] == "expired"
    assert await bench.value("SELECT count(*) FROM notice WHERE message = 'unlock_answer'") == 1
    await bench.drain()
    assert sent(bench) == []


async def _approved(app: FastAPI, bench: Bench) -> tuple[ChargingSession, httpx.AsyncClient, Browser]:
    charge = await a_charge(bench, ChargingStatus.IDLE)
    driver, support = driver_at(bench, app), await signed_in(bench, app, "support_1")
    one = (await asks(driver, charge)).json()["id"]
    assert (await support.post(f"/unlocks/{one}/approve")).status_code == 303
    return charge, driver, support


async def test_a_charger_that_says_no_or_nothing_is_told(app: FastAPI, bench: Bench) -> None:
    """A refusal is a failure at once; silence is told as such after a while, and a later word still counts."""
    remote = cast(FakeRemoteControl, bench.ports.remote_control)
    remote.answers.append(CommandAnswer(AnswerKind.REJECTED, 0))
    charge, driver, support = await _approved(app, bench)
    await bench.run(Job.SEND_UNLOCK, Job.TELL_UNLOCK)
    assert (await sees(driver, charge))["status"] == "failed"

    one = (await asks(driver, charge, "key-2")).json()["id"]
    assert (await support.post(f"/unlocks/{one}/approve")).status_code == 303
    await bench.run(Job.SEND_UNLOCK, Job.TELL_UNLOCK)
    bench.clock.advance(PATIENCE.total_seconds())
    await sweep_unlocks(work=bench.work, ports=bench.ports)
    assert (await sees(driver, charge))["status"] == "unknown"
    await result(bench, sent(bench)[-1].response_url.rsplit("/", 1)[-1], ResultKind.ACCEPTED)
    await bench.run(Job.TELL_UNLOCK)
    told = await bench.rows("SELECT detail->>'reason' FROM notice WHERE message = 'unlock_answer' ORDER BY created_at")
    assert [each[0] for each in told] == ["failed", "unknown", "unlocked"]


async def test_a_declined_request_says_why(app: FastAPI, bench: Bench) -> None:
    """Without a reason nobody declines; the driver reads it, and it is in the log."""
    charge = await a_charge(bench, ChargingStatus.IDLE)
    driver, support = driver_at(bench, app), await signed_in(bench, app, "support_1")
    one = (await asks(driver, charge)).json()["id"]
    assert (await support.post(f"/unlocks/{one}/decline", text=" ")).status_code == 422
    assert (await support.post(f"/unlocks/{one}/decline", text="The post is burning")).status_code == 303
    shown = await sees(driver, charge)
    assert (shown["status"], shown["reason"]) == ("declined", "The post is burning")
    assert (
        await bench.value("SELECT reason FROM staff_action WHERE action = 'unlock_request_declined'")
        == "The post is burning"
    )


@pytest.mark.capability("CK19")
def test_only_pages_of_agents_lead_to_unlocking() -> None:
    """Of all faces one module reaches the command, each route of it needs an agent's permission."""
    graph = grimp.build_graph("api", cache_dir=None)
    unlock = "api.services.charging.unlock"
    callers = graph.find_modules_that_directly_import(unlock)
    assert callers == {"api.services.support.unlock_decide", "api.cli.charge", "api.jobs.roaming"}
    pages = graph.find_modules_that_directly_import("api.services.support.unlock_decide")
    assert pages == {"api.routes.console.unlocks"}
    for face in ("app", "pay", "account", "links", "ocpi", "webhooks"):
        for module in graph.find_descendants(f"api.routes.{face}") | {f"api.routes.{face}"}:
            assert graph.find_shortest_chain(module, unlock) is None, module
    needed = {
        str(each.dependency.permission)
        for router in ROUTERS
        for route in router.routes
        if "unlocks" in route.path  # type: ignore[attr-defined]  # all are APIRoutes
        for each in route.dependencies  # type: ignore[attr-defined]  # as above
        if isinstance(each.dependency, Needs)
    }
    assert needed == {"approve_unlock", "act_on_own_sites"}
