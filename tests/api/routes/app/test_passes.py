"""Passes through HTTP, from the order to the block, and whom to ask about a badge."""

from datetime import datetime, timedelta

import pytest

from api.domain.roaming.token import Allowed
from api.models.passes import PassAuthorization
from api.services.drivers.contacts import set_badge_issuer
from api.services.finance.fleets import Buyer, add_fleet, join_fleet
from api.services.roaming.passes import Card, add_pass, ship_pass
from tests.api.routes.app.conftest import PARTNER, App, Someone
from tests.api.routes.app.happenings import POST
from tests.api.routes.app.test_problems import checked
from tests.fakes import START

PASSES = "/v1/me/passes"
HELP = "/v1/help/contact"
UNTIL = START + timedelta(days=900)


async def shipped(app: App, pass_id: str) -> str:
    """Ship a pass; return its code."""
    async with app.work() as db:
        _, code = await ship_pass(
            db=db, ports=app.ports, now=app.clock.now(), pass_id=pass_id, card=Card("04AA", "No. 7", UNTIL)
        )
    return code


@pytest.mark.capability("CM02", "CK20")
async def test_a_pass_from_the_order_to_the_block(app: App, ada: Someone) -> None:
    """Each answer says where the pass is, what comes next, and whether it can charge."""
    ordered = await ada.http.post(PASSES)
    assert ordered.status_code == 201, ordered.text
    pass_id = ordered.json()["id"]
    assert (await ada.http.post(PASSES)).json()["id"] == pass_id
    one = f"{PASSES}/{pass_id}"
    checked(await ada.http.post(f"{one}/confirm-receipt"), 409, "pass-step-refused")
    code = await shipped(app, pass_id)
    seen = [ordered.json()["status"], (await ada.http.get(one)).json()["status"]]
    seen.append((await ada.http.post(f"{one}/confirm-receipt")).json()["status"])
    wrong = checked(await ada.http.post(f"{one}/activate", json={"code": "AAAA-AAAA"}), 422, "pass-code-wrong")
    assert wrong["facts"] == {"tries_left": 9}
    active = (await ada.http.post(f"{one}/activate", json={"code": code})).json()
    assert (active["next_step"], active["text"], active["visual_number"]) == (None, None, "No. 7")
    seen += [active["status"], (await ada.http.post(f"{one}/block", json={"reason": "lost"})).json()["status"]]
    assert seen == ["ordered", "shipped", "received", "active", "blocked"]
    blocked = (await ada.http.get(one)).json()
    assert (blocked["block_reason"], blocked["usable"]["ok"]) == ("lost", False)
    assert "pass_blocked" in blocked["usable"]["reasons"]
    assert datetime.fromisoformat(active["valid_until"]) == UNTIL
    assert [each["id"] for each in (await ada.http.get(PASSES)).json()["passes"]] == [pass_id]


@pytest.mark.capability("CK20", "CM23")
async def test_a_pass_shows_where_it_was_seen_last(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The newest question of a charger, with our answer; and the number on the back, day and night."""
    async with app.work() as db:
        await add_pass(db=db, now=app.clock.now(), driver_id=ada.driver.id, uid="04BB")
    (listed,) = (await ada.http.get(PASSES)).json()["passes"]
    one = f"{PASSES}/{listed['id']}"
    assert (await ada.http.get(one)).json()["last_use"] is None
    app.clock.advance(60)
    async with app.work() as db:
        asked = PassAuthorization(
            id="aut_1",
            partner_id=PARTNER,
            token_uid="04BB",
            allowed=Allowed.NO_CREDIT,
            reason="no_card_saved",
            location_id="1",
            at=app.clock.now(),
        )
        db.add(asked)
    use = (await ada.http.get(one)).json()["last_use"]
    assert (use["allowed"], use["reason"], use["place"]) == (False, "no_card_saved", "Harbor Street 7, Stuttgart")


async def test_a_pass_is_nobody_elses(app: App, ada: Someone, bob: Someone) -> None:
    """With the id of another driver's pass every operation answers as for one that never was (X4)."""
    one = f"{PASSES}/{(await ada.http.post(PASSES)).json()['id']}"
    checked(await bob.http.get(one), 404, "pass-unknown")
    checked(await bob.http.post(f"{one}/confirm-receipt"), 404, "pass-unknown")
    checked(await bob.http.post(f"{one}/activate", json={"code": "AAAA"}), 404, "pass-unknown")
    checked(await bob.http.post(f"{one}/block", json={"reason": "lost"}), 404, "pass-unknown")
    assert (await bob.http.get(PASSES)).json()["passes"] == []


@pytest.mark.capability("CK22", "CK32")
async def test_the_badge_decides_whom_to_ask(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Fleet: its manager; another provider's badge: its issuer; the app, and what nobody knows: the operator."""
    await ada.start(places[POST])
    now = app.clock.now()
    async with app.work() as db:
        await add_pass(db=db, now=now, driver_id=ada.driver.id, uid="04CC")
        await add_pass(db=db, now=now, driver_id=bob.driver.id, uid="04DD")
        await set_badge_issuer(
            db=db, now=now, country_code="fr", party_id="xyz", name="Cards", reach={"phone": "+33 1 0000"}
        )

    async def whom(**asked: str) -> tuple[str, str, str | None]:
        answer = (await ada.http.get(HELP, params=asked)).json()
        return answer["who"], answer["why"], answer["phone"]

    operator = "+49 711 0000"
    assert (await whom(token_uid="04cc"))[:2] == ("issuer", "badge_of_ours")
    assert await whom(channel="emsp_badge", contract_id="FR-XYZ-C1234") == ("issuer", "badge_of_issuer", "+33 1 0000")
    assert await whom(channel="emsp_badge", contract_id="FR-QQQ-C1234") == ("operator", "issuer_unknown", operator)
    assert await whom(channel="operator_app") == ("operator", "app_of_operator", operator)
    assert await whom(token_uid="04DD") == ("operator", "issuer_unknown", operator)
    buyer = Buyer("Fleet Ltd", "Street 1", "70000", "Town", "DE", "EUR", email="fleet@example.com")
    async with app.work() as db:
        fleet = await add_fleet(db=db, ports=app.ports, now=now, buyer=buyer)
        await db.flush()
        await join_fleet(db=db, now=now, fleet_account_id=fleet.id, driver_id=ada.driver.id)
    for asked in ({"token_uid": "04CC"}, {"channel": "fleet_badge"}):
        answer = (await ada.http.get(HELP, params=asked)).json()
        assert (answer["who"], answer["name"], answer["email"]) == ("fleet_manager", "Fleet Ltd", "fleet@example.com")


@pytest.mark.capability("CK22")
async def test_without_a_charger_we_are_asked(ada: Someone) -> None:
    """Somebody answers always: our own address, where no charge tells of an operator."""
    answer = (await ada.http.get(HELP)).json()
    assert (answer["who"], answer["why"]) == ("us", "charger_unknown")
    assert answer["email"]
