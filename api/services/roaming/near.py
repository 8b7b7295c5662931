"""How far two locations are from each other: near enough to be one site, whoever operates them.

Binary fractions are good enough for meters; nothing that costs money is computed from them but "the same site".
"""

from math import cos, hypot, radians
from typing import Protocol

from api.models.location import LocationRow

METERS_PER_DEGREE = 111_195
"""Along a meridian, on a sphere of the earth's mean radius."""

SITE_METERS = 300
"""How far apart two locations may be to count as one site: a car park with chargers of several operators."""


class Somewhere(Protocol):
    """Anything that is at a place: a location, or where a driver stands."""

    @property
    def latitude(self) -> float:
        """Return degrees north."""
        ...

    @property
    def longitude(self) -> float:
        """Return degrees east."""
        ...


def same_site(one: LocationRow, other: LocationRow) -> bool:
    """Say whether two locations are one, or so near that a driver may have walked or rolled from one to the other."""
    return one.key == other.key or meters_between(one, other) <= SITE_METERS


def meters_between(one: Somewhere, other: Somewhere) -> float:
    """Return the distance on the ground, exact enough up to some kilometers; longitudes may be across the date line."""
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude + 180) % 360 - 180
    shrunk = east * cos(radians((one.latitude + other.latitude) / 2))
    return hypot(north, shrunk) * METERS_PER_DEGREE
