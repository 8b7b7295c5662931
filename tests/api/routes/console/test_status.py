"""The console's pages of the status page and of starts: told, planned and closed by who may, each step logged."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from api.domain.charging.state import ChargingStatus
from api.services.status.incidents import open_incident
from tests.api.routes.console.test_charge import told
from tests.api.services.status.looking import look
from tests.bench import Bench
from tests.builders import a_location, an_evse, connector_of
from tests.charges import a_charge
from tests.staff import a_browser, signed_in

SITE = "prt_1/DE/CPO/LOC1"


@pytest.mark.capability("EP06")
async def test_an_incident_goes_from_its_first_word_to_its_last(app: FastAPI, bench: Bench) -> None:
    """Support opens it at an EVSE's site, tells of it in two languages, and closes it; the public reads along."""
    await a_location(bench, evses=(an_evse(evse_id="DE*CPO*E7*013"),))
    agent = await signed_in(bench, app, "support_2")
    fields = {"about": "site", "site": "de-cpo-e7-013", "severity": "outage", "text_en": "<b>No power.</b>"}
    answer = await agent.post("/status/incidents", **fields, request_id="req_1")
    assert answer.headers["location"] == "/console/status?told=done", answer.text
    page = await agent.get("/status")
    assert "&lt;b&gt;No power.&lt;/b&gt;" in page.text
    assert "INC-" in told(page.text)
    number = await bench.value("SELECT id FROM status_incident WHERE kind = 'site' AND subject_id = :s", s=SITE)
    await agent.post(
        f"/status/incidents/{number}/updates", stage="monitoring", text_en="It is back.", text_nb="Den er her."
    )
    await look(bench)
    async with a_browser(app) as anybody:
        public = (await anybody.get("/status", params={"lang": "nb"})).text
        assert "Den er her." in public
        await agent.post(f"/status/incidents/{number}/updates", stage="resolved", text_en="")
        await look(bench)
        assert (await anybody.get("/status.json")).json()["incidents"][0]["closed_at"] is not None
    again = await agent.post(f"/status/incidents/{number}/updates", stage="resolved")
    assert (again.status_code, "somebody was faster" in again.text) == (404, True)
    rows = await bench.rows(
        "SELECT by, action, request_id FROM staff_action WHERE subject_id = :s ORDER BY id", s=f"INC-{number}"
    )
    assert [row.action for row in rows] == ["incident_opened", "incident_told", "incident_closed"]
    assert ({row.by for row in rows}, rows[0].request_id) == ({"Ada Clerk"}, "req_1")


@pytest.mark.capability("CN24", "EP06")
async def test_planned_work_is_planned_and_called_off_and_signals_are_closed(app: FastAPI, bench: Bench) -> None:
    """A window in UTC for a network; nonsense is refused in words; a signal is closed and never told outside."""
    await a_location(bench)
    agent = await signed_in(bench, app, "support_3")
    at = bench.clock.now() + timedelta(hours=1)
    window = {"starts_at": f"{at:%Y-%m-%dT%H:%M}", "ends_at": f"{at + timedelta(hours=2):%Y-%m-%dT%H:%M}"}
    fields = {"about": "partner:prt_1", "text_en": "New cables."} | window
    assert (await agent.post("/status/maintenance", **fields)).status_code == 303
    for wrong, words in (
        ({"ends_at": window["starts_at"]}, "ends after it begins"),
        ({"starts_at": "soon"}, "This is no moment such as"),
        ({"text_en": " "}, "in English at least"),
        ({"about": "site", "site": "nowhere"}, "no such component"),
    ):
        answer = await agent.post("/status/maintenance", **(fields | wrong))
        assert (answer.status_code in {404, 422}, words in answer.text) == (True, True), answer.text
    page = told((await agent.get("/status")).text)
    assert "New cables." in page
    (number,) = [row[0] for row in await bench.rows("SELECT id FROM status_maintenance")]
    assert (await agent.post(f"/status/maintenance/{number}/end")).status_code == 303
    assert await bench.value("SELECT canceled_at FROM status_maintenance") is not None
    async with bench.work() as db:
        signal = await open_incident(
            db,
            kind="site",
            subject_id=SITE,
            reason="site_silent",
            now=bench.clock.now(),
            evidence={"charges": 7},
            severity="signal",
        )
    assert "charges: 7" in (await agent.get("/status")).text
    refused = await agent.post(f"/status/incidents/{signal.id}/updates", stage="monitoring", text_en="x")
    assert (refused.status_code, "nobody outside" in refused.text) == (409, True)
    assert (await agent.post(f"/status/incidents/{signal.id}/updates", stage="resolved")).status_code == 303
    assert await bench.value("SELECT closed_by FROM status_incident") == "Ada Clerk"


@pytest.mark.capability("CN25")
async def test_the_page_of_starts_shows_networks_and_worst_evses(app: FastAPI, bench: Bench) -> None:
    """One start of two charged, the overview links here, a network that nobody started at is an empty page."""
    await a_location(bench, evses=[an_evse("EVSE1"), an_evse("EVSE2")])
    await a_charge(bench, ChargingStatus.CHARGING)
    await a_charge(bench, ChargingStatus.START_FAILED, driver_id="drv_2", connector=connector_of(uid="EVSE2"))
    auditor = await signed_in(bench, app, "auditor")
    words = told((await auditor.get("/starts", days=30)).text)
    assert "All networks, 30 days 50.0 %" in words
    assert "A charge point operator 2 1 1 50.0 % –" in words
    assert "/console/starts?days=30" in (await auditor.get("/overview")).text
    empty = told((await auditor.get("/starts", partner="prt_9")).text)
    assert "All networks, 7 days –" in empty
