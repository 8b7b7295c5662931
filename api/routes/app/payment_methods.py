"""A driver's saved cards: show, add, choose, remove. Card data go from the app to the processor, never through us."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.models.card import SavedCard
from api.ports.payments import OutcomeUnknown
from api.routes.app.guards import IdempotencyKey
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.services.drivers.cards import cards_of_driver, choose_card
from api.services.drivers.cards_add import look_at_setup, open_setup, plan_setup
from api.services.drivers.cards_follow import follow_driver
from api.services.drivers.cards_remove import remove_card
from api.services.drivers.queries import driver_by_id
from api.services.drivers.repeats import begin_once, finish_once

router = APIRouter(tags=["Payment methods"])
_CARDS, _SETUPS = "/payment-methods", "/payment-method-setups"
_EXAMPLE = {
    "id": "crd_1c9d",
    "kind": "card",
    "brand": "visa",
    "last4": "4242",
    "exp_month": 12,
    "exp_year": 2034,
    "expired": False,
    "wallet": "apple_pay",
    "is_default": True,
    "added_at": "2026-03-02T09:00:00Z",
}


class PaymentMethod(Shape):
    """One saved card; Apple Pay and Google Pay are cards inside a wallet."""

    model_config = example(_EXAMPLE)
    id: str
    kind: str = Field(default="card", description="`card`; new values may come.")
    brand: str = Field(description="`visa`, `mastercard` ...; new values may come.")
    last4: str
    exp_month: int
    exp_year: int
    expired: bool
    wallet: str | None = Field(description="`apple_pay`, `google_pay` ...; null for a card that was typed in.")
    is_default: bool = Field(description="Holds are placed on this one.")
    added_at: Moment


class PaymentMethods(Shape):
    """The driver's cards, the newest first. Without a default there is nothing to place a hold on."""

    model_config = example({"payment_methods": [_EXAMPLE], "default_id": "crd_1c9d"})
    payment_methods: list[PaymentMethod]
    default_id: str | None


class OpenedSetup(Shape):
    """What the app's payment sheet needs to let the driver enter a card."""

    model_config = example(
        {
            "id": "cop_77aa",
            "setup_intent_client_secret": "seti_1_secret_2",
            "customer_id": "cus_3",
            "customer_session_client_secret": "cuss_secret_4",
            "customer_session_expires_at": "2026-03-02T09:30:00Z",
            "url": "/v1/payment-method-setups/cop_77aa",
        }
    )
    id: str
    setup_intent_client_secret: str | None
    customer_id: str
    customer_session_client_secret: str
    customer_session_expires_at: Moment
    url: str = Field(description="Ask here, once the payment sheet is done, for the card.")


class SetupState(Shape):
    """How far the adding of a card has come."""

    model_config = example({"id": "cop_77aa", "status": "saved", "payment_method_id": "crd_1c9d", "error_code": None})
    id: str
    status: str = Field(description="`needs_payment_method`, `needs_action`, `saved` ...; new values may come.")
    payment_method_id: str | None = Field(description="The card, once it is saved.")
    error_code: str | None = Field(description="Why the last attempt failed, in the processor's words.")


