"""The wallet over HTTP: balance, movements in French, topping up once per key, money back, who pays (EP01 to EP14)."""

from typing import Any

import httpx
import pytest

from api.models.driver import Driver
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST

FRANCS = {"amount_minor": 5000, "currency": "CHF"}


async def tops_up(someone: Someone, key: str = "top-up-1", **amount: Any) -> httpx.Response:
    """Pay into a wallet with the saved card."""
    body = {"amount": FRANCS | amount}
    return await someone.http.post("/v1/wallet/top-ups", json=body, headers={"Idempotency-Key": key})


@pytest.mark.capability("EP02", "EP14")
async def test_balance_and_movements_agree(app: App, ada: Someone) -> None:
    """Two top-ups under two keys; the movements sum to the balance, in the driver's language, page by page."""
    async with app.work() as db:
        driver = await db.get_one(Driver, ada.driver.id)
        driver.language = "fr"
        db.add(driver)
    first, second = await tops_up(ada), await tops_up(ada, "top-up-2", amount_minor=2000)
    assert (first.status_code, first.json()["status"], second.json()["status"]) == (201, "succeeded", "succeeded")

    (wallet,) = (await ada.http.get("/v1/wallet")).json()["wallets"]
    page = (await ada.http.get("/v1/wallet/movements", params={"currency": "CHF", "limit": 1})).json()
    rest = (
        await ada.http.get("/v1/wallet/movements", params={"currency": "CHF", "cursor": page["next_cursor"]})
    ).json()

    assert wallet["balance"] == {"amount_minor": 7000, "currency": "CHF"}
    assert wallet["available"] == wallet["balance"]
    movements = page["movements"] + rest["movements"]
    assert [each["amount"]["amount_minor"] for each in movements] == [2000, 5000]
    assert movements[0]["balance_after"]["amount_minor"] == 7000
    assert movements[0]["text"] == "Recharge du compte"
    assert rest["next_cursor"] is None


async def test_one_key_is_one_top_up(ada: Someone) -> None:
    """A repetition is answered with the same top-up and pays nothing; another amount under the key is refused."""
    first, again = await tops_up(ada), await tops_up(ada)
    other = await tops_up(ada, amount_minor=6000)

    assert first.json()["id"] == again.json()["id"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    (wallet,) = (await ada.http.get("/v1/wallet")).json()["wallets"]
    assert wallet["balance"]["amount_minor"] == 5000


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ({"amount_minor": 999}, "top-up-out-of-bounds"),
        ({"amount_minor": -5000}, "top-up-out-of-bounds"),
        ({"currency": "XAF"}, "no-hold-for-currency"),
        ({"currency": "chf"}, "invalid-request"),
    ],
)
async def test_what_cannot_be_paid_in_is_refused_with_the_bounds(
    ada: Someone, amount: dict[str, Any], code: str
) -> None:
    """Each refusal says what would do."""
    answer = await tops_up(ada, **amount)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_somebody_elses_top_up_does_not_exist(ada: Someone, bob: Someone) -> None:
    """Ids of others are answered as unknown ones."""
    made = (await tops_up(ada)).json()
    assert (await ada.http.get(f"/v1/wallet/top-ups/{made['id']}")).json()["status"] == "succeeded"
    answer = await bob.http.get(f"/v1/wallet/top-ups/{made['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-top-up")


async def test_money_goes_back_on_request_and_never_more_than_there_is(ada: Someone) -> None:
    """Half is asked back; asking for more than is left is refused with what there is."""
    await tops_up(ada)
    body = {"currency": "CHF", "amount_minor": 2500}
    asked = await ada.http.post("/v1/wallet/refund-requests", json=body, headers={"Idempotency-Key": "back-1"})
    again = await ada.http.post("/v1/wallet/refund-requests", json=body, headers={"Idempotency-Key": "back-1"})
    more = await ada.http.post(
        "/v1/wallet/refund-requests", json=body | {"amount_minor": 2501}, headers={"Idempotency-Key": "back-2"}
    )

    assert (asked.status_code, asked.json()["payouts"][0]["status"]) == (202, "requested")
    assert again.json()["id"] == asked.json()["id"]
    assert (more.status_code, more.json()["code"], more.json()["facts"]["available"]["amount_minor"]) == (
        409,
        "not-refundable",
        2500,
    )
    shown = await ada.http.get(f"/v1/wallet/refund-requests/{asked.json()['id']}")
    assert shown.json()["amount"]["amount_minor"] == 2500


@pytest.mark.capability("EP04")
async def test_the_drivers_own_limit_is_kept(ada: Someone) -> None:
    """EP04: the limit is theirs, and null brings the usual one back."""
    chosen = await ada.http.put("/v1/wallet/low-notice", json={"currency": "CHF", "limit_minor": 2000})
    usual = await ada.http.put("/v1/wallet/low-notice", json={"currency": "CHF", "limit_minor": None})
    assert chosen.json()["low_notice"]["amount_minor"] == 2000
    assert usual.json()["low_notice"]["amount_minor"] == 1000


async def test_the_usual_payer_counts_unless_the_start_says_otherwise(ada: Someone, places: dict[str, str]) -> None:
    """With the wallet as usual payer a start is refused for lack of money, and taken on once it is there."""
    assert (await ada.http.put("/v1/me/pay-with", json={"pay_with": "wallet"})).status_code == 204
    refused = await ada.start(places[POST])
    assert (refused.status_code, refused.json()["code"]) == (409, "wallet-too-low")
    assert refused.json()["next_action"] == "top_up"

    await tops_up(ada, currency="EUR")
    quote = (await ada.quote(places[POST])).json()
    option = next(each for each in quote["payers"] if each["payer"] == "wallet")
    assert (option["can_start"], option["reserved"]) == (True, {"amount_minor": 5000, "currency": "EUR"})
    started = await ada.start(places[POST], key="key-2")
    assert started.status_code == 202
    shown = (await ada.http.get(f"/v1/charging-sessions/{started.json()['id']}")).json()
    assert shown["payer_type"] == "wallet"


async def test_without_membership_no_fleet_pays(ada: Someone, places: dict[str, str]) -> None:
    """A word is not enough."""
    quote = (await ada.quote(places[POST])).json()
    body = {"quote_id": quote["id"], "consent": quote["hold"], "pay_with": "fleet"}
    answer = await ada.http.post("/v1/charging-sessions", json=body, headers={"Idempotency-Key": "key-3"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-a-fleet-member")


async def test_nothing_is_open_of_a_fresh_charge(ada: Someone, places: dict[str, str]) -> None:
    """There is nothing to pay, and it says so; an unknown link leads nowhere."""
    charge = (await ada.start(places[POST])).json()
    path = f"/v1/charging-sessions/{charge['id']}/payments"
    listed = (await ada.http.get(path)).json()
    assert (listed["open"]["amount_minor"], listed["url"], listed["payments"]) == (0, None, [])
    paid = await ada.http.post(path, json={}, headers={"Idempotency-Key": "pay-1"})
    assert (paid.status_code, paid.json()["code"]) == (409, "nothing-to-pay")
