"""What the open routes of contacts are asked: where the caller is, what they speak, whose clock they look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.language import spoken_of, wishes_of
from api.domain.pricing.local_time import zone_of
from api.domain.pricing.refused import PricingRefused
from api.domain.support.contact import ContactRole
from api.domain.support.countries import country_of
from api.ports.policy import ServicePolicy
from api.routes.app.place_shapes import Operator, location_key_of
from api.routes.app.shapes import PublicId, Text
from api.services.finding.places import location_by_key

CountryCode = Annotated[str, StringConstraints(pattern="^[A-Za-z]{2,3}$")]
"""ISO 3166, two or three letters."""


class UnknownTimeZone(Invalid):
    """No IANA zone has this name. Fact: ``time_zone``."""


class CountryMissing(Invalid):
    """Neither a country nor a location was named."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose line is asked for, and where."""

    country: Annotated[CountryCode | None, Query(description="Null: that of the location.", examples=["AT"])] = None
    role: ContactRole = ContactRole.DRIVER
    lang: Annotated[Text | None, Query(description="The best first; null: `Accept-Language`.", examples=["de,en"])] = (
        None
    )
    product: Annotated[Text | None, Query(description="Null: lines for everybody.", examples=["home_flex"])] = None
    time_zone: Annotated[Text | None, Query(description="The caller's, IANA.", examples=["Europe/Vienna"])] = None
    location_id: Annotated[PublicId | None, Query(description="Where the driver stands.")] = None

    def languages(self, accept_language: str | None) -> list[str]:
        """Return the caller's languages, the preferred first."""
        wishes = self.lang.split(",") if self.lang else wishes_of(accept_language)
        return list(dict.fromkeys(filter(None, map(spoken_of, wishes))))

    def zone(self) -> str | None:
        """Return the caller's zone, if they told it; raises UnknownTimeZone."""
        if self.time_zone is None:
            return None
        try:
            return zone_of(self.time_zone).key
        except PricingRefused as error:
            raise UnknownTimeZone("unknown_time_zone", time_zone=self.time_zone) from error


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """Where the caller is: the country, and the operator of the charger where they stand at one."""

    country: str
    operator: Operator | None


async def place_of(db: AsyncSession, policy: ServicePolicy, now: datetime, asked: Asked) -> AskedPlace:
    """Return where the caller is; raises UnknownLocation, CountryMissing."""
    if asked.location_id is None:
        if asked.country is None:
            raise CountryMissing("country_missing")
        return AskedPlace(asked.country, None)
    found = await location_by_key(db=db, policy=policy, now=now, key=location_key_of(asked.location_id))
    operator = Operator.of(found.location, found.terms, policy.issuer)
    return AskedPlace(asked.country or found.location.country, operator)


def alpha2(code: str | None) -> str | None:
    """Return a country's code as the directory has it."""
    known = country_of(code)
    return known.code if known is not None else code.upper() if code is not None else None


def named(product: str | None) -> str | None:
    """Return a product as the directory has it."""
    return (product or "").strip().lower() or None


def tell_language(response: Response, language: str) -> None:
    """Say which language the texts of an answer are in."""
    response.headers["Content-Language"], response.headers["Vary"] = language, "Accept-Language"
