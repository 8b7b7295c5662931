"""Notices over HTTP: words, devices, preferences with their ETag, and the events of back ends."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from api.domain.notices.kinds import KINDS
from api.domain.notices.webhook_signature import sign
from api.models.notice import PushDevice
from api.services.notices.tell import tell_driver
from api.services.webhooks.endpoints import add_endpoint
from tests.api.routes.app.conftest import App, Someone

PREFERENCES = "/v1/me/notification-preferences"
DEVICE = "/v1/devices/7d1f0c52-8f1b-4c38"
FCM = {"platform": "fcm", "token": "fcm-registration-token", "language": "de"}
KEYS = {"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
CHOICE: dict[str, Any] = {"quiet_hours": None, "walking_minutes": 9, "battery_percent": 90, "kinds": {}}


async def tell(app: App, someone: Someone, message: str, **detail: object) -> str:
    """Tell a driver, and return the notice's id."""
    async with app.work() as db:
        now, driver_id = app.clock.now(), someone.driver.id
        row = await tell_driver(
            db=db, ports=app.ports, now=now, driver_id=driver_id, message=message, detail=dict(detail)
        )
    assert row is not None
    return row.id


async def test_notices_come_in_words(app: App, ada: Someone) -> None:
    """In the language that the app asks for, else the driver's; the kind and its numbers stand beside."""
    await tell(app, ada, "payment_due", amount_minor=1234, currency="EUR")
    answer = await ada.http.get("/v1/notices", headers={"Accept-Language": "sv-SE"})
    (notice,) = answer.json()["notices"]
    assert answer.headers["content-language"] == "sv"
    assert (notice["message"], notice["text_key"], notice["title"]) == (
        "payment_due",
        "payment_due",
        "En betalning är öppen",
    )
    assert notice["text"].startswith("12,34 EUR återstår")
    (plain,) = (await ada.http.get("/v1/notices")).json()["notices"]
    assert plain["title"] == "A payment is open"


async def test_reading_a_notice(app: App, ada: Someone, bob: Someone) -> None:
    """It and all before it are read; somebody else's is not there."""
    await tell(app, ada, "wallet_low")
    newest = await tell(app, ada, "wallet_topped_up")
    assert (await bob.http.post(f"/v1/notices/{newest}/read")).status_code == 404
    assert (await ada.http.post(f"/v1/notices/{newest}/read")).status_code == 204
    assert all(each["read_at"] for each in (await ada.http.get("/v1/notices")).json()["notices"])


async def test_the_words_are_for_everybody(anyone: httpx.AsyncClient) -> None:
    """An app bundles them before anybody signs in."""
    body = (await anyone.get("/v1/notice-texts")).json()
    assert set(body["kinds"]) == set(KINDS)
    assert body["texts"]["unplug.vehicle"]["nb"]["title"] == "Bilen lader ikke lenger"


@pytest.mark.capability("A27")
async def test_a_device_lives_as_long_as_its_sign_in(app: App, ada: Someone) -> None:
    """Registered, changed, listed without its token, and gone with the sign-out."""
    assert (await ada.http.put(DEVICE, json=FCM)).json()["off_because"] is None
    assert (await ada.http.put(DEVICE, json=FCM | {"language": "fr"})).json()["language"] == "fr"
    listed = (await ada.http.get("/v1/devices")).json()
    assert ([each["id"] for each in listed["devices"]], "fcm-registration" in str(listed)) == (
        ["7d1f0c52-8f1b-4c38"],
        False,
    )
    await ada.http.post("/v1/sign-out", json={"refresh_token": ada.tokens["refresh_token"]})
    async with app.work() as db:
        assert list(await db.exec(select(PushDevice))) == []


async def test_a_device_is_removed_once(ada: Someone, bob: Someone) -> None:
    """By its driver and by nobody else."""
    await ada.http.put(DEVICE, json=FCM)
    assert [(await each.http.delete(DEVICE)).status_code for each in (bob, ada, ada)] == [404, 204, 404]


@pytest.mark.parametrize(
    "body",
    [
        FCM | {"keys": KEYS},
        {"platform": "web_push", "token": "https://push.example.com/abc"},
        {"platform": "web_push", "token": "http://push.example.com/abc", "keys": KEYS},
        {"platform": "apns", "token": "../../../../etc/passwd"},
        {"platform": "fcm", "token": "a token with blanks in it"},
        {"platform": "pager", "token": "0123456789abcdef"},
        FCM | {"language": "<b>"},
    ],
)
async def test_a_token_that_is_none_is_refused(ada: Someone, body: dict[str, Any]) -> None:
    """What could not have come from the platform is not stored."""
    assert (await ada.http.put(DEVICE, json=body)).status_code == 422


