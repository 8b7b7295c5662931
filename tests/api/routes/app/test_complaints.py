"""Complaints through HTTP: one key makes one, nobody sees another's, and a guest's link is enough."""

from typing import Any

import httpx
import pytest

from api.services.finance.receipt_link import receipt_token
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS, charging
from tests.api.routes.app.test_problems import checked
from tests.api.routes.app.test_quotes import euros

WRONG = {"cause": "wrong_price", "expected": euros(700), "text": "Too much."}


async def complain(http: httpx.AsyncClient, path: str, body: dict[str, Any], key: str = "k1") -> httpx.Response:
    """Send a complaint."""
    return await http.post(path, json=body, headers={"Idempotency-Key": key, "Accept-Language": "de"})


@pytest.mark.capability("CK24")
async def test_one_key_makes_one_complaint(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """The charge tells when, where and whose; repeated it is the same; nobody else may complain of it, or read it."""
    charge_id = (await ada.start(places[POST])).json()["id"]
    await charging(app, charge_id)
    path = f"{SESSIONS}/{charge_id}/complaints"

    first, again = await complain(ada.http, path, WRONG), await complain(ada.http, path, WRONG)
    shown = first.json()
    assert (first.status_code, again.json()["id"]) == (201, shown["id"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (shown["operator"], shown["expected"], shown["state"]) == ("Harbor Energy", euros(700), "waiting")
    assert (shown["language"], shown["text"][:29]) == ("de", "Die endgültige Rechnung ist n")
    assert shown["case_number"].startswith("C")
    checked(await complain(ada.http, path, WRONG, "k2"), 409, "complaint-open")
    checked(await complain(ada.http, path, WRONG | {"cause": "other"}), 422, "idempotency-key-reused")
    checked(await complain(bob.http, path, WRONG), 404, "unknown-charging-session")
    checked(await bob.http.get(f"/v1/complaints/{shown['id']}"), 404, "unknown-complaint")
    assert (await ada.http.get(f"/v1/complaints/{shown['id']}")).json() == shown
    assert (await ada.http.get(path)).json()["complaints"] == [shown]
    early = await ada.http.post(f"/v1/complaints/{shown['id']}/objection", json={"text": "no"})
    checked(early, 409, "complaint-step-not-possible")


@pytest.mark.capability("CK23")
async def test_a_guest_complains_with_the_link_of_their_receipt(
    app: App, ada: Someone, anyone: httpx.AsyncClient, places: dict[str, str]
) -> None:
    """No account is needed, and a forged link is nobody's; a hold that stands for a running charge answers itself."""
    charge_id = (await ada.start(places[POST])).json()["id"]
    await charging(app, charge_id)
    token = receipt_token(app.ports.policy, charge_id, app.clock.now())

    answered = await complain(anyone, f"/v1/guest-receipts/{token}/complaints", {"cause": "unreleased_hold"})
    shown = answered.json()
    assert (answered.status_code, shown["state"], shown["case_number"]) == (201, "answered", None)
    assert (shown["hold"]["charging_session_id"], shown["hold"]["language"]) == (charge_id, "de")
    forged = await complain(anyone, f"/v1/guest-receipts/{token[:-1]}x/complaints", WRONG)
    checked(forged, 404, "unknown-receipt-link")


async def test_without_a_charge_all_must_be_told(app: App, ada: Someone) -> None:
    """What is missing is told at once, amounts in two currencies are refused, and a whole one is a person's."""
    missing = checked(await complain(ada.http, "/v1/complaints", {"cause": "other"}), 422, "complaint-evidence-missing")
    assert missing["facts"]["missing"] == ["happened_at", "charger", "operator", "charged", "expected", "currency"]
    whole = WRONG | {
        "charged": euros(2000),
        "happened_at": "2026-03-01T08:00:00Z",
        "charger": "E1",
        "operator": "Harbor",
    }
    mixed = whole | {"charged": {"amount_minor": 2000, "currency": "CHF"}}
    checked(await complain(ada.http, "/v1/complaints", mixed), 422, "invalid-request")
    taken = await complain(ada.http, "/v1/complaints", whole)
    assert (taken.status_code, taken.json()["charging_session_id"]) == (201, None)
