"""Near enough to be one site: some hundred meters on the ground, at any latitude and across the date line."""

from decimal import Decimal

import pytest

from api.models.location import LocationRow
from api.services.roaming.near import meters_between, same_site


def at(latitude: str, longitude: str, key: str = "prt_2/DE/XYZ/2") -> LocationRow:
    """Return a location at a point; nothing else of it matters here."""
    return LocationRow(key=key, latitude=float(Decimal(latitude)), longitude=float(Decimal(longitude)))


@pytest.mark.parametrize(
    ("one", "other", "meters"),
    [
        (("48.5", "9.25"), ("48.5", "9.25"), 0),
        (("48.5", "9.25"), ("48.51", "9.25"), 1112),
        (("0", "9.25"), ("0", "9.26"), 1112),
        (("60", "9.25"), ("60", "9.26"), 556),
        (("0", "179.995"), ("0", "-179.995"), 1112),
        (("-33.9", "18.4"), ("-33.9", "18.404"), 369),
    ],
)
def test_distance_on_the_ground(one: tuple[str, str], other: tuple[str, str], meters: int) -> None:
    """A degree of longitude shrinks towards the poles, and the date line is no distance."""
    assert round(meters_between(at(*one), at(*other))) == meters
    assert round(meters_between(at(*other), at(*one))) == meters


def test_one_location_is_one_site_wherever_it_says_it_is() -> None:
    """A partner may move its pin between two reads; the key tells."""
    assert same_site(at("48.5", "9.25", key="a"), at("49.5", "9.25", key="a"))
    assert not same_site(at("48.5", "9.25", key="a"), at("49.5", "9.25", key="b"))
    assert same_site(at("48.5", "9.25", key="a"), at("48.5026", "9.25", key="b"))
