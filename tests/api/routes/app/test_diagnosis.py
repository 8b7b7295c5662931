"""Help that acts, as the app gets it: safety first, one step with a countdown and something to tap, then a person."""

from typing import Any

import pytest
from sqlmodel import col, select

from api.domain.charging.facts import Fact, HoldPlaced, StartRejected
from api.domain.language import LANGUAGES
from api.domain.money import Money
from api.domain.support.diagnose import Step, Symptom
from api.models.location import EvseRow
from api.models.status import StatusIncident
from api.models.support import SupportCase, SupportCaseEvent
from api.routes.app.diagnosis_texts import diagnosis_text, step_text, text_keys
from api.services.charging.advance import apply_facts, lock_charge
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS, charging

DIAGNOSE = "/v1/help/diagnose"


async def failed(app: App, who: Someone, connector_id: str, key: str = "key-1") -> str:
    """Let a start fail at the charger; return the charge's id."""
    started = (await who.start(connector_id, key)).json()
    async with app.work() as db:
        charge = await lock_charge(db=db, charging_session_id=started["id"])
        facts: list[Fact] = [HoldPlaced(Money(charge.hold_minor, "EUR"), None), StartRejected("charger_failed")]
        await apply_facts(db=db, ports=app.ports, now=app.clock.now(), charge=charge, facts=facts)
    return str(started["id"])


async def diagnose(who: Someone, symptom: Symptom, **about: str) -> dict[str, Any]:
    """Ask what is wrong."""
    answer = await who.http.post(DIAGNOSE, json={"symptom": symptom} | about)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def did(who: Someone, diagnosis: dict[str, Any], *, helped: bool = False) -> dict[str, Any]:
    """Say that the step was done."""
    url = f"/v1/help/diagnoses/{diagnosis['id']}/steps"
    answer = await who.http.post(url, json={"step": diagnosis["next"]["step"], "helped": helped})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.capability("CK14", "CM21")
