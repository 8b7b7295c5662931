"""Customers and their cards."""

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench


async def test_customer_is_changed_and_found(bench: Bench) -> None:
    """Fields and metadata change by themselves; an empty metadata value unsets its key; lists filter by e-mail."""
    customers = bench.sdk.v1.customers
    made = await customers.create_async({"email": "a@example.org", "metadata": {"driver_id": "drv_1", "old": "x"}})
    await customers.create_async({"email": "b@example.org"})
    changed = await customers.update_async(made.id, {"name": "Ada", "metadata": {"old": ""}})
    assert (changed.name, changed.email, changed.metadata and changed.metadata.to_dict()) == (
        "Ada",
        "a@example.org",
        {"driver_id": "drv_1"},
    )
    assert [one.id for one in (await customers.list_async({"email": "a@example.org"})).data] == [made.id]


async def test_deleted_customer_is_gone_and_so_are_the_cards(bench: Bench) -> None:
    """A deleted customer answers 404 and their cards cannot pay any more."""
    customer, method = await bench.customer()
    assert (await bench.sdk.v1.customers.delete_async(customer)).deleted
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.sdk.v1.customers.retrieve_async(customer)
    assert refused.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError):
        await bench.hold(method)


async def test_cards_of_a_customer(bench: Bench) -> None:
    """Attached cards are listed under their customer until they are detached."""
    customer, method = await bench.customer("pm_card_mastercard")
    cards = bench.sdk.v1.customers.payment_methods
    (listed,) = (await cards.list_async(customer, {"type": "card"})).data
    assert listed.card is not None
    assert (listed.id, listed.card.brand, listed.card.last4) == (method, "mastercard", "4444")
    await bench.sdk.v1.payment_methods.detach_async(method)
    assert (await cards.list_async(customer, {})).data == []


async def test_test_name_makes_a_new_card_each_time(bench: Bench) -> None:
    """``pm_card_visa`` is a name, not an id: each use is another payment method."""
    first, second = await bench.hold(), await bench.hold()
    assert first.payment_method.startswith("pm_1")
    assert first.payment_method != second.payment_method


async def test_card_by_number(bench: Bench) -> None:
    """A test number works like the name of its card; another number is refused."""
    form = {"type": "card", "card[exp_month]": "1", "card[exp_year]": "2034", "card[number]": "378282246310005"}
    made = await bench.http.post("/v1/payment_methods", data=form)
    assert made.json()["card"]["brand"] == "amex"
    wrong = await bench.http.post("/v1/payment_methods", data={**form, "card[number]": "4111111111111111"})
    assert wrong.status_code == 400