@router.get(
    _CARDS,
    operation_id="listPaymentMethods",
    summary="List saved cards",
    response_model=PaymentMethods,
    responses=signed_in(),
)
async def get_cards(work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> PaymentMethods:
    """Return the driver's cards; cards saved before we kept a copy are read from the processor first."""
    async with work() as db:
        row = await driver_by_id(db, driver.driver_id)
        cards = await cards_of_driver(db=db, driver_id=row.id)
    if row.payment_method_id and row.payment_method_id not in {card.payment_method_id for card in cards}:
        try:
            await follow_driver(work=work, ports=ports, driver_id=row.id)
        except OutcomeUnknown:
            return _list(cards, row.payment_method_id, now)
        async with work() as db:
            row = await driver_by_id(db, driver.driver_id)
            cards = await cards_of_driver(db=db, driver_id=row.id)
    return _list(cards, row.payment_method_id, now)


@router.post(
    _SETUPS,
    operation_id="addPaymentMethod",
    summary="Begin to add a card",
    status_code=201,
    response_model=OpenedSetup,
    responses=signed_in(
        idempotency_key_missing=400,
        processor_refused=402,
        request_in_flight=409,
        idempotency_key_reused=422,
        processor_outcome_unknown=503,
    ),
)
async def post_setup(
    response: Response, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver, idempotency_key: IdempotencyKey
) -> OpenedSetup:
    """Return the secrets for the app's payment sheet. However often it is sent, one key begins one setup."""
    request = f"POST {_SETUPS}"
    async with work() as db:
        known = await begin_once(db=db, driver_id=driver.driver_id, key=idempotency_key, request=request)
        operation_id = known or plan_setup(db=db, ports=ports, now=now, driver_id=driver.driver_id).id
        if known is None:
            await finish_once(
                db=db, now=now, driver_id=driver.driver_id, key=idempotency_key, request=request,
                resource_id=operation_id,
            )  # fmt: skip
        else:
            response.headers["Idempotent-Replayed"] = "true"
    opened = await open_setup(work=work, ports=ports, operation_id=operation_id)
    response.headers["Location"] = f"/v1{_SETUPS}/{operation_id}"
    return OpenedSetup(
        id=operation_id,
        setup_intent_client_secret=opened.setup.client_secret,
        customer_id=opened.customer_id,
        customer_session_client_secret=opened.session.client_secret,
        customer_session_expires_at=opened.session.expires_at,
        url=f"/v1{_SETUPS}/{operation_id}",
    )


@router.get(
    f"{_SETUPS}/{{setup_id}}",
    operation_id="getPaymentMethodSetup",
    summary="Look whether the card is saved",
    response_model=SetupState,
    responses=signed_in(unknown_card_setup=404, processor_outcome_unknown=503),
)
async def get_setup(setup_id: PublicId, work: Work, ports: PortsDep, driver: CurrentDriver) -> SetupState:
    """Ask the processor at once, so that the app need not wait for its message to us."""
    seen = await look_at_setup(work=work, ports=ports, driver_id=driver.driver_id, operation_id=setup_id)
    return SetupState(
        id=seen.operation_id, status=seen.status, payment_method_id=seen.card_id, error_code=seen.error_code
    )


@router.put(
    f"{_CARDS}/{{payment_method_id}}/default",
    operation_id="chooseDefaultPaymentMethod",
    summary="Place holds on this card",
    response_model=PaymentMethod,
    responses=signed_in(unknown_card=404),
)
async def put_default(payment_method_id: PublicId, work: Work, now: Now, driver: CurrentDriver) -> PaymentMethod:
    """Make a card the one that future holds are placed on; running charges keep theirs."""
    async with work() as db:
        row, card = await choose_card(db=db, driver_id=driver.driver_id, card_id=payment_method_id)
    return _shown(card, row.payment_method_id, now)


@router.delete(
    f"{_CARDS}/{{payment_method_id}}",
    operation_id="removePaymentMethod",
    summary="Remove a card",
    status_code=204,
    responses=signed_in(unknown_card=404, card_in_use=409),
)
async def delete_card(
    payment_method_id: PublicId, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> None:
    """Remove a card for good, unless a charge still needs it; repeating it does no harm."""
    async with work() as db:
        await remove_card(db=db, ports=ports, now=now, driver_id=driver.driver_id, card_id=payment_method_id)


def _list(cards: list[SavedCard], default: str | None, now: datetime) -> PaymentMethods:
    shown = [_shown(card, default, now) for card in cards]
    return PaymentMethods(payment_methods=shown, default_id=next((each.id for each in shown if each.is_default), None))


def _shown(card: SavedCard, default: str | None, now: datetime) -> PaymentMethod:
    fields: dict[str, Any] = {
        name: getattr(card, name) for name in ("id", "brand", "last4", "exp_month", "exp_year", "wallet", "added_at")
    }
    return PaymentMethod(
        **fields,
        expired=(card.exp_year, card.exp_month) < (now.year, now.month),
        is_default=card.payment_method_id == default,
    )