async def test_a_failed_start_is_led_from_the_cable_to_another_post(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """No other try before its time (429), then one tap; then what else can be started at this very site."""
    charge = await failed(app, ada, places[POST])
    first = await diagnose(ada, Symptom.NOT_STARTED, charging_session_id=charge)
    assert (first["next"]["step"], first["first_wrong"]) == ("check_cable", None)

    waiting = await did(ada, first)
    assert (waiting["next"]["step"], waiting["next"]["wait_s"]) == ("wait_and_retry", 30)
    assert waiting["next"]["actions"][0]["url"] == f"{SESSIONS}/{charge}/restart-quotes"
    steps = f"/v1/help/diagnoses/{first['id']}/steps"
    early = await ada.http.post(steps, json={"step": "wait_and_retry", "helped": False})
    assert (early.status_code, early.json()["code"]) == (429, "wait-not-over")
    assert 1 <= int(early.headers["Retry-After"]) <= 31

    app.clock.advance(31)
    elsewhere = await did(ada, waiting)
    assert elsewhere["next"]["step"] == "other_connector"
    offered = {each["connector_id"] for each in elsewhere["next"]["actions"]}
    async with app.work() as db:
        keys = list(await db.exec(select(EvseRow.evse_id).where(col(EvseRow.location_key).endswith("/1"))))
    assert offered
    assert offered <= {places[key] for key in keys if key and key != POST}
    assert (await diagnose(ada, Symptom.NOT_STARTED, charging_session_id=charge))["id"] == first["id"]

    solved = await did(ada, elsewhere, helped=True)
    assert (solved["state"], solved["solved_by"], solved["next"]) == ("solved", "other_connector", None)
    over = await ada.http.post(steps, json={"step": "call_operator", "helped": False})
    assert (over.status_code, over.json()["code"]) == (409, "diagnosis-over")


@pytest.mark.capability("CK14")
async def test_two_failing_posts_make_one_incident_of_the_site(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """One failing post is a post; with a broken one beside it the operator is called at once, with one incident."""
    mine = await failed(app, ada, places[POST])
    assert (await diagnose(ada, Symptom.NOT_STARTED, charging_session_id=mine))["first_wrong"] is None
    async with app.work() as db:
        evse = (await db.exec(select(EvseRow).where(EvseRow.evse_id == "DE*ABC*E71*002"))).one()
        evse.status = "out_of_order"
        db.add(evse)
    for who in (ada, bob, bob):
        found = await diagnose(who, Symptom.NOT_STARTED, connector_id=places[POST])
    assert (found["first_wrong"], found["next"]["step"]) == ("site", "call_operator")
    assert found["next"]["actions"][0]["phone"] == "+49 711 0000"
    async with app.work() as db:
        incidents = list(await db.exec(select(StatusIncident).where(StatusIncident.kind == "site")))
    assert [each.reason for each in incidents] == ["several_chargers_fail"]


@pytest.mark.capability("CK18")
async def test_a_stuck_cable_begins_with_a_warning(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The warning comes before the step, in the driver's language; then lock, wait, and a request to unlock."""
    charge = (await ada.start(places[POST])).json()["id"]
    await charging(app, charge)
    ada.http.headers["Accept-Language"] = "de"
    found = await diagnose(ada, Symptom.STUCK_CABLE)
    assert found["safety_text"].startswith("Ziehen Sie nie mit Gewalt")
    steps = [found["next"]["step"]]
    while found["next"]["step"] not in ("ask_us", "ask_to_unlock"):
        app.clock.advance(30)
        found = await did(ada, found)
        steps.append(found["next"]["step"])
    assert steps == ["lock_and_unlock", "wait_for_lock", "ask_to_unlock"]
    assert found["next"]["actions"][0]["url"] == f"{SESSIONS}/{charge}/unlock-requests"


@pytest.mark.capability("EP08", "EP07", "CK04")
async def test_a_person_takes_over_with_the_case_written(app: App, ada: Someone, places: dict[str, str]) -> None:
    """What was checked and tried is in the case, once; somebody else's diagnosis does not exist."""
    charge = await failed(app, ada, places[POST])
    found = await did(ada, await diagnose(ada, Symptom.NOT_STARTED, charging_session_id=charge))
    assert [link["role"] for link in found["contact_chain"]] == ["operator", "platform"]
    url = f"/v1/help/diagnoses/{found['id']}/hand-over"
    handed = [(await ada.http.post(url, json={"said": "It blinks red."})).json() for _ in range(2)]
    assert handed[0] == handed[1]
    assert handed[0]["case_number"].startswith("C")
    async with app.work() as db:
        case = (await db.exec(select(SupportCase))).one()
        said = (await db.exec(select(SupportCaseEvent))).one()
    assert (case.charging_session_id, case.detail["tried"][0]["step"]) == (charge, "check_cable")
    assert next(check["name"] for check in case.detail["checks"]) == "balance"
    assert said.text == "It blinks red."


async def test_a_diagnosis_is_nobody_elses(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Reading it, going on with it, handing it over: for another driver there is none; nor is their charge."""
    charge = await failed(app, ada, places[POST])
    found = await diagnose(ada, Symptom.NOT_STARTED, charging_session_id=charge)
    url = f"/v1/help/diagnoses/{found['id']}"
    assert (await bob.http.get(url)).status_code == 404
    assert (await bob.http.post(f"{url}/steps", json={"step": "check_cable", "helped": True})).status_code == 404
    assert (await bob.http.post(f"{url}/hand-over", json={})).status_code == 404
    asked = await bob.http.post(DIAGNOSE, json={"symptom": "trouble", "charging_session_id": charge})
    assert asked.status_code == 404
    assert (await ada.http.get(url)).json()["id"] == found["id"]


@pytest.mark.capability("CK01")
async def test_the_way_to_help_has_an_order(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The operator with a number, our answers for the moment, then a form that knows the charge already."""
    before = (await ada.http.get("/v1/help/route")).json()["steps"]
    assert [step["step"] for step in before] == ["questions", "us"]
    charge = (await ada.start(places[POST])).json()["id"]
    await charging(app, charge)
    steps = (await ada.http.get("/v1/help/route")).json()["steps"]
    assert [step["step"] for step in steps] == ["operator", "questions", "us"]
    assert steps[0]["action"]["phone"] == "+49 711 0000"
    assert steps[1]["action"]["url"].endswith("phase=during")
    assert steps[2]["form"]["charging_session_id"] == charge


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_is_in_every_language(language: str) -> None:
    """Each step and each warning has a sentence of its own in each language."""
    texts = [step_text(step, language) for step in Step]
    assert all(text.endswith(".") for text in texts)
    assert len(set(texts)) == len(texts)
    assert text_keys() >= set(Step)
    assert diagnosis_text("never_force", language)
