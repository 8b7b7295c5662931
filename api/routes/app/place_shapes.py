"""The shapes of locations and connectors, shared by the map and the search by visual identifier."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from decimal import Decimal

from pydantic import Field

from api.domain.roaming.location import EvseStatus
from api.routes.app.shapes import Moment, Shape, decimal_text, example
from api.services.roaming.find import FoundConnector, FoundLocation, UnknownLocation
from api.services.roaming.find_prices import EnergyPrice
from api.services.roaming.ladder import connector_of

_OCCUPIED = frozenset({EvseStatus.CHARGING, EvseStatus.RESERVED, EvseStatus.BLOCKED})
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
    "startable": {"ok": True, "reasons": [], "warnings": []},
    "energy_price": _ENERGY_PRICE,
}
LOCATION_EXAMPLE = {
    "id": "loc_cHJ0Lzc",
    "name": "Harbor",
    "address": "Harbor Street 1",
    "postal_code": "70000",
    "city": "Stuttgart",
    "country": "DEU",
    "latitude": "48.77",
    "longitude": "9.18",
    "time_zone": "Europe/Berlin",
    "operator": {"name": "Harbor Energy", "website": None, "phone": "+49 711 0000"},
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
    startable: Startable
    energy_price: ShownEnergyPrice

    @classmethod
    def of(cls, found: FoundConnector, now: datetime) -> "ShownConnector":
        """Return the shape of a connector as it is at ``now``."""
        evse = found.evse
        warnings = ["occupied"] if evse.status in _OCCUPIED else []
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
            status_age_s=max(0, int((now - evse.last_updated).total_seconds())),
            startable=Startable(ok=not found.refusals, reasons=list(found.refusals), warnings=warnings),
            energy_price=ShownEnergyPrice.of(found.energy_price),
        )


class Operator(Shape):
    """Whom to call."""

    name: str | None
    website: str | None
    phone: str | None


class Place(Shape):
    """Where it is and who runs it."""

    model_config = example(LOCATION_EXAMPLE)
    id: str
    name: str | None
    address: str
    postal_code: str | None
    city: str
    country: str
    latitude: str
    longitude: str
    time_zone: str
    operator: Operator

    @classmethod
    def of(cls, found: FoundConnector | FoundLocation) -> "Place":
        """Return the shape of a location."""
        row = found.location
        return cls(
            id=location_id_of(row.key),
            name=row.name,
            address=row.address,
            postal_code=row.postal_code,
            city=row.city,
            country=row.country,
            latitude=f"{Decimal(str(row.latitude)):f}",
            longitude=f"{Decimal(str(row.longitude)):f}",
            time_zone=row.time_zone,
            operator=Operator(name=row.operator_name, website=row.operator_website, phone=row.help_phone),
        )


def location_id_of(key: str) -> str:
    """Return the public id of a location: its key, packed, so that no column is needed."""
    return "loc_" + urlsafe_b64encode(key.encode()).decode().rstrip("=")


def location_key_of(location_id: str) -> str:
    """Return the key behind a public id; raises ``UnknownLocation`` for one that we never gave out."""
    packed = location_id.removeprefix("loc_")
    try:
        key = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except ValueError as error:
        raise UnknownLocation("unknown_location") from error
    if not location_id.startswith("loc_") or not key.isprintable():
        raise UnknownLocation("unknown_location")
    return key
