"""The shape of a location: where it is, and whom to call about it."""

from base64 import urlsafe_b64decode
from decimal import Decimal
from typing import Any

from pydantic import Field

from api.domain.finance.issuer import Issuer
from api.domain.roaming.ways import NetworkTerms
from api.models.location import LocationRow
from api.routes.app.shapes import Shape, example
from api.services.roaming.find import FoundConnector, FoundLocation, UnknownLocation
from api.services.roaming.keys import location_public_id

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
    "network": "DE-ABC",
    "operator": {
        "name": "Harbor Energy",
        "phone": "+49 711 0000",
        "email": None,
        "website": None,
        "hours": None,
        "source": "operator",
        "incomplete": ["email", "hours"],
    },
}


class Operator(Shape):
    """Whom to call (CK02). Where the operator told nothing, the network or we stand in, and ``source`` says so."""

    name: str | None
    phone: str | None
    email: str | None
    website: str | None
    hours: str | None = Field(description="When somebody answers; null: nobody told us.")
    source: str = Field(description="`operator`, `network` or `platform`: who the name and the contacts belong to.")
    incomplete: list[str] = Field(description="What the operator did not tell.")

    @classmethod
    def of(cls, row: LocationRow, terms: NetworkTerms, issuer: Issuer) -> "Operator":
        """Return whom to call about a location."""
        told = {"name": row.operator_name, "phone": row.help_phone, "website": row.operator_website}
        known: dict[str, Any] = {"name": row.operator_name or terms.name or issuer.name, "email": None, "hours": None}
        if row.help_phone or row.operator_website:
            known |= {"phone": row.help_phone, "website": row.operator_website, "source": "operator"}
        elif terms.website:
            known |= {"phone": None, "website": terms.website, "source": "network"}
        else:
            known |= {"phone": issuer.phone, "website": None, "email": issuer.email, "source": "platform"}
        return cls(**known, incomplete=[name for name, value in told.items() if not value] + ["email", "hours"])


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
    network: str = Field(description="The party behind it, as filters name it.")
    operator: Operator

    @classmethod
    def of(cls, found: FoundConnector | FoundLocation, issuer: Issuer) -> "Place":
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
            network=f"{row.country_code}-{row.party_id}",
            operator=Operator.of(row, found.terms, issuer),
        )


def location_id_of(key: str) -> str:
    """Return the public id of a location."""
    return location_public_id(key)


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
