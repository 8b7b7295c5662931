"""The overview: figures of holds, charges, partners and the forecast; charts in both themes, each with its numbers."""

import re
from datetime import timedelta

from fastapi import FastAPI

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.routes.console.charts import CHARTS
from tests.api.routes.console.test_charge import told
from tests.api.services.charging.given_back import paid
from tests.bench import Bench
from tests.builders import a_location, a_session, after, an_evse, connector_of, push_session
from tests.charges import a_charge
from tests.staff import signed_in

S = ChargingStatus


async def test_an_empty_house_has_an_overview(app: FastAPI, bench: Bench) -> None:
    """Nothing is held, lost or open, and the page says so without a chart."""
    page = await (await signed_in(bench, app, "auditor")).get("/overview")
    assert page.status_code == 200
    assert "No hold is open." in page.text
    assert "<img" not in page.text


async def test_figures_and_charts_of_a_busy_house(app: FastAPI, bench: Bench) -> None:
    """A settled charge above its hold, and one whose CDR is late: every figure is in words, every chart is drawn."""
    await a_location(bench, evses=[an_evse("EVSE1"), an_evse("EVSE2"), an_evse("EVSE3")])
    await paid(bench, cost="60.00")
    late = await a_charge(bench, S.START_ACCEPTED, driver_id="drv_2", connector=connector_of(uid="EVSE2"))
    over = {"status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(late, id="SES2", **over))
    await bench.rows(
        "UPDATE hold SET capture_before = :at WHERE charging_session_id = :charge RETURNING 1",
        at=bench.clock.now() + timedelta(hours=5),
        charge=late.id,
    )
    await bench.rows(
        "UPDATE charging_session SET unplugged_at = :now WHERE id = :id RETURNING 1", now=bench.clock.now(), id=late.id
    )
    clerk = await signed_in(bench, app, "finance_clerk")
    page = (await clerk.get("/overview")).text
    words = told(page)
    assert "Held now, 1 hold 50.00 EUR Less than 24 h left, EUR 1" in words
    assert "Starts that charge, 30 days 100.0 %" in words
    assert re.search(r"2026-03-02 1 50.00 EUR 0.00 EUR", words), "captured and released per day"
    assert "bill above the hold 1 21.40 EUR" in words
    assert "still unpaid 1 21.40 EUR" in words
    assert "owed above hold" in words
    assert "under 6 h 1 50.00 EUR" in words
    assert "A charge point operator 2 2 100.0 % 1" in words
    assert late.id in page[page.index("Forecast of open holds") :]
    assert "capture an estimate" in words
    names = set(re.findall(r"/console/charts/([a-z-]+)\.svg", page))
    assert names == set(CHARTS)
    for name in names:
        for theme in ("light", "dark"):
            drawn = await clerk.get(f"/charts/{name}.svg", theme=theme, currency="EUR")
            assert drawn.headers["content-type"] == "image/svg+xml", name
            assert "style=" not in drawn.text, "the page's policy would drop it"
    assert (await clerk.get("/charts/none.svg")).status_code == 404
