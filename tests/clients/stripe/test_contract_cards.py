"""The cards contract, for ``FakeCards`` and ``StripeCards`` alike; and what the client sends and reads."""

from dataclasses import replace

import pytest

from api.ports.cards import CardSetup, SetupStatus
from api.ports.payments import OutcomeUnknown, ProcessorRefused, ProcessorStatus
from clients.stripe.cards import read_card, read_setup
from tests.clients.stripe.harness import a_request
from tests.clients.stripe.money_harness import MoneyHarness, StripeMoneyHarness


async def a_setup(money: MoneyHarness, *, key: str = "add") -> CardSetup:
    """Return a begun setup of a new customer."""
    customer_id = (await a_request(money.payments, hold_id=key)).customer_id
    return await money.cards.begin_setup(customer_id, driver_id="drv_1", card_operation_id=key, idempotency_key=key)


class TestCards:
    """What ``api.ports.cards.Cards`` promises."""

    async def test_a_card_is_saved_by_the_app(self, money: MoneyHarness) -> None:
        """There is a secret for the app and no card until it was entered; then it is the customer's and holds work."""
        begun = await a_setup(money)
        assert (begun.status, begun.payment_method_id) == (SetupStatus.NEEDS_PAYMENT_METHOD, None)
        assert begun.client_secret
        assert begun.customer_id is not None
        assert await money.cards.cards_of_customer(begun.customer_id) == ()
        money.enter_card(begun.setup_intent_id)
        done = await money.cards.fetch_setup(begun.setup_intent_id)
        assert done.status is SetupStatus.SAVED
        (card,) = await money.cards.cards_of_customer(begun.customer_id)
        assert card.payment_method_id == done.payment_method_id
        assert (card.customer_id, card.brand, card.last4, card.wallet) == (begun.customer_id, "visa", "4242", None)
        assert card == await money.cards.fetch_card(card.payment_method_id)
        request = await a_request(money.payments)
        hold = await money.payments.place_hold(
            replace(request, customer_id=begun.customer_id, payment_method_id=card.payment_method_id),
            idempotency_key="place",
        )
        assert hold.status is ProcessorStatus.HELD

    async def test_one_key_begins_one_setup(self, money: MoneyHarness) -> None:
        """A lost answer is asked for again with the same key and leads to the same setup and session."""
        customer_id = (await a_request(money.payments)).customer_id
        money.lose_answer("begin_setup")
        with pytest.raises(OutcomeUnknown):
            await money.cards.begin_setup(customer_id, driver_id="d", card_operation_id="c", idempotency_key="add")
        setups = {
            (
                await money.cards.begin_setup(customer_id, driver_id="d", card_operation_id="c", idempotency_key="add")
            ).setup_intent_id
            for _ in range(2)
        }
        assert len(setups) == 1
        sessions = [await money.cards.open_app_session(customer_id, idempotency_key="session") for _ in range(2)]
        assert sessions[0] == sessions[1]
        assert sessions[0].client_secret
        assert sessions[0].expires_at > money.clock.now()

    @pytest.mark.parametrize(
        ("card", "wallet"), [("pm_sandbox_applePay", "apple_pay"), ("pm_sandbox_googlePay", "google_pay")]
    )
    async def test_wallets_are_cards(self, money: MoneyHarness, card: str, wallet: str) -> None:
        """Apple Pay and Google Pay come as a card that tells its wallet."""
        begun = await a_setup(money)
        money.enter_card(begun.setup_intent_id, card)
        (kept,) = await money.cards.cards_of_customer(str(begun.customer_id))
        assert kept.wallet == wallet

    async def test_a_removed_card_is_gone_for_good(self, money: MoneyHarness) -> None:
        """It leaves the list, can still be looked at, takes no new hold, and is not removed twice."""
        begun = await a_setup(money)
        money.enter_card(begun.setup_intent_id)
        (card,) = await money.cards.cards_of_customer(str(begun.customer_id))
        await money.cards.remove_card(card.payment_method_id, idempotency_key="remove")
        await money.cards.remove_card(card.payment_method_id, idempotency_key="remove")
        assert await money.cards.cards_of_customer(str(begun.customer_id)) == ()
        assert (await money.cards.fetch_card(card.payment_method_id)).customer_id is None
        with pytest.raises(ProcessorRefused):
            await money.cards.remove_card(card.payment_method_id, idempotency_key="again")
        request = await a_request(money.payments)
        with pytest.raises(ProcessorRefused):
            await money.payments.place_hold(
                replace(request, customer_id=str(begun.customer_id), payment_method_id=card.payment_method_id),
                idempotency_key="place",
            )

    async def test_a_forgotten_customer_is_gone_with_the_cards(self, money: MoneyHarness) -> None:
        """A lost answer is found out by asking again; what was paid can still be paid back."""
        intent = await money.paid()
        begun = await a_setup(money)
        money.enter_card(begun.setup_intent_id)
        customer_id = str(begun.customer_id)
        (card,) = await money.cards.cards_of_customer(customer_id)
        money.lose_answer("forget_customer")
        with pytest.raises(OutcomeUnknown):
            await money.cards.forget_customer(customer_id)
        with pytest.raises(ProcessorRefused) as again:
            await money.cards.forget_customer(customer_id)
        assert again.value.facts["processor_code"] == "resource_missing"
        with pytest.raises(ProcessorRefused):
            await money.cards.cards_of_customer(customer_id)
        assert (await money.cards.fetch_card(card.payment_method_id)).customer_id is None
        assert (await money.payments.fetch_hold(intent)).status is ProcessorStatus.CAPTURED

    async def test_what_is_unknown_is_refused(self, money: MoneyHarness) -> None:
        """An id that the processor does not know is refused, in every call."""
        for call in (
            money.cards.fetch_setup("seti_nobody"),
            money.cards.fetch_card("pm_nobody"),
            money.cards.cards_of_customer("cus_nobody"),
            money.cards.remove_card("pm_nobody", idempotency_key="remove"),
            money.cards.forget_customer("cus_nobody"),
        ):
            with pytest.raises(ProcessorRefused) as caught:
                await call
            assert caught.value.facts["processor_code"] == "resource_missing"


