"""What a diagnosis must not do: mislead, loop, wait for ever, or let one driver speak for all."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlmodel import col, select

from api.domain.charging.facts import Fact, HoldPlaced, Timer
from api.domain.money import Money
from api.domain.support.diagnose import Symptom
from api.models.charging import ChargingTimer
from api.models.diagnosis import DiagnosisRow
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.status import StatusIncident
from api.models.support import SupportCase
from api.services.charging.advance import apply_facts, lock_charge
from api.services.diagnosis.begin import locked_diagnosis
from api.services.status.incidents import open_incident
from tests.api.routes.app.conftest import PARTNER, App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_diagnosis import diagnose, did, failed


async def priced(app: App) -> None:
    """Let every post of the first site have a price, so that it can be started."""
    async with app.work() as db:
        for connector in await db.exec(select(ConnectorRow)):
            connector.tariff_ids = ["T1"]
            db.add(connector)


@pytest.mark.capability("CK14")
async def test_one_driver_alone_puts_no_site_on_the_status_page(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """They are told to call the operator, and staff see a signal; with a second driver it is an incident for all."""
    await priced(app)
    for key, post in enumerate((POST, "DE*ABC*E71*002")):
        await failed(app, ada, places[post], f"key-{key}")
    found = await diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST])
    assert (found["first_wrong"], found["next"]["step"]) == ("site", "call_operator")
    async with app.work() as db:
        incidents = list(await db.exec(select(StatusIncident)))
    assert [each.severity for each in incidents] == ["signal"]
    await failed(app, bob, places[POST], "key-b")
    await diagnose(bob, Symptom.NOT_STARTED, connector_id=places[POST])
    async with app.work() as db:
        incidents = list(await db.exec(select(StatusIncident).order_by(col(StatusIncident.id))))
    assert [each.severity for each in incidents] == ["signal", "outage"]


@pytest.mark.capability("CK14")
async def test_a_start_that_is_out_is_waited_for_by_its_own_clock(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """The clock of the hold, which ends in a week, keeps nobody at the charger."""
    charge = (await ada.start(places[POST])).json()["id"]
    async with app.work() as db:
        locked = await lock_charge(db=db, charging_session_id=charge)
        facts: list[Fact] = [HoldPlaced(Money(locked.hold_minor, "EUR"), None)]
        await apply_facts(db=db, ports=app.ports, now=app.clock.now(), charge=locked, facts=facts)
        week = {"due_at": app.clock.now() + timedelta(days=6), "set_at": app.clock.now()}
        await db.merge(ChargingTimer(charging_session_id=charge, timer=Timer.HOLD_EXPIRY_NEAR, **week))
    waiting = await did(ada, await diagnose(ada, Symptom.NOT_STARTED, charging_session_id=charge))
    assert waiting["next"]["step"] == "wait_and_retry"
    assert 30 <= waiting["next"]["wait_s"] <= 300


@pytest.mark.capability("EP07")
async def test_nobody_is_sent_to_the_operator_of_another_site(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Where this site's operator told no number, the one of the driver's last charge is not called instead."""
    await failed(app, ada, places[POST])
    async with app.work() as db:
        market = (await db.exec(select(LocationRow).where(LocationRow.name == "Market"))).one()
        market.operator_name = market.help_phone = None
        db.add(market)
    found = await diagnose(ada, Symptom.CANNOT_CHARGE, connector_id=places["DE*ABC*E90*001"])
    assert [link["role"] for link in found["contact_chain"]] == ["platform"]
    while found["next"]["step"] != "ask_us":
        assert found["next"]["step"] != "call_operator"
        app.clock.advance(31)
        found = await did(ada, found)


async def test_a_script_is_no_website_of_an_owner(app: App, ada: Someone, places: dict[str, str]) -> None:
    """What a partner calls the owner's website is offered only if it is a page."""
    seen = []
    for website in ("javascript:alert(1)", "https://owner.example"):
        async with app.work() as db:
            harbor = (await db.exec(select(LocationRow).where(LocationRow.name == "Harbor Street 7"))).one()
            harbor.raw = json.dumps({"owner": {"name": "Owner", "website": website}})
            db.add(harbor)
        found = await diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST])
        seen += [link["website"] for link in found["contact_chain"] if link["role"] == "owner"]
    assert seen == [None, "https://owner.example"]


async def test_late_mails_are_no_reason_to_wait_for_us(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Cars charge without letters and with an old map; without payments they do not."""
    for component, expected in (("notices", None), ("map_data", None), ("payments", "platform")):
        async with app.work() as db:
            await open_incident(
                db, kind="platform", subject_id=component, reason="late", now=app.clock.now(), evidence={}, by="probe"
            )
        found = await diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST])
        assert found["first_wrong"] == expected


async def test_a_trouble_of_another_day_begins_anew(app: App, ada: Someone, places: dict[str, str]) -> None:
    """What nobody ended is not gone on with weeks later, in the middle of its steps."""
    first = await did(ada, await diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST]))
    assert first["tried"] == ["check_cable"]
    async with app.work() as db:
        row = await db.get_one(DiagnosisRow, first["id"])
        row.updated_at -= timedelta(hours=7)
        db.add(row)
    again = await diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST])
    assert again["id"] != first["id"]
    assert (again["next"]["step"], again["tried"]) == ("check_cable", [])


async def test_who_asks_again_while_a_step_is_done_loses_no_step(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """Asking waits for the step: else the step before would be told again, and counted as done for ever."""
    first = await diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST])
    async with app.work() as db:
        row = await locked_diagnosis(db=db, driver_id=ada.driver.id, diagnosis_id=first["id"])
        asked = asyncio.create_task(diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST]))
        await asyncio.sleep(0.5)
        row.tried = [{"step": "check_cable", "at": app.clock.now().isoformat()}]
        row.step = "wait_and_retry"
        db.add(row)
    assert (await asked)["next"]["step"] == "wait_and_retry"


@pytest.mark.capability("CK04")
async def test_a_case_without_a_charge_knows_its_charger_and_whose_it_is(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """The post where the driver stands, its partner, and whether we run it, so that the case finds who answers."""
    ours = app.ports.policy.our_party
    async with app.work() as db:
        harbor = (await db.exec(select(LocationRow).where(LocationRow.name == "Harbor Street 7"))).one()
        harbor.country_code, harbor.party_id = ours.country_code, ours.party_id
        db.add(harbor)
    found = await diagnose(ada, Symptom.NOT_STARTED, connector_id=places[POST])
    assert (await ada.http.post(f"/v1/help/diagnoses/{found['id']}/hand-over", json={})).status_code == 200
    async with app.work() as db:
        case = (await db.exec(select(SupportCase))).one()
        evse = (await db.exec(select(EvseRow).where(EvseRow.evse_id == POST))).one()
    assert (case.evse_key, case.partner_id, case.operated_by_us) == (evse.key, PARTNER, True)
