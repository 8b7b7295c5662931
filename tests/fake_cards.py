"""``FakeCards``: the cards port in memory. Import it from ``tests.fakes``.

Keeps to the same contract as ``StripeCards`` (``tests/clients/stripe/test_contract_cards.py`` runs both). The cards
themselves are in a ``CardFile``, which ``FakePayments`` places holds from.
"""

from dataclasses import replace
from datetime import timedelta

from api.ports.cards import AppSession, CardSetup, KeptCard, SetupStatus
from api.ports.clock import Clock
from tests.fake_answers import AnswerBook, PaymentsCall, Trouble, refused
from tests.fake_card_file import CardFile

WALLETS = {"pm_sandbox_applePay": "apple_pay", "pm_sandbox_googlePay": "google_pay"}
SESSION_LIFE = timedelta(minutes=30)


class FakeCards:
    """Implements ``api.ports.cards.Cards``; the methods under "steering" are for tests."""

    def __init__(self, clock: Clock, *, file: CardFile) -> None:
        """Start with no setup; ``file`` keeps the cards."""
        self._clock = clock
        self._file = file
        self._setups: dict[str, CardSetup] = {}
        self._book = AnswerBook(clock)

    # --- steering -----------------------------------------------------------------------------------------------------

    def lose_answer(self, method: str) -> None:
        """Let the next call of ``method`` be done and its answer be lost: ``OutcomeUnknown``."""
        self._book.trouble(method, Trouble.LOSE_ANSWER)

    def break_before(self, method: str) -> None:
        """Let the next call of ``method`` never arrive: ``OutcomeUnknown`` and nothing done."""
        self._book.trouble(method, Trouble.BREAK_BEFORE)

    def fail_for_good(self, method: str) -> None:
        """Let the next call fail inside the processor, which repeats that failure for its key: nothing done."""
        self._book.trouble(method, Trouble.SERVER_ERROR)

    def refuse(self, method: str, processor_code: str) -> None:
        """Let the next call of ``method`` be refused with ``processor_code``."""
        self._book.trouble(method, refused(processor_code))

    def confirm_in_app(self, setup_intent_id: str, card: str = "pm_card_visa") -> str:
        """Let the driver enter a card in the app; return the id under which it is kept."""
        setup = self._setups[setup_intent_id]
        assert setup.customer_id is not None
        kept = self._file.keep(setup.customer_id, card)
        self._setups[setup_intent_id] = replace(setup, status=SetupStatus.SAVED, payment_method_id=kept)
        return kept

    def fail_in_app(self, setup_intent_id: str) -> None:
        """Let the bank refuse the card entered in the app."""
        self._setups[setup_intent_id] = replace(self._setups[setup_intent_id], error_code="generic_decline")

    def remove_elsewhere(self, payment_method_id: str) -> None:
        """Let somebody remove the card in the processor's dashboard."""
        self._file.let_go(payment_method_id)

    @property
    def calls(self) -> list[PaymentsCall]:
        """Every call so far, in order."""
        return self._book.calls

    def calls_of(self, method: str) -> list[PaymentsCall]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    # --- the port -----------------------------------------------------------------------------------------------------

    async def begin_setup(
        self, customer_id: str, *, driver_id: str, card_operation_id: str, idempotency_key: str
    ) -> CardSetup:
        """Return a setup that waits for the app."""
        arguments = (customer_id, driver_id, card_operation_id)
        return await self._book.write("begin_setup", arguments, idempotency_key, lambda: self._begin(customer_id))

    async def open_app_session(self, customer_id: str, *, idempotency_key: str) -> AppSession:
        """Return a session for half an hour."""
        number = len(self.calls)
        return await self._book.write(
            "open_app_session",
            (customer_id,),
            idempotency_key,
            lambda: AppSession(f"cuss_fake{number}_secret", self._clock.now() + SESSION_LIFE),
        )

    async def fetch_setup(self, setup_intent_id: str) -> CardSetup:
        """Return the setup as it is now."""
        await self._book.read("fetch_setup", setup_intent_id)
        if setup_intent_id not in self._setups:
            raise refused("resource_missing")
        return self._setups[setup_intent_id]

    async def fetch_card(self, payment_method_id: str) -> KeptCard:
        """Return the card as it is now, also a removed one."""
        await self._book.read("fetch_card", payment_method_id)
        return self._card(payment_method_id)

    async def cards_of_customer(self, customer_id: str) -> tuple[KeptCard, ...]:
        """Return every card of a customer, newest first."""
        await self._book.read("cards_of_customer", customer_id)
        if not self._file.knows(customer_id):
            raise refused("resource_missing")
        return tuple(self._card(kept) for kept in reversed(self._file.of(customer_id)))

    async def remove_card(self, payment_method_id: str, *, idempotency_key: str) -> None:
        """Let the card go."""
        await self._book.write(
            "remove_card", (payment_method_id,), idempotency_key, lambda: self._remove(payment_method_id)
        )

    async def forget_customer(self, customer_id: str) -> None:
        """Delete the customer with the cards."""
        key = f"no key {len(self.calls)}"
        await self._book.write("forget_customer", (customer_id,), key, lambda: self._forget(customer_id))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _begin(self, customer_id: str) -> CardSetup:
        setup_id = f"seti_fake{len(self._setups) + 1}"
        setup = CardSetup(setup_id, SetupStatus.NEEDS_PAYMENT_METHOD, customer_id, client_secret=f"{setup_id}_secret")
        self._setups[setup_id] = setup
        return setup

    def _forget(self, customer_id: str) -> None:
        if not self._file.knows(customer_id):
            raise refused("resource_missing")
        self._file.delete_customer(customer_id)

    def _remove(self, payment_method_id: str) -> None:
        if self._card(payment_method_id).customer_id is None:
            raise refused("invalid_request_error")
        self._file.let_go(payment_method_id)

    def _card(self, payment_method_id: str) -> KeptCard:
        owner, token = self._file.owner(payment_method_id), self._file.behind(payment_method_id)
        return KeptCard(payment_method_id, owner, "visa", "4242", 12, 2034, wallet=WALLETS.get(token))
