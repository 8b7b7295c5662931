"""What an app may say of where and how it wants to charge, the same for the map, lists and the search."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import Depends, Query
from pydantic import StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.roaming.ways import Availability
from api.routes.app.shapes import Text
from api.services.finding.filters import Filters
from api.services.finding.words import terms_of
from api.services.roaming.find import Box

_CENTIMETER = Decimal("1e-7")
"""Degrees; nobody is located more exactly, and no database takes a number of any exponent."""
_MOST_WATTS = 10_000_000

STANDARD_PATTERN = "^[a-z0-9_]{1,40}$"
NETWORK_PATTERN = "^[A-Z]{2}-[A-Z0-9]{3}$"
Standard = Annotated[str, StringConstraints(pattern=STANDARD_PATTERN)]
NetworkName = Annotated[str, StringConstraints(pattern=NETWORK_PATTERN)]
Watts = Annotated[int | None, Query(ge=1, le=_MOST_WATTS)]
BoundingBox = Annotated[str, Query(description="west,south,east,north in degrees", examples=["9.1,48.8,9.3,48.9"])]


class BadCoordinates(Invalid):
    """Coordinates that are no numbers or not on the earth."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a request; the words in ``q`` are looked up by ``filters_of``."""

    filters: Filters
    words: str


async def _wanted(
    *,
    app_charging: Annotated[bool, Query(description="Only where the app can start a charge.")] = False,
    pass_charging: Annotated[bool, Query(description="Only where a pass is taken.")] = False,
    ad_hoc: Annotated[bool, Query(description="Only where one can pay without an account.")] = False,
    min_power_w: Watts = None,
    max_power_w: Watts = None,
    standard: Annotated[list[Standard], Query(description="Any of these plugs.", max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    availability: Annotated[list[Availability], Query(description="Any of these.", max_length=5)] = [],  # noqa: B006 - as above
    network: Annotated[list[NetworkName], Query(description="Any of these, as `DE-ABC`.", max_length=50)] = [],  # noqa: B006 - as above
    q: Annotated[Text, Query(description="Words of name, address, city, postal code, operator or EVSE id.")] = "",
) -> Wanted:
    """Return what was asked; a coroutine, since FastAPI hands plain functions and classes to threads."""
    filters = Filters(
        app_charging=app_charging,
        with_pass=pass_charging,
        ad_hoc=ad_hoc,
        min_power_w=min_power_w,
        max_power_w=max_power_w,
        standards=tuple(standard),
        availability=tuple(availability),
        networks=tuple(network),
    )
    return Wanted(filters, q)


WantedFilters = Annotated[Wanted, Depends(_wanted)]


async def filters_of(db: AsyncSession, wanted: Wanted) -> Filters:
    """Return the filters with the known spellings of the words that were typed."""
    if not wanted.words.strip():
        return wanted.filters
    return replace(wanted.filters, terms=await terms_of(db=db, typed=wanted.words))


def box_of(bbox: str) -> Box:
    """Return the box in a text; raises ``BadCoordinates``."""
    west, south, east, north = _numbers(bbox, 4)
    check_point(south, west)
    check_point(north, east)
    if south > north:
        raise BadCoordinates("bad_coordinates", given=bbox)
    return Box(west, south, east, north)


def point_of(near: str) -> tuple[Decimal, Decimal]:
    """Return the latitude and the longitude in a text; raises ``BadCoordinates``."""
    latitude, longitude = _numbers(near, 2)
    check_point(latitude, longitude)
    return latitude, longitude


def check_point(latitude: Decimal, longitude: Decimal) -> None:
    """Raise ``BadCoordinates`` for a point that is not on the earth."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadCoordinates("bad_coordinates", latitude=latitude, longitude=longitude)


def _numbers(text: str, count: int) -> list[Decimal]:
    """Return ``count`` numbers separated by commas; raises ``BadCoordinates``."""
    try:
        numbers = [Decimal(part.strip()).quantize(_CENTIMETER) for part in text.split(",")]
    except InvalidOperation as error:
        raise BadCoordinates("bad_coordinates", given=text[:100]) from error
    if len(numbers) != count or not all(number.is_finite() for number in numbers):
        raise BadCoordinates("bad_coordinates", given=text[:100])
    return numbers
