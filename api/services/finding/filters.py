"""What a driver may filter the map by, as conditions on rows of ``spot``: one place for the map, lists and the search.

The ways to charge are those of ``domain/roaming/ways.py``, said in SQL; a test holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.domain.roaming.hub import AWAY
from api.domain.roaming.partner import MarketRole
from api.domain.roaming.ways import LIVE, NO_PASS, Availability, PlannedWork
from api.services.finding.grid import EARTH, Frame
from api.services.roaming.partners import PartnerStatus

GROUPS = {
    Availability.UNKNOWN: 0,
    Availability.AVAILABLE: 1,
    Availability.OCCUPIED: 2,
    Availability.BROKEN: 3,
    Availability.PLANNED: 4,
}
"""``spot.status``; 5 is removed."""
_OWNER = "hashtextextended(n.country_code || '-' || n.party_id, 0)"
_HUBS = f'SELECT hashtextextended(id, 0) FROM partner WHERE roles @> \'[{{"role": "{MarketRole.HUB.value}"}}]\''  # noqa: S608 - as below
_SHOWN = f"""s.published AND s.status <> 5
  AND s.partner NOT IN (SELECT hashtextextended(id, 0) FROM partner WHERE status <> '{PartnerStatus.CONNECTED.value}')
  AND NOT (s.partner IN ({_HUBS}) AND spot_told_directly(s.evse_id_normal))"""  # noqa: S608 - words of ours
"""Of a connected partner, published, there; what a hub tells of gives way to its operator (``find_doubles.py``)."""
_WORKS = "SELECT {} FROM status_maintenance w WHERE w.running AND w.kind = '{}'"
_USABLE = f"s.status NOT IN (3, 4, 5) AND s.location_key NOT IN ({_WORKS.format('w.subject_id', PlannedWork.SITE)})"
_CONNECTED = f"s.partner NOT IN ({_WORKS.format('hashtextextended(w.subject_id, 0)', PlannedWork.PARTNER)})"
"""Planned work that runs, as of the last look at it (``services/status/maintenance.py``), a minute ago at most."""
_AGREED = f"s.network NOT IN (SELECT {_OWNER} FROM network n WHERE n.state <> '{LIVE}' OR NOT n.app_charging)"  # noqa: S608 - as above
_AWAKE = f"s.network NOT IN (SELECT {_OWNER} FROM network n WHERE n.state <> '{LIVE}')"  # noqa: S608 - as above
_NO_PASS = f"s.network NOT IN (SELECT {_OWNER} FROM network n WHERE n.pass_policy <> '{NO_PASS}')"  # noqa: S608 - as above
_AWAY = ", ".join(sorted(f"'{each.value}'" for each in AWAY))
_THERE = (
    f"(s.partner, s.network) NOT IN (SELECT hashtextextended(n.partner_id, 0), {_OWNER} FROM client_info n"  # noqa: S608 - as above
    f" WHERE n.role = '{MarketRole.CPO.value}' AND n.status IN ({_AWAY}))"
)
APP = f"s.by_app AND {_USABLE} AND {_CONNECTED} AND {_AGREED} AND {_THERE}"
"""The app can start a charge (CM04)."""
WITH_PASS = f"s.by_card AND {_USABLE} AND {_AWAKE}"
AD_HOC = f"{_USABLE} AND (s.payable OR ({APP} AND {_NO_PASS}))"


def far_from(x: str, y: str) -> str:
    """Return the square of the distance on the grid from a point, given as numbers of values, the shorter way round."""
    east = f"least(abs(s.x - {x}::bigint), {EARTH} - abs(s.x - {x}::bigint))"
    return f"({east} * {east} + (s.y - {y}::bigint) * (s.y - {y}::bigint))"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is wanted; what is not said does not matter. ``terms`` are spellings for each word that was typed."""

    app_charging: bool = False
    with_pass: bool = False
    ad_hoc: bool = False
    min_power_w: int | None = None
    max_power_w: int | None = None
    standards: tuple[str, ...] = ()
    availability: tuple[Availability, ...] = ()
    networks: tuple[str, ...] = ()
    """As ``DE-ABC``."""
    terms: tuple[tuple[str, ...], ...] = ()


class Where:
    """Conditions on ``spot s`` with their values, numbered as they are added."""

    def __init__(self, *values: object) -> None:
        """Begin with what is shown at all, after ``values`` of the statement itself."""
        self.values = list(values)
        self._conditions = [_SHOWN]

    def __str__(self) -> str:
        """Return the condition."""
        return " AND ".join(self._conditions)

    def add(self, condition: str, *values: object) -> None:
        """Add a condition, in which each ``{}`` stands for the next value."""
        numbers = []
        for value in values:
            self.values.append(value)
            numbers.append(f"${len(self.values)}")
        self._conditions.append(condition.format(*numbers) if values else condition)

    def inside(self, frame: Frame) -> None:
        """Add a box."""
        if (tiles := frame.tiles()) is not None:
            self.add("s.tile = ANY({}::int[])", tiles)
        self.add("s.y BETWEEN {} AND {}", frame.top, frame.bottom)
        if frame.left <= frame.right:
            self.add("s.x BETWEEN {} AND {}", frame.left, frame.right)
        else:
            self.add("(s.x >= {} OR s.x <= {})", frame.left, frame.right)

    def wanted(self, filters: Filters, *, passes_offered: bool) -> None:
        """Add filters."""
        for asked, condition in (
            (filters.app_charging, APP),
            (filters.with_pass, WITH_PASS if passes_offered else "false"),
            (filters.ad_hoc, f"({AD_HOC})"),
        ):
            if asked:
                self.add(condition)
        if filters.min_power_w is not None:
            self.add("s.power_w >= {}", filters.min_power_w)
        if filters.max_power_w is not None:
            self.add("s.power_w BETWEEN 1 AND {}", filters.max_power_w)
        if filters.standards:
            self.add("s.standard = ANY({}::text[])", list(filters.standards))
        if filters.availability:
            self.add("s.status = ANY({}::smallint[])", [GROUPS[each] for each in filters.availability])
        if filters.networks:
            hashes = "SELECT hashtextextended(each, 0) FROM unnest({}::text[]) each"
            self.add(f"s.network IN ({hashes})", list(filters.networks))
        self._named(filters.terms)

    def at(self, location_keys: Sequence[str]) -> None:
        """Add that it is at one of these locations."""
        of_places = "SELECT key FROM evse WHERE location_key = ANY({}::text[])"
        self.add(f"s.evse_key IN ({of_places})", list(location_keys))

    def _named(self, terms: Sequence[Sequence[str]]) -> None:
        """Add that the location has each word in one of its spellings."""
        if not terms:
            return
        hits = " AND ".join("t.words && {}::text[]" for _ in terms)
        self.add(
            f"s.location_key IN (SELECT t.location_key FROM place_text t WHERE {hits})",  # noqa: S608 - numbers of values
            *(list(term) for term in terms),
        )
