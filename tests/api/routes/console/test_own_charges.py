"""Operators' agents: the technical story of charges at their own chargers, refunds within a limit (CK03)."""

import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.domain.charging.state import ChargingStatus
from api.domain.staff.roles import ALLOWS, Role
from api.factory import create_app
from api.settings import Settings
from tests.api.routes.console.test_roles_matrix import guarded
from tests.api.services.charging.given_back import paid
from tests.bench import Bench
from tests.owners import OTHER_PARTNER, bound, charge_elsewhere, driver_at
from tests.staff import BASE, signed_in

LIMIT = 500


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Return an installation in which agents give back up to five euro."""
    policy = replace(bench.ports.policy, operator_refund={"EUR": LIMIT})
    bench.ports = replace(bench.ports, policy=policy)
    return bench


@pytest.fixture
def app(bench: Bench, engine: AsyncEngine) -> FastAPI:
    """Return the application around it."""
    return create_app(Settings(public_url=BASE), bench.ports, engine)


@pytest.mark.capability("CK03")
async def test_an_agent_reads_what_happened_and_not_to_whom(app: FastAPI, bench: Bench) -> None:
    """Commands, answers, pushes, meter and CDR; no address, name, card or token; that they looked is in the log."""
    charge = await paid(bench)
    await bench.rows(
        "UPDATE command SET result_message = 'robin@example.test called +49 711 123456', result = 'failed',"
        " result_at = created_at RETURNING id"
    )
    raw = '{"status": "ACTIVE", "kwh": 3.5, "cdr_token": {"contract_id": "DE-CHH-drv_1"}}'
    await bench.rows(
        "INSERT INTO partner_message (module, key, partner_id, received_at, how, version, raw) SELECT 'sessions', key,"
        " partner_id, first_seen_at, 'patch', version, :raw FROM partner_session RETURNING id",
        raw=raw,
    )
    agent = await bound(bench, app, "operator_agent", partner_id="prt_1", name="Olu Agent")
    assert charge.id in (await agent.get("/own/charges")).text
    page = (await agent.get(f"/own/charges/{charge.id}")).text
    for told in ("START_SESSION sent", "START_SESSION answered", "Session put by the partner", "CDR arrived", "23.80"):
        assert told in page, told
    assert "status ACTIVE, kwh 3.5" in page
    driver = (await bench.rows("SELECT email, name, contract_id, processor_customer_id FROM driver"))[0]
    for hidden in (*driver, charge.token_uid, charge.driver_id, "robin@", "123456", "pm_card", "4242", "pi_fake"):
        assert hidden not in page, hidden
    logged = await bench.rows("SELECT by, subject_id FROM staff_action WHERE action = 'technical_story_read'")
    assert logged == [("Olu Agent", charge.id)]


@pytest.mark.capability("CK03", "CN19")
async def test_an_agent_gives_back_within_a_limit_and_asks_finance_above_it(app: FastAPI, bench: Bench) -> None:
    """Sent twice it is one credit; slices count together; above the limit finance approves, and all is logged."""
    charge = await paid(bench)
    agent = await bound(bench, app, "operator_agent", partner_id="prt_1", name="Olu Agent")
    to = f"/own/charges/{charge.id}/refund"
    page = (await agent.get(f"/own/charges/{charge.id}")).text
    request_id = re.findall(r'name="request_id" value="([^"]+)"', page)[0]
    form: dict[str, Any] = {"amount": "4.00", "reason": "charger_fault", "text": "Broke off"}
    for _ in range(2):
        answer = await agent.post(to, request_id=request_id, **form)
        assert answer.headers["location"].endswith("told=done")
    assert (await agent.post(to, **(form | {"amount": "2.00"}))).headers["location"].endswith("told=waits")
    states = await bench.rows("SELECT amount_minor, state, requested_by FROM credit ORDER BY requested_at, id")
    assert sorted(states) == [(200, "requested", "Olu Agent"), (400, "approved", "Olu Agent")]
    await bench.drain()
    lead = await signed_in(bench, app, "finance_lead", name="Ada Lead")
    assert "Olu Agent" in (await lead.get("/requests")).text
    waiting = await bench.value("SELECT id FROM credit WHERE state = 'requested'")
    assert (await agent.post(f"/requests/{waiting}/approve")).status_code == 403
    assert (await lead.post(f"/requests/{waiting}/approve")).status_code == 303
    actions = await bench.rows("SELECT action FROM staff_action WHERE by = 'Olu Agent' ORDER BY id")
    assert [each[0] for each in actions if each[0].startswith("credit")] == [
        "credit_requested",
        "credit_approved",
        "credit_requested",
    ]


@pytest.mark.capability("CK03")
async def test_nothing_of_another_operator_leaks(app: FastAPI, bench: Bench) -> None:
    """Every route that an agent may open, with another operator's ids: not found; no list tells anything of theirs."""
    charge = await charge_elsewhere(bench, ChargingStatus.CHARGING)
    asked = await driver_at(bench, app).post(
        f"/v1/charging-sessions/{charge.id}/unlock-requests",
        json={"car_unlocked": True},
        headers={"Idempotency-Key": "key-1"},
    )
    ids = {"charge_id": charge.id, "unlock_request_id": asked.json()["id"], "location_key": charge.location_key}
    agent = await bound(bench, app, "operator_agent", partner_id="prt_1", name="Olu Agent")
    theirs = await bound(bench, app, "operator_agent", partner_id=OTHER_PARTNER, name="Bea Agent")
    tried = 0
    for route, permission in guarded():
        if permission not in ALLOWS[Role.OPERATOR_AGENT]:
            continue
        for method in route.methods or ():
            to = re.sub(r"\{([a-z_]+)(:[a-z]+)?\}", lambda each: ids.get(each[1], "x"), route.path)
            answer = (
                await agent.get(to)
                if method == "GET"
                else await agent.post(to, amount="1.00", reason="other", text="a", price="1")
            )
            if "{" in route.path or method == "POST":
                assert answer.status_code == 404, (route.path, answer.status_code)
            assert not any(each in answer.text for each in ids.values()), route.path
            tried += 1
    assert tried >= 6
    assert (await theirs.get(f"/own/charges/{charge.id}")).status_code == 200
    assert await bench.value("SELECT count(*) FROM credit") == 0


async def test_a_role_without_its_binding_has_nothing(app: FastAPI, bench: Bench) -> None:
    """An agent of nobody, an owner's person with a partner's binding, and a rebound agent see nothing of a charge."""
    charge = await paid(bench)
    agent = await bound(bench, app, "operator_agent", partner_id="prt_1", name="Olu Agent")
    for number, fields in enumerate(({"role": "operator_agent"}, {"role": "owner", "partner_id": "prt_1"})):
        nobody = await bound(bench, app, name=f"Nobody {number}", **fields)
        assert (await nobody.get(f"/own/charges/{charge.id}")).status_code == 404
        assert charge.id not in (await nobody.get("/own/charges")).text
    assert (await agent.get(f"/own/charges/{charge.id}")).status_code == 200
    admin = await signed_in(bench, app, "admin", name="Ann Admin")
    refused = await admin.post(f"/staff/{agent.member.id}/binding", partner_id="prt_none")
    assert refused.status_code == 404
    assert (await admin.post(f"/staff/{admin.member.id}/binding", partner_id="prt_1")).status_code == 403
    assert (await admin.post(f"/staff/{agent.member.id}/binding", partner_id="")).status_code == 303
    assert (await agent.get(f"/own/charges/{charge.id}")).status_code == 404