async def test_browsers_and_phones_of_apple_register_too(ada: Someone) -> None:
    """With their keys, and with hexadecimal tokens."""
    browser = {"platform": "web_push", "token": "https://push.example.com/abc", "keys": KEYS}
    assert (await ada.http.put(DEVICE, json=browser)).status_code == 200
    phone = {"platform": "apns", "token": "0aF" * 20}
    assert (await ada.http.put("/v1/devices/another-device", json=phone)).status_code == 200
    assert (await ada.http.get("/v1/devices")).json()["web_push_public_key"]


@pytest.mark.capability("A28")
async def test_preferences_are_read_changed_and_guarded(ada: Someone) -> None:
    """Defaults first; a change names what it changes; a second change of the same is refused; 304 for who has it."""
    first = await ada.http.get(PREFERENCES)
    assert first.json()["quiet_hours"] == {"starts_at": "22:00", "ends_at": "07:00"}
    assert first.json()["kinds"]["unplug"] == {"push": True, "email": False, "weight": "money"}
    etag = first.headers["etag"]
    assert (await ada.http.get(PREFERENCES, headers={"If-None-Match": etag})).status_code == 304

    chosen = CHOICE | {"kinds": {"unplug": {"push": True, "email": True}}}
    assert (await ada.http.put(PREFERENCES, json=chosen)).status_code == 428
    changed = await ada.http.put(PREFERENCES, json=chosen, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["kinds"]["unplug"]["email"], changed.json()["walking_minutes"]) == (True, 9)
    again = await ada.http.put(PREFERENCES, json=CHOICE, headers={"If-Match": etag})
    assert (again.status_code, again.json()["code"]) == (412, "precondition-failed")
    for nonsense in ("*", '"notices-1', "x", '"notices-01"'):
        refused = await ada.http.put(PREFERENCES, json=CHOICE, headers={"If-Match": nonsense})
        assert refused.status_code == 412
    shown = await ada.http.get(PREFERENCES)
    assert (shown.headers["etag"], shown.json()) == (changed.headers["etag"], changed.json())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": {"unplugg": {"push": True, "email": True}}},
        {"kinds": {"unplug": {"push": "perhaps", "email": True}}},
        {"quiet_hours": {"starts_at": "25:00", "ends_at": "07:00"}},
        {"walking_minutes": -1},
        {"battery_percent": 101},
    ],
)
async def test_a_choice_that_is_none_is_refused(ada: Someone, wrong: dict[str, Any]) -> None:
    """Unknown kinds, hours that no clock shows, numbers out of bounds."""
    refused = await ada.http.put(PREFERENCES, json=CHOICE | wrong, headers={"If-Match": '"notices-0"'})
    assert refused.status_code == 422


@pytest.mark.capability("A29")
async def test_a_back_end_lists_what_it_missed(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """With its own signature over path and query; another query, or the token of a driver, opens nothing."""
    async with app.work() as db:
        endpoint, secret = await add_endpoint(
            db=db, ports=app.ports, now=app.clock.now(), url="https://app.example.com/hooks"
        )
    for _ in range(3):
        await tell(app, ada, "wallet_low")
    app.clock.advance(20)

    async def ask(client: httpx.AsyncClient, path: str, *, signed: str | None = None) -> httpx.Response:
        signature = sign([secret], now=app.clock.now(), body=(signed or path).encode())
        headers = {"Chargehand-Endpoint": endpoint.id, "Chargehand-Signature": signature}
        return await client.get(path, headers=headers)

    first = (await ask(anyone, "/v1/webhook-events?limit=2")).json()
    assert (len(first["events"]), first["has_more"]) == (2, True)
    rest = (await ask(anyone, f"/v1/webhook-events?after={first['events'][-1]['id']}")).json()
    assert (len(rest["events"]), rest["has_more"]) == (1, False)
    assert {each["type"] for each in rest["events"]} == {"notice.created"}

    assert (await ask(anyone, "/v1/webhook-events?limit=3", signed="/v1/webhook-events?limit=2")).status_code == 401
    assert (await ask(anyone, "/v1/webhook-events?after=wev_none")).status_code == 404
    assert (await ada.http.get("/v1/webhook-events")).status_code == 401
