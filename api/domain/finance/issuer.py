"""Who issues receipts and invoices: the seller as tax law wants it named on paper (Directive 2006/112 Art. 226).

Does not live here: reading it from settings (``api/wiring.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Issuer:
    """The seller. ``series`` begins every number and ``time_zone`` decides on which day, so in which year, it is."""

    series: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    """ISO 3166 alpha-2."""
    vat_id: str
    email: str
    phone: str | None = None
    iban: str | None = None
    """Where fleets pay their invoices to; None: invoices name no account."""
    time_zone: str = "Europe/Berlin"

    def year_of(self, at: datetime) -> int:
        """Return the year of a moment where the issuer sits."""
        return at.astimezone(ZoneInfo(self.time_zone)).year

    def month_of(self, at: datetime) -> str:
        """Return the accounting month of a moment, ``2026-11``, where the issuer sits."""
        return at.astimezone(ZoneInfo(self.time_zone)).strftime("%Y-%m")

    def number(self, at: datetime, count: int) -> str:
        """Return a number such as ``CHH-2026-000123``; they count from 1 in each year."""
        return f"{self.series}-{self.year_of(at)}-{count:06d}"

    def to_json(self) -> dict[str, Any]:
        """Return the seller as it stands in documents."""
        return {
            "name": self.name,
            "street": self.street,
            "postal_code": self.postal_code,
            "city": self.city,
            "country": self.country,
            "vat_id": self.vat_id,
            "email": self.email,
            "phone": self.phone,
            "iban": self.iban,
        }


SANDBOX_ISSUER = Issuer(
    series="CHH",
    name="Chargehand Sandbox",
    street="Sandbox Street 1",
    postal_code="10115",
    city="Berlin",
    country="DE",
    vat_id="DE000000000",
    email="help@chargehand.example",
)
"""Stands on papers of installations that named nobody; production refuses to start with it."""
