"""Alternatives: what can be started and is not known to be occupied, the same site first, then by distance."""

from decimal import Decimal

import pytest

from api.db import UnitOfWork
from api.domain.roaming.location import EvseStatus
from api.services.finding.alternatives import Point, alternatives_to, startable_near
from api.services.finding.filters import Filters
from api.services.finding.grid import Frame, frame_of, latitude_of, longitude_of, x_of, y_of, zoom_of
from api.services.roaming.find import Box, UnknownConnector
from api.services.roaming.keys import connector_public_id
from tests.api.services.finding.builders import a_post, a_site, store
from tests.api.services.roaming.builders import a_connector
from tests.fakes import START, fake_policy

POLICY = fake_policy()
BROKEN = connector_public_id("prt_1/DE/CPO/HERE/H1/1")


@pytest.fixture
async def town(work: UnitOfWork) -> None:
    """Store a town: the site with its neighbors, one across the street, one far away, and what is no way out."""
    combo = a_connector("1", standard="iec_62196_t2_combo", power_type="dc", max_electric_power_w=150_000)
    here = [
        a_post("H1", EvseStatus.OUT_OF_ORDER),
        a_post("H2", EvseStatus.UNKNOWN),
        a_post("H3", EvseStatus.CHARGING),
        a_post("H4", EvseStatus.AVAILABLE, combo),
        a_post("H5", EvseStatus.AVAILABLE, capabilities=frozenset({"rfid_reader"})),
    ]
    await store(
        work,
        a_site("HERE", "48.0", "9.0", *here),
        a_site("STREET", "48.002", "9.0"),
        a_site("NEAR", "48.01", "9.0"),
        a_site("FAR", "48.4", "9.0"),
    )


async def near(work: UnitOfWork, **more: object) -> list[tuple[str, bool]]:
    """Return the EVSEs that are named instead of the broken one, and whether they are at the same site."""
    async with work() as db:
        found = await alternatives_to(
            db=db,
            policy=POLICY,
            now=START,
            connector_id=BROKEN,
            any_standard=bool(more.get("any_standard")),
            limit=int(str(more.get("limit", 10))),
        )
    assert [each.distance_m for each in found if not each.same_site] == sorted(
        each.distance_m for each in found if not each.same_site
    )
    return [(each.found.evse.uid, each.same_site) for each in found]


@pytest.mark.capability("P12")
async def test_the_same_site_comes_first_and_only_what_can_start(work: UnitOfWork, town: None) -> None:
    """Not the post itself, none that is occupied, broken or out of the app's reach, and of the same plug."""
    assert await near(work) == [("H2", True), ("STREET-1", True), ("NEAR-1", False), ("FAR-1", False)]
    assert await near(work, limit=3) == [("H2", True), ("STREET-1", True), ("NEAR-1", False)]


async def test_any_plug_on_request(work: UnitOfWork, town: None) -> None:
    """A driver with an adapter sees them all."""
    assert (await near(work, any_standard=True))[:3] == [("H2", True), ("H4", True), ("STREET-1", True)]


async def test_near_a_point_with_power(work: UnitOfWork, town: None) -> None:
    """From where the phone is, only fast ones; over the date line as well."""
    filters = Filters(min_power_w=100_000)
    async with work() as db:
        found = await startable_near(db=db, policy=POLICY, now=START, here=Point(48.0, 9.01), filters=filters, limit=5)
    assert [(each.found.evse.uid, each.same_site) for each in found] == [("H4", False)]
    assert 700 < found[0].distance_m < 800
    await store(work, a_site("EAST", "0", "-179.99"))
    async with work() as db:
        found = await startable_near(db=db, policy=POLICY, now=START, here=Point(0, 179.99), filters=Filters(), limit=1)
    assert [each.found.evse.uid for each in found] == ["EAST-1"]


async def test_a_connector_that_nobody_has(work: UnitOfWork) -> None:
    """It is told, not answered with an empty list."""
    with pytest.raises(UnknownConnector):
        await near(work)


def test_the_grid_goes_there_and_back() -> None:
    """Coordinates survive the grid to a centimeter or so, and the poles and the date line have a place."""
    for latitude, longitude in ((48.1234567, 9.7654321), (-33.9, -179.9999), (0.0, 0.0), (84.9, 180.0)):
        assert abs(latitude_of(y_of(latitude)) - latitude) < 1e-6
        assert abs(longitude_of(x_of(longitude)) - longitude) < 1e-6
    assert (y_of(90), y_of(-90)) == (y_of(85.05), y_of(-85.05))


@pytest.mark.parametrize(
    ("box", "asked", "zoom"),
    [
        ((0, 48, "0.01", "48.01"), 18, 17),
        ((0, 48, "0.01", "48.01"), None, 15),
        ((-180, -85, 180, 85), 22, 3),
        ((6, 47, 15, 55), 7, 7),
        ((6, 47, 15, 55), 3, 3),
        ((170, 0, -170, 10), 12, 7),
        ((9, 48, 9, 48), 22, 22),
    ],
)
def test_a_large_box_is_never_drawn_deep(box: tuple[object, ...], asked: int | None, zoom: int) -> None:
    """However deep a zoom is asked for, the box has at most some thousand cells."""
    frame = frame_of(Box(*(Decimal(str(edge)) for edge in box)))
    assert zoom_of(frame, asked) == zoom


def test_tiles_of_a_box_over_the_date_line() -> None:
    """The tiles of both sides, and none in between; a country has too many to name."""
    frame = Frame((1 << 30) - 1, 1, 0, 1)
    assert frame.tiles() == [((1 << 12) - 1) << 12, 0]
    assert Frame(0, 1 << 28, 0, 1 << 28).tiles() is None
