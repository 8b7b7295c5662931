"""Mode 27: a card that is taken away while a charge is secured on it."""

from tests.failures.books import nothing_is_left
from tests.failures.charge import cents
from tests.failures.stage import Phone, Stage


async def _cards(phone: Phone) -> list[dict[str, object]]:
    """Return the cards that the app shows."""
    found: list[dict[str, object]] = (await phone.asks("GET", "payment-methods")).json()["payment_methods"]
    return found


async def test_mode_27_a_card_with_a_live_hold_cannot_be_removed(stage: Stage) -> None:
    """While a hold stands on it the card stays; once the charge is over it goes."""
    ada = await stage.a_driver()
    card = (await _cards(ada))[0]["id"]
    charge = await ada.taps()
    await stage.settles()
    refused = await ada.asks("DELETE", f"payment-methods/{card}")
    assert (refused.status_code, refused.json()["code"]) == (409, "card-in-use")

    await charge.charges()
    await charge.cdr()
    await stage.settles()
    assert (await ada.asks("DELETE", f"payment-methods/{card}")).status_code == 204
    await stage.settles()
    assert await _cards(ada) == []
    await nothing_is_left(stage)


async def test_mode_27_a_card_removed_elsewhere_keeps_its_hold_good(stage: Stage) -> None:
    """Staff detach the card in the dashboard during the charge: the hold is captured all the same, the default goes."""
    ada = await stage.a_driver()
    await _cards(ada)
    charge = await ada.taps()
    await stage.settles()
    method = (await charge.hold()).payment_method_id
    stage.wire.steer(f"dashboard/payment_methods/{method}/detach", {})
    await stage.settles()

    assert await charge.status() == ("start_accepted", "placed")
    assert await _cards(ada) == []
    await charge.charges()
    await charge.cdr()
    await stage.settles()
    assert (await charge.intent())["amount_received"] == cents(20)
    assert (await charge.hold()).payment_method_id == method
    quote = await ada.quotes()
    refused = await ada.accepts(quote, key="no-card")
    assert (refused.status_code, refused.json()["code"]) == (402, "no-card-saved")
    await nothing_is_left(stage)
