"""The quote on the wire: prices as exact decimal text in major units, money in minor units, unknown as null.

Filled field by field from the price that the service stored (``services/charging/quote_price.py``).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from api.domain.charging.guide import StartSequence
from api.models.charging import Quote
from api.routes.app.component_shapes import QuotedComponent
from api.routes.app.estimate_shapes import Estimate, ShownStay
from api.routes.app.guide_shapes import instruction
from api.routes.app.payer_shapes import ShownPayer
from api.routes.app.quote_examples import QUOTE_EXAMPLE, REQUEST_EXAMPLE
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, Text, amount_of, example

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class QuoteRequest(Shape):
    """Which connector, what the driver read on the post, and what is known of the charge to come."""

    model_config = example(REQUEST_EXAMPLE)
    connector_id: PublicId
    visual_id: Text | None = None
    energy_kwh: Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=3)] | None = None
    vehicle_model_id: PublicId | None = Field(None, description="Of `listVehicleModels`.")
    from_percent: Percent = Field(Decimal(0), description="State of charge of the car at the start.")
    to_percent: Percent = Field(Decimal(100), description="Where the car stops charging.")
    idle_minutes: int = Field(0, ge=0, le=1440, description="How long it will stay plugged in after that.")
    hold_cap_minor: int | None = Field(
        None, gt=0, le=99_999_999, description="The most that the driver lets us hold, in the quote's currency."
    )


class PriceBound(Shape):
    """The least or the most that the operator asks for a whole charge."""

    before_taxes: str
    after_taxes: str | None


class PriceText(Shape):
    """What the operator says of its price in words; where it says no more, these are all there is."""

    language: str
    text: str


class PriceNote(Shape):
    """Something to know of the price; new codes may come."""

    code: str
    facts: dict[str, Any]


class QuotedPrice(Shape):
    """The price, or the reason why nobody knows it; then a start needs `accept_unknown_price`."""

    known: bool
    unknown_because: str | None
    components: list[QuotedComponent]
    min_price: PriceBound | None
    max_price: PriceBound | None
    estimate: Estimate | None
    estimate_unknown_because: str | None = Field(description="Such as `cannot_charge_here`: another plug or current.")
    stay: ShownStay | None
    texts: list[PriceText]
    url: str | None
    notes: list[PriceNote]

    @classmethod
    def of(cls, price: Mapping[str, Any]) -> "QuotedPrice":
        """Return the shape of a quote's price."""
        estimate, stay = price["estimate"], price["stay"]
        bounds = {name: PriceBound(**price[name]) if price[name] else None for name in ("min_price", "max_price")}
        return cls(
            known=price["known"],
            unknown_because=price["reason"],
            components=[QuotedComponent.of(each) for each in price["components"]],
            estimate=None if estimate is None else Estimate.of(estimate),
            estimate_unknown_because=price["estimate_reason"],
            stay=None if stay is None else ShownStay.of(stay),
            texts=[PriceText(language=language, text=text) for language, text in price["texts"]],
            url=price["url"],
            notes=[PriceNote(**each) for each in price["notes"]],
            **bounds,
        )


class ReusedHold(Shape):
    """The hold of a start that just failed: it stands already, and nothing more is reserved if it is reused in time."""

    hold_id: str
    charging_session_id: str
    placed_at: Moment
    until: Moment = Field(description="Later, it is released, and the same amount is reserved anew.")


class HoldDetails(Shape):
    """Why so much is held: `estimate` and a margin, a `rule` of this charger, `max_price`, `minimum`, `driver_cap`."""

    reason: str = Field(description="New values may come.")
    estimate: Amount | None
    margin_percent: str | None
    reuses_hold: ReusedHold | None = Field(description="Set: the amount is reserved already; tell the driver so.")
    cap: Amount | None = Field(description="The driver's own; below the estimate, the charge stops when it is used up.")


class ShownQuote(Shape):
    """A price for one driver at one connector, and the amount that will be held on the card."""

    model_config = example(QUOTE_EXAMPLE)
    id: str
    connector_id: str
    visual_id: str | None
    time_zone: str
    price: QuotedPrice
    hold: Amount = Field(description="Reserved on the card at the start; only the real cost is taken.")
    hold_reason: str | None
    hold_details: HoldDetails
    payers: list[ShownPayer] = Field(description="Who can pay, what each would reserve, and why one cannot start.")
    connector_status: str | None
    start_sequence: str = Field(description="`plug_first`, `start_first`, `either` or `unknown`.")
    start_text: str = Field(description="What comes first here, cable or start, in the driver's language.")
    created_at: Moment
    expires_at: Moment

    @classmethod
    def of(cls, quote: Quote, connector_id: str, payers: list[ShownPayer], language: str = "en") -> "ShownQuote":
        """Return the shape of a quote."""
        price, hold, currency = quote.price, quote.price["hold"], quote.currency
        sequence = price.get("start_sequence", StartSequence.UNKNOWN)
        return cls(
            id=quote.id,
            connector_id=connector_id,
            visual_id=quote.visual_id,
            time_zone=price["time_zone"],
            price=QuotedPrice.of(price),
            hold=Amount(amount_minor=quote.hold_minor, currency=currency),
            hold_reason=hold["reason"],
            hold_details=HoldDetails(
                reason=hold["reason"],
                estimate=amount_of(hold["estimate_minor"], currency),
                margin_percent=hold["margin_percent"],
                cap=amount_of(hold["cap_minor"], currency),
                reuses_hold=ReusedHold(**hold["reuses_hold"]) if hold.get("reuses_hold") else None,
            ),
            payers=payers,
            connector_status=price["evse_status"],
            start_sequence=sequence,
            start_text=instruction(sequence, language),
            created_at=quote.created_at,
            expires_at=quote.expires_at,
        )
