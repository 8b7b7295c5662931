"""Problems name the open incident behind them, from the memory of this process."""

from datetime import timedelta

import pytest
from sqlmodel import select

from api.models.location import EvseRow
from api.services.status.incidents import close_incident, open_incident
from api.services.status.maintenance import plan_maintenance
from api.services.status.snapshot import publish_snapshot
from tests.api.routes.app.conftest import PARTNER, App, Someone
from tests.api.routes.app.happenings import POST

STATUS = "http://app.test/status"


async def told(app: App) -> None:
    """Publish what is known, and let this process read it as its next look would."""
    async with app.work() as db:
        await publish_snapshot(db, ports=app.ports, now=app.clock.now())
    v1 = next(route for route in app.app.router.routes if getattr(route, "path", "") == "/v1")
    v1.app.state.board.read_file()  # type: ignore[attr-defined]  # the mount of the app API


@pytest.mark.capability("EP06")
async def test_a_refused_start_names_the_incident_of_its_site(app: App, ada: Someone, places: dict[str, str]) -> None:
    """While one is open there; not before, not after, and not because of another partner's."""
    async with app.work() as db:
        for evse in await db.exec(select(EvseRow)):
            evse.sqlmodel_update({"status": "out_of_order"})
        await open_incident(db, kind="partner", subject_id="prt_2", reason="x", now=app.clock.now(), evidence={})
    await told(app)
    refused = await ada.quote(places[POST])
    assert (refused.status_code, "incident" in refused.json()) == (409, False)
    async with app.work() as db:
        site = f"{PARTNER}/DE/ABC/1"
        opened = await open_incident(db, kind="site", subject_id=site, reason="x", now=app.clock.now(), evidence={})
        number = opened.id
    await told(app)
    problem = (await ada.quote(places[POST])).json()
    assert (problem["incident"], problem["status_url"]) == (f"INC-{number}", STATUS)
    app.clock.advance(60)
    async with app.work() as db:
        assert number is not None
        await close_incident(db, incident_id=number, now=app.clock.now())
    await told(app)
    assert "incident" not in (await ada.quote(places[POST])).json()


@pytest.mark.capability("CN24")
async def test_planned_work_refuses_with_its_id_and_its_end(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The app can say until when, and where to read about it."""
    now = app.clock.now()
    until = now + timedelta(hours=2)
    async with app.work() as db:
        row = await plan_maintenance(
            db=db,
            now=now,
            by="Ada",
            kind="partner",
            subject_id=PARTNER,
            starts_at=now,
            ends_at=until,
            texts={"en": "x"},
        )
    problem = (await ada.quote(places[POST])).json()
    assert (problem["code"], problem["facts"]["reason"]) == ("not-startable", "planned_maintenance")
    assert problem["facts"]["until"] == f"{until:%Y-%m-%dT%H:%M:%SZ}"
    assert (problem["incident"], problem["status_url"]) == (f"MNT-{row.id}", STATUS)
