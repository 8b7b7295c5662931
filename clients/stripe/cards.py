"""``StripeCards``: the cards port over the real Stripe SDK.

Answers to https://docs.stripe.com/payments/save-and-reuse and https://docs.stripe.com/api/customer_sessions. A card is
saved for use off session, since what is owed may be taken while the driver is away; the app is given a customer
session, which newer builds take instead of an ephemeral key.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from api.ports.cards import AppSession, CardSetup, KeptCard, SetupStatus
from api.ports.payments import OutcomeUnknown
from clients.stripe.connection import StripeConnection, request_id_of
from clients.stripe.refunds import id_of
from clients.stripe.snapshots import decline_code

if TYPE_CHECKING:
    from stripe.params import PaymentMethodListParams

PAGE = 100

STATUSES: Mapping[str, SetupStatus] = {
    "requires_payment_method": SetupStatus.NEEDS_PAYMENT_METHOD,
    "requires_confirmation": SetupStatus.NEEDS_CONFIRMATION,
    "requires_action": SetupStatus.NEEDS_ACTION,
    "processing": SetupStatus.PROCESSING,
    "succeeded": SetupStatus.SAVED,
    "canceled": SetupStatus.CANCELED,
}

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError)

T = TypeVar("T")


class StripeCards:
    """Implements ``api.ports.cards.Cards`` over a shared connection."""

    def __init__(self, connection: StripeConnection) -> None:
        """Speak over ``connection``; nothing is sent."""
        self._ask = connection.ask
        self._config = connection.config
        self._setups = connection.v1.setup_intents
        self._sessions = connection.v1.customer_sessions
        self._methods = connection.v1.payment_methods
        self._customers = connection.v1.customers

    async def begin_setup(
        self, customer_id: str, *, driver_id: str, card_operation_id: str, idempotency_key: str
    ) -> CardSetup:
        """Create a SetupIntent for cards (wallets are cards); the app confirms it with the client secret.

        Raises ``ProcessorRefused`` (unknown customer), ``OutcomeUnknown``.
        """
        call = self._setups.create_async(
            {
                "customer": customer_id,
                "usage": "off_session",
                "allowed_payment_method_types": ["card"],
                "metadata": {
                    "driver_id": driver_id,
                    "card_operation_id": card_operation_id,
                    "env": self._config.environment,
                },
            },
            {"idempotency_key": idempotency_key},
        )
        answer = await self._ask(call, deadline_seconds=self._config.tap_deadline_seconds)
        return read_setup(answer.to_dict(), request_id=request_id_of(answer))

    async def open_app_session(self, customer_id: str, *, idempotency_key: str) -> AppSession:
        """Create a customer session for the mobile payment element: it saves cards, and shows those saved.

        Removing is not offered there: we refuse to let go of a card that a live hold stands on, Stripe would not.
        Raises ``ProcessorRefused``, ``OutcomeUnknown``.
        """
        call = self._sessions.create_async(
            {
                "customer": customer_id,
                "components": {
                    "mobile_payment_element": {
                        "enabled": True,
                        "features": {
                            "payment_method_save": "enabled",
                            "payment_method_redisplay": "enabled",
                            "payment_method_remove": "disabled",
                        },
                    }
                },
            },
            {"idempotency_key": idempotency_key},
        )
        answer = await self._ask(call, deadline_seconds=self._config.tap_deadline_seconds)
        return AppSession(answer.client_secret, datetime.fromtimestamp(answer.expires_at, UTC))

    async def fetch_setup(self, setup_intent_id: str) -> CardSetup:
        """Return the setup as it is now; raises ``ProcessorRefused`` (unknown id), ``OutcomeUnknown``."""
        answer = await self._ask(self._setups.retrieve_async(setup_intent_id))
        return read_setup(answer.to_dict(), request_id=request_id_of(answer))

    async def fetch_card(self, payment_method_id: str) -> KeptCard:
        """Return the card as it is now, also a removed one; raises ``ProcessorRefused``, ``OutcomeUnknown``."""
        return read_card((await self._ask(self._methods.retrieve_async(payment_method_id))).to_dict())

    async def cards_of_customer(self, customer_id: str) -> tuple[KeptCard, ...]:
        """Return every card of a customer, newest first, all pages.

        Raises ``ProcessorRefused`` (customer unknown or deleted) and ``OutcomeUnknown``.
        """
        wanted: PaymentMethodListParams = {"customer": customer_id, "type": "card", "limit": PAGE}
        found: list[KeptCard] = []
        while True:
            page = await self._ask(self._methods.list_async(wanted))
            found += [read_card(one.to_dict()) for one in page.data]
            if not page.has_more or not page.data:
                return tuple(found)
            wanted["starting_after"] = page.data[-1].id

    async def forget_customer(self, customer_id: str) -> None:
        """Delete a customer, for good; a key would have no effect here, and a repetition finds nobody.

        Raises ``ProcessorRefused`` (unknown, deleted already), ``OutcomeUnknown``.
        """
        await self._ask(self._customers.delete_async(customer_id))

    async def remove_card(self, payment_method_id: str, *, idempotency_key: str) -> None:
        """Detach a card, for good; raises ``ProcessorRefused`` (unknown, detached already), ``OutcomeUnknown``."""
        await self._ask(self._methods.detach_async(payment_method_id, {}, {"idempotency_key": idempotency_key}))


def read_setup(intent: Mapping[str, Any], *, request_id: str | None = None) -> CardSetup:
    """Return the setup that ``intent`` (a SetupIntent as plain JSON) describes.

    Raises ``OutcomeUnknown`` when it cannot be read.
    """
    return _read(
        lambda: CardSetup(
            setup_intent_id=intent["id"],
            status=STATUSES.get(intent["status"], SetupStatus.OTHER),
            customer_id=id_of(intent.get("customer")),
            client_secret=intent.get("client_secret"),
            payment_method_id=id_of(intent.get("payment_method")),
            error_code=decline_code(intent.get("last_setup_error")),
        ),
        request_id,
    )


def read_card(method: Mapping[str, Any]) -> KeptCard:
    """Return the card that ``method`` (a PaymentMethod of type ``card`` as plain JSON) describes.

    Raises ``OutcomeUnknown`` when it cannot be read.
    """

    def read() -> KeptCard:
        card = method["card"]
        return KeptCard(
            payment_method_id=method["id"],
            customer_id=id_of(method.get("customer")),
            brand=str(card["brand"]),
            last4=str(card["last4"]),
            exp_month=int(card["exp_month"]),
            exp_year=int(card["exp_year"]),
            wallet=(card.get("wallet") or {}).get("type"),
        )

    return _read(read, None)


def _read(read: Callable[[], T], request_id: str | None) -> T:
    try:
        return read()
    except _UNREADABLE as error:
        raise OutcomeUnknown("processor_answer_unreadable", request_id=request_id) from error
