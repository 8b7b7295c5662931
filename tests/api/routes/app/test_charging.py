"""Starting, polling, stopping: one tap, one charge; a poll that changes nothing reads nothing; nobody sees others'."""

import asyncio

import httpx
import pytest
from sqlalchemy import func
from sqlmodel import select

from api.models.charging import ChargingSession, Quote
from api.models.location import EvseRow
from api.models.payment import HoldRow, PaymentOperation
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS, charging


@pytest.mark.capability("CM12", "CK32", "A08")
async def test_start_is_accepted_at_once(app: App, ada: Someone, places: dict[str, str]) -> None:
    """A start answers 202 with the address of the charge, which can be polled there (A08, CM12)."""
    answer = await ada.start(places[POST])
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["status"] == "start_requested"
    assert body["id"].startswith("chs_")
    assert answer.headers["location"] == body["url"] == f"{SESSIONS}/{body['id']}"
    assert "idempotent-replayed" not in answer.headers
    shown = (await ada.http.get(body["url"])).json()
    assert shown["status"] == "awaiting_hold"
    assert shown["hold"]["amount"] == body["hold"]
    assert shown["place"]["operator"] == {"name": "Harbor Energy", "website": None, "phone": "+49 711 0000"}
    assert shown["place"]["time_zone"] == "Europe/Berlin"


@pytest.mark.capability("CM12", "A06")
async def test_fifty_taps_make_one_charge(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Fifty parallel starts with one key: one charge, one hold, one operation; each answer is it, or "in flight"."""
    quote = (await ada.quote(places[POST])).json()
    body = {"quote_id": quote["id"], "consent": quote["hold"]}

    async def tap() -> httpx.Response:
        return await ada.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "tap"})

    answers = await asyncio.gather(*(tap() for _ in range(50)))
    assert {each.status_code for each in answers} <= {202, 409}
    accepted = [each for each in answers if each.status_code == 202]
    assert len({each.content for each in accepted}) == 1
    assert len([each for each in accepted if "idempotent-replayed" not in each.headers]) == 1
    assert {each.json()["code"] for each in answers if each.status_code == 409} <= {"request-in-flight"}
    async with app.work() as db:
        for table in (ChargingSession, HoldRow, PaymentOperation):
            assert (await db.exec(select(func.count()).select_from(table))).one() == 1
    again = await tap()
    assert again.content == accepted[0].content
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.capability("A07")
async def test_a_replay_keeps_its_body_when_the_charge_moved_on(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Hours later the same key still gets the same bytes, marked as a replay (A07)."""
    quote = (await ada.quote(places[POST])).json()
    body = {"quote_id": quote["id"], "consent": quote["hold"]}
    first = await ada.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "k"})
    await charging(app, first.json()["id"])
    again = await ada.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.capability("A06")
async def test_a_key_serves_one_request_only(ada: Someone, places: dict[str, str]) -> None:
    """The same key with another payload is refused with 422, and no key at all with 400 (A06)."""
    quote = (await ada.quote(places[POST])).json()
    body = {"quote_id": quote["id"], "consent": quote["hold"]}
    await ada.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "k"})
    other = await ada.http.post(SESSIONS, json=body | {"accept_unknown_price": True}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "a b"}, {"Idempotency-Key": "x" * 256}):
        missing = await ada.http.post(SESSIONS, json=body, headers=headers)
        assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-missing")


