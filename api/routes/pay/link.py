"""The payment link ``/pay/r/{token}``: what is open of a charge, and a payment of it that the page confirms."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.deps import PortsDep, Work
from api.models.driver import Driver
from api.models.wallet import Payin
from api.routes.pay.pages import page, wants_page
from api.routes.pay.words import wished_language
from api.services.charging.pay_link import charge_of_token
from api.services.charging.pay_rest import pay_rest
from api.services.charging.rest_view import RestView, rest_view
from api.services.payments.payins import PayinMethod, PayinSource
from clients.documents.formats import Reader

router = APIRouter()


class Money(BaseModel):
    """Whole minor units of a currency."""

    amount_minor: int
    currency: str


class LinkPayment(BaseModel):
    """The payment under way, or the last one; `client_secret` is set while there is something to confirm."""

    id: str
    status: str
    amount: Money
    client_secret: str | None
    decline_code: str | None

    @classmethod
    def of(cls, payin: Payin) -> "LinkPayment":
        """Return the shape of a payment."""
        return cls(
            id=payin.id,
            status=payin.status,
            amount=Money(amount_minor=payin.amount_minor, currency=payin.currency),
            client_secret=payin.client_secret if payin.status == "action_required" else None,
            decline_code=payin.decline_code,
        )


class Rest(BaseModel):
    """What whoever has the link needs to know before paying: how much, for what, to whom."""

    open: Money
    price: Money | None
    receipt_id: str | None
    place: dict[str, Any]
    operator: dict[str, Any]
    started_at: str | None
    text: str
    """What is open, in the driver's language."""
    payment: LinkPayment | None

    @classmethod
    def of(cls, view: RestView) -> "Rest":
        """Return the shape of a view."""
        charge = view.charge
        price = None if charge.owed_minor is None else Money(amount_minor=charge.owed_minor, currency=charge.currency)
        place = {name: charge.place.get(name) for name in ("name", "address", "city", "country", "evse_id")}
        return cls(
            open=Money(amount_minor=view.open.minor, currency=view.open.currency),
            price=price,
            receipt_id=view.receipt_id,
            place=place,
            operator=dict(charge.place.get("operator") or {}),
            started_at=None if charge.charging_at is None else charge.charging_at.isoformat(),
            text=view.text,
            payment=None if view.payment is None else LinkPayment.of(view.payment),
        )


@router.get("/r/{token}", response_model=Rest)
async def get_rest(request: Request, token: str, work: Work, ports: PortsDep) -> Rest | Response:
    """Show what is open of the charge behind a link: to browsers as a page, to apps as JSON."""
    async with work() as db:
        charge = await charge_of_token(db=db, policy=ports.policy, token=token)
        driver = await db.get_one(Driver, charge.driver_id)
        view = await rest_view(db=db, charge=charge)
    if not wants_page(request):
        return Rest.of(view)
    language = wished_language(request, driver.language)
    reader = Reader(language, view.open.currency, charge.time_zone)
    return page(request, "rest.html", language=language, token=token, view=view, reader=reader, charge=charge)


@router.post("/r/{token}/payment", response_model=LinkPayment, status_code=201)
async def post_payment(token: str, work: Work, ports: PortsDep) -> LinkPayment:
    """Begin the payment of all that is open, or show the one under way: two clicks pay once."""
    async with work() as db:
        charge = await charge_of_token(db=db, policy=ports.policy, token=token)
    payin = await pay_rest(
        work=work,
        ports=ports,
        charging_session_id=charge.id,
        driver_id=charge.driver_id,
        method=PayinMethod.NEW,
        source=PayinSource.LINK,
    )
    return LinkPayment.of(payin)