async def test_what_is_sent(money_wire: StripeMoneyHarness) -> None:
    """A card is saved for use off session; the app may show and save cards, and not remove them behind our back."""
    begun = await a_setup(money_wire, key="cop_1")
    await money_wire.cards.open_app_session(str(begun.customer_id), idempotency_key="cop_1-session")
    (setup,) = money_wire.wire.sent("/v1/setup_intents")
    assert setup["params"] == {
        "customer": begun.customer_id,
        "usage": "off_session",
        "allowed_payment_method_types": ["card"],
        "metadata": {"driver_id": "drv_1", "card_operation_id": "cop_1", "env": "test"},
    }
    (session,) = money_wire.wire.sent("/v1/customer_sessions")
    element = session["params"]["components"]["mobile_payment_element"]
    assert element["enabled"] is True
    assert element["features"]["payment_method_remove"] == "disabled"


async def test_a_bank_that_refuses_is_told(money_wire: StripeMoneyHarness) -> None:
    """A card that its bank refuses leaves the setup waiting, with the reason on it."""
    begun = await a_setup(money_wire)
    answer = money_wire.wire.post(
        f"app/setup_intents/{begun.setup_intent_id}/confirm",
        {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"},
    )
    assert answer.status_code == 402
    seen = await money_wire.cards.fetch_setup(begun.setup_intent_id)
    assert (seen.status, seen.error_code) == (SetupStatus.NEEDS_PAYMENT_METHOD, "insufficient_funds")


async def test_all_pages_are_read(money_wire: StripeMoneyHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many cards a customer has, all are told, the newest first."""
    monkeypatch.setattr("clients.stripe.cards.PAGE", 2)
    customer_id = (await a_request(money_wire.payments)).customer_id
    saved = [
        await money_wire.payments.save_card(customer_id, "pm_card_visa", idempotency_key=f"save-{number}")
        for number in range(5)
    ]
    kept = await money_wire.cards.cards_of_customer(customer_id)
    assert [card.payment_method_id for card in kept] == saved[::-1]


@pytest.mark.parametrize(
    ("read", "tree"),
    [
        (read_setup, {"id": "seti_1"}),
        (read_setup, {"id": "seti_1", "status": [], "customer": None}),
        (read_card, {"id": "pm_1", "card": {"brand": "visa"}}),
        (read_card, {"id": "pm_1", "card": None}),
    ],
)
def test_an_unreadable_answer_is_an_unknown_outcome(read: object, tree: dict[str, object]) -> None:
    """An answer of another shape never becomes a crash, nor a guess."""
    assert callable(read)
    with pytest.raises(OutcomeUnknown):
        read(tree)
