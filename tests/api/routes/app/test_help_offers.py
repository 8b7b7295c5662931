"""Help at a price over HTTP: shown before it is agreed to, paid once under a key, and nobody else's (EP10)."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.domain.finance.finding import Actor
from api.domain.support.case import CaseKind, Channel
from api.models.support import SupportCase
from api.services.support.help_offers import offer_help
from api.services.support.open import Customer, NewCase, open_case
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.test_wallet import tops_up

AGENT = Actor("Lena First", frozenset({"support_1"}))


async def an_offer(app: App, someone: Someone) -> str:
    """Open a case of a driver and offer help in it for 19 francs; return the path of the offer."""
    ports = replace(app.ports, policy=replace(app.ports.policy, help_prices={"CHF": 1900}))
    new = NewCase(
        kind=CaseKind.DRIVER,
        topic="charger",
        queue="drivers",
        channel=Channel.APP,
        customer=Customer(driver_id=someone.driver.id),
        title="Cable is stuck",
        description="Since ten minutes",
    )
    now = app.clock.now()
    async with app.work() as db:
        case: SupportCase = await open_case(db=db, ports=ports, now=now, new=new)
        facts: dict[str, Any] = {"case_id": case.id, "version": case.version, "by": AGENT}
        offer = await offer_help(db=db, ports=ports, now=now, currency="CHF", text="Free the cable", **facts)
    return f"/v1/cases/{case.id}/help-offers/{offer.id}"


async def says_yes(someone: Someone, path: str, key: str = "yes-1", minor: int = 1900) -> httpx.Response:
    """Agree to an amount."""
    body = {"consent": {"amount_minor": minor, "currency": "CHF"}, "text_version": "2026-11"}
    return await someone.http.post(f"{path}/accept", json=body, headers={"Idempotency-Key": key})


@pytest.mark.capability("EP10")
async def test_it_is_shown_whole_and_paid_once(app: App, ada: Someone) -> None:
    """Price, tax and text are shown first; the same key answers the same, another one finds it answered."""
    await tops_up(ada)
    path = await an_offer(app, ada)
    (shown,) = (await ada.http.get(path.rpartition("/")[0])).json()["help_offers"]
    assert (shown["amount"], shown["state"]) == ({"amount_minor": 1900, "currency": "CHF"}, "offered")
    assert (shown["vat_percent"], shown["vat"]["amount_minor"]) == ("19", 303)
    assert "taken from your wallet once" in shown["text"]

    first, again = await says_yes(ada, path), await says_yes(ada, path)
    other, changed = await says_yes(ada, path, "yes-2"), await says_yes(ada, path, minor=1)
    assert first.status_code == 200, first.text
    assert (first.json()["state"], again.json()) == ("accepted", first.json())
    assert (other.status_code, other.json()["code"]) == (409, "help-offer-over")
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency-key-reused")
    page = (await ada.http.get("/v1/wallet/movements", params={"currency": "CHF"})).json()["movements"]
    assert [(each["kind"], each["amount"]["amount_minor"]) for each in page] == [("help", -1900), ("top_up", 5000)]
    paper = (await ada.http.get(f"/v1/receipts/{first.json()['receipt_id']}")).json()
    assert paper["paper"]["total"] == {"amount_minor": 1900, "currency": "CHF"}


@pytest.mark.capability("EP10")
async def test_who_cannot_pay_or_does_not_want_to_pays_nothing(app: App, ada: Someone) -> None:
    """An empty wallet is a clear no, another amount is no consent, a key is needed, and declining ends it."""
    path = await an_offer(app, ada)
    poor, wrong = await says_yes(ada, path), await says_yes(ada, path, minor=1899)
    bare = await ada.http.post(f"{path}/decline")
    declined = await ada.http.post(f"{path}/decline", headers={"Idempotency-Key": "no-1"})
    late = await says_yes(ada, path, "yes-9")
    assert (poor.status_code, poor.json()["code"]) == (409, "help-not-payable")
    assert (poor.json()["facts"]["reason"], poor.json()["next_action"]) == ("wallet_too_low", "top_up")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "help-consent-differs")
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency-key-missing")
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    assert (late.status_code, late.json()["code"]) == (409, "help-offer-over")


@pytest.mark.capability("EP10")
async def test_somebody_elses_offer_does_not_exist(app: App, ada: Someone, bob: Someone) -> None:
    """Neither seen, accepted nor declined by another driver, nor by way of another case."""
    await tops_up(bob)
    path = await an_offer(app, ada)
    of_bob = (await an_offer(app, bob)).rpartition("/")[0]
    crossed = f"{of_bob}/{path.rpartition('/')[2]}"
    answers = [
        await bob.http.get(path.rpartition("/")[0]),
        await says_yes(bob, path),
        await says_yes(bob, crossed, "yes-2"),
        await bob.http.post(f"{path}/decline", headers={"Idempotency-Key": "no-1"}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "unknown-help-offer")] * 4
