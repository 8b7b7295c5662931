"""Cases over HTTP: opened once, seen by nobody else, and never with what is written for staff only."""

from typing import Any

import httpx
import pytest

from api.domain.support.case import CaseEventKind
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_problems import checked
from tests.cases import AGENT, a_case, staff_does

CASES = "/v1/cases"
NEW: dict[str, Any] = {"kind": "driver", "topic": "app", "description": "It shows nothing.\nSince today."}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


async def opened(someone: Someone, key: str = "case-1", **fields: Any) -> dict[str, Any]:
    """Open a case and return it."""
    answer = await someone.http.post(CASES, json=NEW | fields, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def of_case(someone: Someone, case: dict[str, Any], **headers: str) -> httpx.Response:
    """Ask for a case."""
    return await someone.http.get(f"{CASES}/{case['id']}", headers=headers)


@pytest.mark.capability("CN02", "CN04", "CN06", "EP11")
async def test_a_case_is_opened_once_with_all_it_must_hold(app: App, ada: Someone) -> None:
    """The account fills in who it is, with its number; the same key is the same case, and another body is refused."""
    case = await opened(ada)
    assert (case["state"], case["level"], case["sla_level"], case["title"]) == (
        "open",
        1,
        "standard",
        "It shows nothing.",
    )
    assert case["expected_at"] == "2026-03-05T09:00:00Z"
    assert case["owner"]["who"] == "us"
    assert (await opened(ada))["number"] == case["number"]
    again = await ada.http.post(CASES, json=NEW | {"topic": "badge"}, headers={"Idempotency-Key": "case-1"})
    checked(again, 422, "idempotency-key-reused")
    async with app.work() as db:
        rows = (await (await db.connection()).exec_driver_sql("SELECT account_number, channel FROM support_case")).all()
    assert [tuple(row) for row in rows] == [(ada.driver.account_number, "app")]


@pytest.mark.capability("CP12", "CN03")
@pytest.mark.parametrize(
    ("kind", "topic", "missing"),
    [
        ("driver", "payment", ["date", "amount"]),
        ("business", "invoice", ["company", "country", "invoice_number"]),
        ("owner", "site_fault", ["site", "charger", "phone"]),
    ],
)
async def test_each_audience_has_a_form_of_its_own(ada: Someone, kind: str, topic: str, missing: list[str]) -> None:
    """What a form lacks is named, all of it at once; a topic of another form is none."""
    body = NEW | {"kind": kind, "topic": topic}
    answer = await ada.http.post(CASES, json=body, headers={"Idempotency-Key": "k"})
    assert checked(answer, 422, "form-incomplete")["facts"] == {"missing": missing, "unusable": []}
    shown = (await ada.http.get("/v1/case-form", params={"kind": kind, "topic": topic})).json()
    assert set(missing) == set(shown["required"]) - {"description", "email", "name"}
    assert shown["known"]["email"] == "ada@example.com"
    wrong = await ada.http.post(CASES, json=NEW | {"kind": "business"}, headers={"Idempotency-Key": "k"})
    assert "fleet" in checked(wrong, 422, "topic-unknown")["facts"]["topics"]


@pytest.mark.capability("CK04", "EP09", "CK31")
async def test_a_case_of_a_charge_is_filled_in_and_goes_to_who_runs_the_charger(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """The operator gets which charger it is and what the driver agreed to, and the driver reads who has the case."""
    charge = (await ada.start(places[POST])).json()["id"]
    about = {"topic": "charger", "charging_session_id": charge, "share_with_operator": ["description"]}
    case = await opened(ada, **about)
    assert case["detail"]["charger"] == "DE*ABC*E71*001"
    assert (case["owner"]["who"], case["owner"]["operator"]) == ("operator", "Harbor Energy")
    handed = next(each for each in case["timeline"] if each["kind"] == "handed_over")
    assert {"description", "evse_id"} <= set(handed["detail"]["shared"])
    assert not {"name", "contact"} & set(handed["detail"]["shared"])
    assert (await opened(ada, "2", topic="payment", charging_session_id=charge, fields={"amount": "10 EUR"}))["owner"][
        "who"
    ] == "us"
    theirs = await bob.http.post(CASES, json=NEW | about, headers={"Idempotency-Key": "b"})
    checked(theirs, 404, "unknown-charging-session")


@pytest.mark.capability("CN14")
async def test_nobody_else_sees_a_case_and_nobody_sees_notes(app: App, ada: Someone, bob: Someone) -> None:
    """Another driver finds nothing by any way; its own sees neither notes nor names of staff nor links to others."""
    case = await opened(ada)
    for kind in (CaseEventKind.NOTE, CaseEventKind.LINKED, CaseEventKind.OUTSIDE):
        await staff_does(app.work, app.ports, case["id"], kind, "Between us: a difficult one", public=False, secret=1)
    await staff_does(app.work, app.ports, case["id"], CaseEventKind.TO_CUSTOMER, "We look at it.", internal="hidden")
    shown = await of_case(ada, case)
    assert "We look at it." in shown.text
    assert [word for word in ("Between us", AGENT, "hidden", "secret", "linked") if word in shown.text] == []
    file = await ada.http.post(f"{CASES}/{case['id']}/attachments", params={"name": "x.png"}, content=PNG)
    path = f"{CASES}/{case['id']}"
    for method, url, body in (
        ("GET", path, None),
        ("POST", f"{path}/replies", {"text": "Me too"}),
        ("POST", f"{path}/steps", {"step": "withdraw"}),
        ("POST", f"{path}/survey", {"score": 1}),
        ("GET", f"{path}/attachments/{file.json()['id']}", None),
    ):
        answer = await bob.http.request(method, url, json=body, headers={"Idempotency-Key": "k", "If-Match": "*"})
        checked(answer, 404, "unknown-case")
    checked(await bob.http.post(f"{path}/attachments", content=PNG), 404, "unknown-case")
    assert (await bob.http.get(CASES)).json() == {"cases": []}
    other = await a_case(app.work, app.ports)
    checked(await ada.http.get(f"{CASES}/{other.id}"), 404, "unknown-case")


@pytest.mark.capability("CN16", "CN21")
async def test_the_driver_has_the_last_word(app: App, ada: Someone) -> None:
    """Not solved opens it again; confirmed closes it, and then one question is answered once."""
    case = await opened(ada)
    path, tag = f"{CASES}/{case['id']}", (await of_case(ada, case)).headers["etag"]
    await staff_does(app.work, app.ports, case["id"], CaseEventKind.RESOLVED, "Restarted it.")
    step = {"step": "reject", "text": "No"}
    checked(await ada.http.post(f"{path}/steps", json=step), 428, "precondition-missing")
    checked(await ada.http.post(f"{path}/steps", json=step, headers={"If-Match": tag}), 412, "precondition-failed")
    checked(await ada.http.post(f"{path}/survey", json={"score": 5}), 409, "survey-not-open")
    now = (await of_case(ada, case)).headers["etag"]
    answer = await ada.http.post(f"{path}/steps", json=step, headers={"If-Match": now})
    assert (answer.json()["state"], answer.json()["can"]) == ("open", ["reply", "withdraw"])
    await staff_does(app.work, app.ports, case["id"], CaseEventKind.RESOLVED, "Now it works.")
    closed = await ada.http.post(f"{path}/steps", json={"step": "confirm"}, headers={"If-Match": "*"})
    assert (closed.json()["state"], closed.json()["closed_as"], closed.json()["can"]) == (
        "closed",
        "confirmed",
        ["survey"],
    )
    assert (await ada.http.post(f"{path}/survey", json={"score": 4})).json()["survey_score"] == 4
    checked(await ada.http.post(f"{path}/survey", json={"score": 1}), 409, "survey-answered")
    late = await ada.http.post(f"{path}/replies", json={"text": "Hello?"}, headers={"Idempotency-Key": "r"})
    checked(late, 409, "case-step-not-possible")


@pytest.mark.capability("CN14")
async def test_what_is_new_is_read_and_what_is_repeated_is_written_once(app: App, ada: Someone) -> None:
    """The ETag answers 304 until something happens; a repeated reply is one."""
    case = await opened(ada)
    tag = (await of_case(ada, case)).headers["etag"]
    assert (await of_case(ada, case, **{"If-None-Match": tag})).status_code == 304
    for _ in range(2):
        sent = {"text": "It happened again."}
        await ada.http.post(f"{CASES}/{case['id']}/replies", json=sent, headers={"Idempotency-Key": "reply"})
    shown = await of_case(ada, case, **{"If-None-Match": tag})
    assert [each["text"] for each in shown.json()["timeline"]][1:] == ["It happened again."]


@pytest.mark.capability("CK31")
async def test_files_are_what_their_bytes_are(ada: Someone) -> None:
    """A page that calls itself a picture is refused, a picture keeps its kind, and none is ever shown in a page."""
    case = await opened(ada)
    path = f"{CASES}/{case['id']}/attachments"
    page = await ada.http.post(path, params={"name": "x.png"}, content=b"<html><script>alert(1)</script>")
    checked(page, 422, "file-kind-unknown")
    checked(await ada.http.post(path, content=PNG + bytes(5 * 1024 * 1024)), 413, "file-too-large")
    checked(await ada.http.post(path, content=PNG + bytes(6 * 1024 * 1024)), 413, "body-too-large")
    added = (await ada.http.post(path, params={"name": "../../a\u202e.html"}, content=PNG)).json()
    assert (added["media_type"], added["name"].endswith(".png"), "/" in added["name"]) == ("image/png", True, False)
    assert (await ada.http.post(path, params={"name": "again.png"}, content=PNG)).json()["id"] == added["id"]
    got = await ada.http.get(f"{path}/{added['id']}")
    assert (got.content, got.headers["x-content-type-options"]) == (PNG, "nosniff")
    assert got.headers["content-disposition"].startswith("attachment")
    shown = (await of_case(ada, case)).json()
    assert [each["id"] for each in shown["attachments"]] == [added["id"]]
