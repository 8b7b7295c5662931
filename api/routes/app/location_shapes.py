"""A location with its connectors, as lists, favorites and searches show it."""

from collections.abc import Iterable
from datetime import datetime

from api.domain.finance.issuer import Issuer
from api.routes.app.connector_shapes import CONNECTOR_EXAMPLE, ShownConnector
from api.routes.app.place_shapes import LOCATION_EXAMPLE, Place
from api.routes.app.shapes import Shape, example
from api.services.roaming.find import FoundLocation

SHOWN_LOCATION_EXAMPLE = {"place": LOCATION_EXAMPLE, "connectors": [CONNECTOR_EXAMPLE]}


class ShownLocation(Shape):
    """A location with its connectors."""

    model_config = example(SHOWN_LOCATION_EXAMPLE)
    place: Place
    connectors: list[ShownConnector]

    @classmethod
    def of(cls, found: FoundLocation, issuer: Issuer, now: datetime) -> "ShownLocation":
        """Return the shape of a location as it is at ``now``."""
        connectors = [ShownConnector.of(each, now) for each in found.connectors]
        return cls(place=Place.of(found, issuer), connectors=connectors)


def shown_locations(found: Iterable[FoundLocation], issuer: Issuer, now: datetime) -> list[ShownLocation]:
    """Return the shapes of locations."""
    return [ShownLocation.of(each, issuer, now) for each in found]
