"""The price before the start: quotes."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.models.charging import Quote
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, Text, example, signed_in
from api.services.charging.quote import quote_charge
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Charging"])


class QuoteRequest(Shape):
    """Which connector, what the driver read on the post, and how much energy the car will take if known."""

    model_config = example({"connector_id": "con_91b5d1", "visual_id": "#13", "energy_kwh": "22.5"})
    connector_id: PublicId
    visual_id: Text | None = None
    energy_kwh: Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=3)] | None = None


class QuotedComponent(Shape):
    """One price component, exact and in major units; in the order the law asks for."""

    type: str
    price: str
    currency: str
    per: str
    step_size: int
    vat_percent: str | None = Field(description="Null: unknown, not zero.")
    restricted: bool = Field(description="Applies only at times or above amounts.")


class Estimate(Shape):
    """What a charge of this size would cost."""

    energy_wh: int
    minutes: int
    total: Amount
    net: Amount
    vat: Amount | None = Field(description="Null: the tax is unknown.")


class QuotedPrice(Shape):
    """The price, or the reason why nobody knows it; then a start needs `accept_unknown_price`."""

    known: bool
    unknown_because: str | None
    components: list[QuotedComponent]
    estimate: Estimate | None


class ShownQuote(Shape):
    """A price for one driver at one connector, and the amount that will be held on the card."""

    model_config = example(
        {
            "id": "quo_77aa",
            "connector_id": "con_91b5d1",
            "visual_id": "#13",
            "price": {
                "known": True,
                "unknown_because": None,
                "components": [
                    {
                        "type": "energy",
                        "price": "0.59",
                        "currency": "EUR",
                        "per": "kWh",
                        "step_size": 1,
                        "vat_percent": "19",
                        "restricted": False,
                    }
                ],
                "estimate": {
                    "energy_wh": 22500,
                    "minutes": 61,
                    "total": {"amount_minor": 1580, "currency": "EUR"},
                    "net": {"amount_minor": 1328, "currency": "EUR"},
                    "vat": {"amount_minor": 252, "currency": "EUR"},
                },
            },
            "hold": {"amount_minor": 5000, "currency": "EUR"},
            "hold_reason": "default",
            "connector_status": "available",
            "created_at": "2026-03-02T09:00:00Z",
            "expires_at": "2026-03-02T09:15:00Z",
        }
    )
    id: str
    connector_id: str
    visual_id: str | None
    price: QuotedPrice
    hold: Amount = Field(description="Reserved on the card at the start; only the real cost is taken.")
    hold_reason: str | None
    connector_status: str | None
    created_at: Moment
    expires_at: Moment


@router.post(
    "/quotes",
    operation_id="createQuote",
    summary="Ask what a charge would cost",
    status_code=201,
    response_model=ShownQuote,
    responses=signed_in(unknown_connector=404, not_startable=409),
)
async def post_quote(body: QuoteRequest, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> ShownQuote:
    """Return the price components in legal order, an estimate, and the amount to be held."""
    async with work() as db:
        quote = await quote_charge(
            db=db,
            ports=ports,
            now=now,
            driver=await driver_by_id(db, driver.driver_id),
            connector_public_id=body.connector_id,
            visual_id=body.visual_id,
            energy_kwh=body.energy_kwh,
        )
    return _shown(quote, body.connector_id)


def _shown(quote: Quote, connector_id: str) -> ShownQuote:
    names = set(QuotedComponent.model_fields)
    components = [
        QuotedComponent(**{name: value for name, value in each.items() if name in names})
        for each in quote.price["components"]
    ]
    return ShownQuote(
        id=quote.id,
        connector_id=connector_id,
        visual_id=quote.visual_id,
        price=QuotedPrice(
            known=quote.price["known"],
            unknown_because=quote.price["reason"],
            components=components,
            estimate=_estimate(quote.price["estimate"]),
        ),
        hold=Amount(amount_minor=quote.hold_minor, currency=quote.currency),
        hold_reason=quote.price.get("hold_reason"),
        connector_status=quote.price.get("evse_status"),
        created_at=quote.created_at,
        expires_at=quote.expires_at,
    )


def _estimate(estimate: dict[str, Any] | None) -> Estimate | None:
    if estimate is None:
        return None
    currency, vat_minor = estimate["currency"], estimate["vat_minor"]
    return Estimate(
        energy_wh=int(Decimal(estimate["energy_kwh"]) * 1000),
        minutes=estimate["minutes"],
        total=Amount(amount_minor=estimate["total_minor"], currency=currency),
        net=Amount(amount_minor=estimate["net_minor"], currency=currency),
        vat=None if vat_minor is None else Amount(amount_minor=vat_minor, currency=currency),
    )
