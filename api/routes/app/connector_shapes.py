"""The shape of a connector: what it is, how it stands, ways to charge, what energy costs, how charges went."""

from datetime import datetime

from pydantic import Field

from api.domain.roaming.freshness import Freshness
from api.domain.roaming.ways import Availability, Way, availability_of
from api.models.finding import EvseScore
from api.routes.app.shapes import Moment, Shape, decimal_text, example
from api.services.roaming.find import FoundConnector
from api.services.roaming.find_prices import EnergyPrice
from api.services.roaming.ladder import connector_of

_ENERGY_PRICE = {
    "per_kwh": "0.7021",
    "currency": "EUR",
    "tax_included": True,
    "vat_percent": "19",
    "varies": False,
    "also_charged": ["parking_time"],
    "unknown_because": None,
}
CONNECTOR_EXAMPLE = {
    "id": "con_91b5d1",
    "visual_id": "13",
    "evse_id": "DE*ABC*E7*013",
    "standard": "iec_62196_t2",
    "format": "socket",
    "power_type": "ac_3_phase",
    "power_w": 22000,
    "status": "available",
    "status_at": "2026-03-02T08:59:00Z",
    "status_age_s": 60,
    "availability": "available",
    "freshness": "live",
    "confirmed_at": "2026-03-02T08:59:00Z",
    "confirmed_age_s": 60,
    "startable": {"ok": True, "reasons": [], "warnings": []},
    "ways": {
        "app": {"ok": True, "why_not": []},
        "with_pass": {"ok": False, "why_not": ["no_card_reader"]},
        "ad_hoc": {"ok": True, "why_not": []},
    },
    "pass_needed": "none",
    "energy_price": _ENERGY_PRICE,
    "last_success": {
        "last_good_at": "2026-03-02T08:46:00Z",
        "last_good_age_s": 840,
        "starts": 50,
        "worked": 48,
        "worked_percent": 96,
    },
}


class ShownEnergyPrice(Shape):
    """What the driver pays for a kWh if a charge begins now, as exact decimal text; null when nobody told us.

    The binding price, with every fee, is the quote's.
    """

    per_kwh: str | None = Field(description="Null is unknown, never free.")
    currency: str | None
    tax_included: bool | None = Field(description="Null: nobody knows the tax, and the price is before it.")
    vat_percent: str | None
    varies: bool = Field(description="The price changes with the time, the energy taken or the power.")
    also_charged: list[str]
    unknown_because: str | None

    @classmethod
    def of(cls, price: EnergyPrice) -> "ShownEnergyPrice":
        """Return the shape of a price."""
        return cls(
            per_kwh=decimal_text(price.per_kwh),
            currency=price.currency,
            tax_included=price.tax_included,
            vat_percent=decimal_text(price.vat_percent),
            varies=price.varies,
            also_charged=list(price.also),
            unknown_because=price.reason,
        )


class Startable(Shape):
    """Whether the app can start a charge here; a warning, such as a status that may lag, never refuses."""

    ok: bool
    reasons: list[str]
    warnings: list[str]


class ShownWay(Shape):
    """Whether one can charge this way, and if not, why not."""

    ok: bool
    why_not: list[str] = Field(description="New values may come.")

    @classmethod
    def of(cls, way: Way) -> "ShownWay":
        """Return the shape of a way."""
        return cls(ok=way.ok, why_not=list(way.why_not))


class ShownWays(Shape):
    """The ways to charge, told apart: with this app, with a pass at the charger, and without any account."""

    app: ShownWay
    with_pass: ShownWay
    ad_hoc: ShownWay


class LastSuccess(Shape):
    """How charges of our own drivers went here in the last 90 days: evidence with its sample size."""

    last_good_at: Moment | None
    last_good_age_s: int | None
    starts: int = Field(description="Starts of which we know how they went.")
    worked: int = Field(description="Those after which energy flowed.")
    worked_percent: int

    @classmethod
    def of(cls, score: EvseScore | None, now: datetime) -> "LastSuccess | None":
        """Return the shape of a score; None where nobody of ours charged."""
        if score is None or not score.starts:
            return None
        age = None if score.last_good_at is None else max(0, int((now - score.last_good_at).total_seconds()))
        percent = score.worked * 100 // score.starts
        return cls(
            last_good_at=score.last_good_at,
            last_good_age_s=age,
            starts=score.starts,
            worked=score.worked,
            worked_percent=percent,
        )


class ShownConnector(Shape):
    """One socket or cable."""

    model_config = example(CONNECTOR_EXAMPLE)
    id: str
    visual_id: str = Field(description="What the post most probably shows.")
    evse_id: str | None
    standard: str
    format: str
    power_type: str
    power_w: int | None
    status: str = Field(description="What the operator said last; new values may come.")
    status_at: Moment
    status_age_s: int
    availability: str = Field(description="`available`, `occupied`, `broken`, `planned` or `unknown`.")
    freshness: str = Field(description="How much the status can be believed: `live`, `recent`, `stale` or `unknown`.")
    confirmed_at: Moment = Field(description="When the status was last known to hold.")
    confirmed_age_s: int
    startable: Startable
    ways: ShownWays
    pass_needed: str = Field(description="Which pass the app needs to start here: `none`, `received` or `active`.")
    energy_price: ShownEnergyPrice
    last_success: LastSuccess | None

    @classmethod
    def of(cls, found: FoundConnector, now: datetime) -> "ShownConnector":
        """Return the shape of a connector as it is at ``now``."""
        evse = found.evse
        availability, freshness = availability_of(evse.status), found.freshness(now)
        occupied = ["occupied"] if availability is Availability.OCCUPIED else []
        warnings = occupied + (["stale_status"] if freshness is Freshness.STALE else [])
        return cls(
            id=found.connector.public_id,
            visual_id=found.visual_id.text,
            evse_id=evse.evse_id,
            standard=found.connector.standard,
            format=found.connector.format,
            power_type=found.connector.power_type,
            power_w=connector_of(found.connector).power_w,
            status=evse.status,
            status_at=evse.last_updated,
            status_age_s=_age(evse.last_updated, now),
            availability=availability,
            freshness=freshness,
            confirmed_at=found.confirmed_at,
            confirmed_age_s=_age(found.confirmed_at, now),
            startable=Startable(ok=not found.refusals, reasons=list(found.refusals), warnings=warnings),
            ways=ShownWays(
                app=ShownWay.of(found.ways.app),
                with_pass=ShownWay.of(found.ways.with_pass),
                ad_hoc=ShownWay.of(found.ways.ad_hoc),
            ),
            pass_needed=found.terms.pass_policy,
            energy_price=ShownEnergyPrice.of(found.energy_price),
            last_success=LastSuccess.of(found.score, now),
        )


def _age(at: datetime, now: datetime) -> int:
    return max(0, int((now - at).total_seconds()))
