"""Boxes of the map and the grid that clusters stand on: Web Mercator in whole numbers, the same as in the database.

A cluster covers a quarter of the side of a map tile, some 64 points of a screen: near enough to be one bubble.
"""

from dataclasses import dataclass
from math import atan, ceil, degrees, exp, log, log2, pi, radians, tan

from api.services.roaming.find import Box

BITS = 30
EARTH = 1 << BITS
"""How wide and high the earth is."""
TILE_BITS = 12
"""Tiles by which spots are found: some 10 km at the equator."""
MOST_TILES = 400
"""With more tiles than this the whole table is looked through."""
DEEPEST = 22
CELL_STEPS = 2
"""How many zoom levels below the map's own tiles the cells of clusters are."""
MOST_DEEPER = 3
"""How many zoom levels deeper than the box fits on one tile clusters may be: bounds them to about a thousand."""
_FARTHEST = 85.05
_LIMIT = EARTH - 1


@dataclass(frozen=True, slots=True)
class Frame:
    """A box in the numbers of the grid; ``left`` may be larger than ``right``."""

    left: int
    right: int
    top: int
    bottom: int

    @property
    def width(self) -> int:
        """Return how wide it is."""
        return (self.right - self.left) % EARTH

    @property
    def middle(self) -> tuple[int, int]:
        """Return its middle."""
        return (self.left + self.width // 2) % EARTH, (self.top + self.bottom) // 2

    def tiles(self) -> list[int] | None:
        """Return the tiles that it touches, or None when there are too many to name."""
        shift = BITS - TILE_BITS
        columns = (self.left + self.width >> shift) - (self.left >> shift) + 1
        top, bottom = self.top >> shift, self.bottom >> shift
        if columns * (bottom - top + 1) > MOST_TILES:
            return None
        first = self.left >> shift
        named = [(first + each) % (1 << TILE_BITS) << TILE_BITS for each in range(columns)]
        return [column | row for column in named for row in range(top, bottom + 1)]


def frame_of(box: Box) -> Frame:
    """Return a box on the grid."""
    return Frame(x_of(float(box.west)), x_of(float(box.east)), y_of(float(box.north)), y_of(float(box.south)))


def zoom_of(frame: Frame, asked: int | None) -> int:
    """Return the zoom level to draw at: the one asked for, but never so deep that a large box has countless cells."""
    side = max(frame.width, frame.bottom - frame.top, 1)
    fits = BITS - ceil(log2(side))
    return max(0, min(asked if asked is not None else fits + 1, fits + MOST_DEEPER, DEEPEST))


def cell_shift(zoom: int) -> int:
    """Return by how many bits coordinates are shifted so that those of one cell are the same."""
    return max(0, BITS - zoom - CELL_STEPS)


def x_of(longitude: float) -> int:
    """Return the column of a longitude."""
    return min(_LIMIT, max(0, int((longitude + 180) / 360 * EARTH)))


def y_of(latitude: float) -> int:
    """Return the row of a latitude, the north being 0."""
    held = min(_FARTHEST, max(-_FARTHEST, latitude))
    return min(_LIMIT, max(0, int((0.5 - log(tan(pi / 4 + radians(held) / 2)) / (2 * pi)) * EARTH)))


def longitude_of(x: int) -> float:
    """Return the longitude of a column."""
    return x / EARTH * 360 - 180


def latitude_of(y: int) -> float:
    """Return the latitude of a row."""
    return degrees(2 * atan(exp((0.5 - y / EARTH) * 2 * pi)) - pi / 2)
