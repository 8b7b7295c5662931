"""The flight recorder link: unguessable, for a while, revocable, counted, and without anything personal."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.factory import create_app
from api.settings import Settings
from tests.api.services.charging.given_back import paid
from tests.bench import Bench, a_bench
from tests.owners import driver_at
from tests.staff import BASE, a_browser, signed_in


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation whose pages are at http://app.test."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=BASE))
    return bench


@pytest.fixture
def app(bench: Bench, engine: AsyncEngine) -> FastAPI:
    """Return the application around it."""
    return create_app(Settings(public_url=BASE), bench.ports, engine)


async def test_a_driver_shares_what_happened_and_takes_it_back(app: FastAPI, bench: Bench) -> None:
    """Anybody with the link reads the story and nobody's name; it is counted, and 410 once revoked."""
    charge = await paid(bench)
    driver, stranger, hotline = driver_at(bench, app), driver_at(bench, app, "drv_2"), a_browser(app)
    at = f"/v1/charging-sessions/{charge.id}/timeline-links"
    key = {"Idempotency-Key": "key-1"}
    assert (await stranger.post(at, json={}, headers=key)).status_code == 404
    made = (await driver.post(at, json={"hours": 2}, headers=key)).json()
    assert (await driver.post(at, json={"hours": 2}, headers=key)).json()["url"] == made["url"]
    secret = made["url"].removeprefix(f"{BASE}/t/")
    assert len(secret) >= 43
    assert await bench.value("SELECT count(*) FROM timeline_link WHERE secret_hash = :secret", secret=secret) == 0

    page = await hotline.get(f"/t/{secret}")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    for told in ("START_SESSION answered", "CDR arrived", "DE*CPO*EVSE1", "kWh"):
        assert told in page.text, told
    person = (await bench.rows("SELECT email, name, contract_id, processor_customer_id FROM driver"))[0]
    for hidden in (*person, charge.token_uid, charge.driver_id, charge.id, "23.80", "4242", "pi_fake"):
        assert hidden not in page.text, hidden
    assert (await hotline.head(f"/t/{secret}")).status_code == 200
    listed = (await driver.get(at)).json()["timeline_links"]
    assert [(each["opened"], each["works"], each["url"]) for each in listed] == [(1, True, None)]

    assert (await stranger.delete(f"{at}/{made['id']}")).status_code == 404
    for _ in range(2):
        assert (await driver.delete(f"{at}/{made['id']}")).status_code == 204
    assert (await hotline.get(f"/t/{secret}")).status_code == 410
    assert (await hotline.get(f"/t/{secret[:-1]}x")).status_code == 404


async def test_it_runs_out_and_support_has_the_same(app: FastAPI, bench: Bench) -> None:
    """An hour later it is gone; there are at most five at once; our first line sees the story and shares it, logged."""
    charge = await paid(bench)
    driver, hotline = driver_at(bench, app), a_browser(app)
    at = f"/v1/charging-sessions/{charge.id}/timeline-links"
    urls = []
    for number in range(6):
        answer = await driver.post(at, json={"hours": 1}, headers={"Idempotency-Key": f"key-{number}"})
        urls.append(answer.json().get("url"))
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-timeline-links")
    bench.clock.advance(timedelta(hours=1).total_seconds())
    assert (await hotline.get(urls[0].removeprefix(BASE))).status_code == 410

    kim = await signed_in(bench, app, "support_1", name="Kim")
    shown = await kim.post(f"/charges/{charge.id}/story/links", hours="3")
    url = shown.text.split(f"{BASE}/t/")[1].split("<")[0]
    assert (await hotline.get(f"/t/{url}")).status_code == 200
    link = await bench.value("SELECT id FROM timeline_link WHERE created_by = 'Kim'")
    assert (await kim.post(f"/charges/{charge.id}/story/links/{link}/revoke")).status_code == 303
    assert (await hotline.get(f"/t/{url}")).status_code == 410
    assert "START_SESSION answered" in (await kim.get(f"/charges/{charge.id}/story")).text
    logged = await bench.rows("SELECT action FROM staff_action WHERE by = 'Kim' ORDER BY id")
    assert [each[0] for each in logged] == ["timeline_link_made", "timeline_link_revoked"]
    clerk = await signed_in(bench, app, "finance_clerk", name="Cleo")
    assert (await clerk.get(f"/charges/{charge.id}/story")).status_code == 403