async def test_keys_of_two_drivers_are_two_keys(ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Another driver who happens to use the same key makes a charge of their own."""
    first = await ada.start(places[POST], key="same")
    second = await bob.start(places["DE*ABC*E71*002"], key="same")
    assert first.status_code == 202
    assert second.status_code in {202, 403}, "the second post has no price, so the start may ask for consent"
    assert second.status_code == 403
    assert second.json()["code"] == "price-unknown"


async def test_a_failed_start_may_be_repeated_with_its_key(app: App, ada: Someone, places: dict[str, str]) -> None:
    """A refused start leaves nothing behind: the same key works once the cause is gone."""
    quote = (await ada.quote(places["DE*ABC*E71*002"])).json()
    price = quote["price"]
    assert (price["known"], price["unknown_because"]) == (False, "operator_published_no_price")
    assert (price["components"], price["estimate"], price["stay"]) == ([], None, None)
    body = {"quote_id": quote["id"], "consent": quote["hold"]}
    refused = await ada.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["next_action"]) == (403, "confirm")
    agreed = await ada.http.post(SESSIONS, json=body | {"accept_unknown_price": True}, headers={"Idempotency-Key": "k"})
    assert agreed.status_code == 202


@pytest.mark.capability("CM13")
async def test_refusals_of_a_start(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Another amount, another driver's quote, a used or expired quote, a busy connector: each its own problem."""
    quote = (await ada.quote(places[POST])).json()
    other_amount = {"amount_minor": quote["hold"]["amount_minor"] - 1, "currency": "EUR"}

    async def start(who: Someone, quote_id: str, consent: object, key: str) -> tuple[int, str]:
        answer = await who.http.post(
            SESSIONS, json={"quote_id": quote_id, "consent": consent}, headers={"Idempotency-Key": key}
        )
        return answer.status_code, answer.json().get("code", "")

    assert await start(ada, quote["id"], other_amount, "1") == (422, "consent-differs")
    assert await start(bob, quote["id"], quote["hold"], "2") == (404, "unknown-quote")
    assert (await start(ada, quote["id"], quote["hold"], "3"))[0] == 202
    assert await start(ada, quote["id"], quote["hold"], "4") == (409, "quote-expired")
    theirs = (await bob.quote(places[POST])).json()
    assert await start(bob, theirs["id"], theirs["hold"], "5") == (409, "connector-busy")
    late = (await bob.quote(places[POST])).json()
    await at_a_quarter_past(app, bob)
    assert await start(bob, late["id"], late["hold"], "6") == (409, "quote-expired")


async def at_a_quarter_past(app: App, who: Someone) -> None:
    """Let a quote run out, with an access token that did not."""
    app.clock.advance(890)
    tokens = (await who.http.post("/v1/token-refreshes", json={"refresh_token": who.tokens["refresh_token"]})).json()
    who.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    app.clock.advance(11)


@pytest.mark.capability("CM13")
async def test_a_quote_that_ran_out_brings_a_fresh_one(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The refusal carries a quote for the same connector and plan, to be accepted as it is, with the same key."""
    wish = {"visual_id": "001", "energy_kwh": "12.5", "idle_minutes": 30, "hold_cap_minor": 4000}
    old = (await ada.quote(places[POST], **wish)).json()
    await at_a_quarter_past(app, ada)
    body = {"quote_id": old["id"], "consent": old["hold"]}
    refused = await ada.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "k", "Accept-Language": "de"})
    assert (refused.status_code, refused.json()["code"]) == (409, "quote-expired")
    assert refused.json()["facts"]["reason"] == "too_old"
    fresh = refused.json()["facts"]["quote"]
    assert fresh["id"] != old["id"]
    assert fresh["expires_at"] > old["expires_at"]
    assert fresh["start_text"] != old["start_text"], "in the language of the request"
    same = ("connector_id", "visual_id", "price", "hold", "hold_details", "payers")
    ours, theirs = ({name: each[name] for name in same} for each in (fresh, old))
    assert {name for name in same if ours[name] != theirs[name]} <= {"price"}, "moments in it move on with the clock"
    assert ours["price"]["estimate"]["total"] == theirs["price"]["estimate"]["total"]
    agreed = {"quote_id": fresh["id"], "consent": fresh["hold"]}
    assert (await ada.http.post(SESSIONS, json=agreed, headers={"Idempotency-Key": "k"})).status_code == 202


@pytest.mark.capability("CM13")
async def test_no_fresh_quote_where_no_start_is_possible(
    app: App, ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """A used quote, and one whose post cannot be started any more, are refused without another."""
    quote = (await ada.quote(places[POST])).json()
    gone = (await bob.quote(places[POST])).json()
    await at_a_quarter_past(app, bob)
    async with app.work() as db:
        evse = (await db.exec(select(EvseRow).where(EvseRow.evse_id == POST))).one()
        evse.capabilities = []
        db.add(evse)
    body = {"quote_id": gone["id"], "consent": gone["hold"]}
    refused = await bob.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["facts"]) == (409, {"reason": "too_old"})
    app.clock.advance(-901)
    async with app.work() as db:
        used = await db.get_one(Quote, quote["id"])
        used.accepted_at = app.clock.now()
        db.add(used)
    body = {"quote_id": quote["id"], "consent": quote["hold"]}
    refused = await ada.http.post(SESSIONS, json=body, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["facts"]) == (409, {"reason": "used"})


@pytest.mark.capability("CM17")
async def test_a_stop_wants_to_be_confirmed(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Without ``confirm`` nothing is sent and the answer carries energy and cost (CM17); repeating is harmless."""
    started = (await ada.start(places[POST])).json()
    await charging(app, started["id"])
    asked = await ada.http.post(f"{started['url']}/stop", json={})
    assert (asked.status_code, asked.json()["code"]) == (409, "confirmation-required")
    assert asked.json()["next_action"] == "confirm"
    assert set(asked.json()["facts"]) >= {"kwh", "running"}
    assert (await ada.http.get(started["url"])).json()["status"] == "charging"
    for _ in range(2):
        stopped = await ada.http.post(f"{started['url']}/stop", json={"confirm": True})
        assert (stopped.status_code, stopped.json()["status"]) == (202, "stop_requested")


async def test_giving_up_before_the_start(ada: Someone, places: dict[str, str]) -> None:
    """A charge that has not begun can be given up, once and for all."""
    started = (await ada.start(places[POST])).json()
    for _ in range(2):
        given_up = await ada.http.post(f"{started['url']}/cancel")
        assert given_up.status_code == 202, given_up.text
        assert given_up.json()["status"] == "abandoned"
    assert (await ada.http.get(f"{SESSIONS}/active")).json()["charging_session"] is None


async def test_another_drivers_charge_does_not_exist(ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Reading, stopping, following or canceling somebody else's charge answers 404, as for an id nobody has."""
    url = (await ada.start(places[POST])).json()["url"]
    for path in (url, f"{SESSIONS}/chs_nobody"):
        answers = [
            await bob.http.get(path),
            await bob.http.get(f"{path}/events"),
            await bob.http.get(f"{path}/timeline"),
            await bob.http.get(f"{path}/receipt"),
            await bob.http.post(f"{path}/stop", json={"confirm": True}),
            await bob.http.post(f"{path}/cancel"),
        ]
        assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "unknown-charging-session")}
    assert (await bob.http.get(SESSIONS)).json()["charging_sessions"] == []
    assert (await ada.http.get(url)).json()["status"] == "awaiting_hold"


@pytest.mark.capability("A09")
async def test_pages_hold_still_while_charges_are_added(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Paging by cursor shows each old charge once, though a new one starts in between (A09); forged cursors are 400."""
    ids = []
    for number in range(4):
        app.clock.advance(1)
        started = (await ada.start(places[POST], key=f"k{number}")).json()
        ids.append(started["id"])
        await ada.http.post(f"{started['url']}/cancel")
        if number == 2:
            page = (await ada.http.get(SESSIONS, params={"limit": 2})).json()
    assert [each["id"] for each in page["charging_sessions"]] == [ids[2], ids[1]]
    rest = (await ada.http.get(SESSIONS, params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [each["id"] for each in rest["charging_sessions"]] == [ids[0]]
    assert rest["next_cursor"] is None
    for cursor in ("", "x", "x.y", page["next_cursor"][:-1], page["next_cursor"].replace(".", "A."), "ä.ö"):
        refused = await ada.http.get(SESSIONS, params={"cursor": cursor})
        assert (refused.status_code, refused.json()["code"]) == (400, "cursor-refused")


async def test_the_timeline_and_the_missing_receipt(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The timeline tells what happened in order; a receipt is 404 and retryable until the price is final."""
    started = (await ada.start(places[POST])).json()
    await charging(app, started["id"])
    steps = (await ada.http.get(f"{started['url']}/timeline")).json()["steps"]
    assert [each["what"] for each in steps] == ["hold_placed", "start_accepted", "session_seen"]
    assert all(each["at"].endswith("Z") for each in steps)
    missing = await ada.http.get(f"{started['url']}/receipt")
    assert (missing.status_code, missing.json()["code"], missing.json()["retryable"]) == (404, "no-receipt-yet", True)
