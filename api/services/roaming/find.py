"""Connectors with all that a driver is shown of them, and the one that a driver reads on a post.

A search answers with rows and what follows from them; it never picks between connectors (capabilities.md CM07). How a
text names a post is decided in ``domain/visual_id.py``; prices for the list come from ``find_prices.py``. Boxes,
filters and words are searched by ``services/finding``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.roaming.freshness import Freshness, confirmed_at, freshness_of
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.ways import NOT_USABLE, NetworkTerms, Ways, ways_of
from api.domain.visual_id import SUFFIX_LENGTH, Match, Post, VisualId, decide, match, normalize, visual_ids
from api.models.finding import EvseScore
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.models.status import StatusMaintenance
from api.ports.policy import ServicePolicy
from api.services.roaming.find_doubles import not_doubled
from api.services.roaming.find_prices import EnergyPrice, energy_prices
from api.services.roaming.network_rules import rules_at
from api.services.roaming.network_terms import Owners, owners_of
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.planned_work import works_at

MOST_CANDIDATES = 20
MOST_POSTS = 500
"""How many posts a search without a place looks at."""
NOT_STARTABLE = NOT_USABLE
"""Statuses in which a quote is refused; an occupied EVSE is not among them, since that status lags (CM06)."""
NEAR_DEGREES = Decimal("0.005")
"""Some 500 m to the north: what "near" means when a driver stands in front of a post."""


class UnknownLocation(NotFound):
    """There is no such location."""


class UnknownConnector(NotFound):
    """No such connector, or it is gone."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box on the map in decimal degrees; west may be larger than east across the date line."""

    west: Decimal
    south: Decimal
    east: Decimal
    north: Decimal


@dataclass(frozen=True, slots=True)
class FoundConnector:
    """A connector with its EVSE, its location, the name its post probably shows, and what energy costs there."""

    connector: ConnectorRow
    evse: EvseRow
    location: LocationRow
    visual_id: VisualId
    energy_price: EnergyPrice
    ways: Ways
    terms: NetworkTerms
    heard_at: datetime | None = None
    """When the partner last told us anything of its places."""
    score: EvseScore | None = None

    @property
    def refusals(self) -> tuple[str, ...]:
        """Say why the app cannot start a charge here whatever happens; empty when it can."""
        return self.ways.app.why_not

    @property
    def confirmed_at(self) -> datetime:
        """Return when the status was last known to hold."""
        return confirmed_at(self.evse.last_updated, self.heard_at)

    def freshness(self, now: datetime) -> Freshness:
        """Say how much the status can be believed."""
        return freshness_of(self.evse.status, self.evse.last_updated, self.heard_at, now)


@dataclass(frozen=True, slots=True)
class FoundLocation:
    """A location with its connectors, in the order of their posts."""

    location: LocationRow
    connectors: tuple[FoundConnector, ...]
    terms: NetworkTerms


class Outcome(StrEnum):
    """What a search for a visual identifier came to."""

    ONE = "one"
    CANDIDATES = "candidates"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A connector that was perhaps meant, and why."""

    found: FoundConnector
    match: Match


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to "which connector is this": exactly one, or candidates surest first, or none."""

    outcome: Outcome
    candidates: tuple[Candidate, ...]


async def resolve_connector(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    visual_id: str,
    location_key: str | None = None,
    near: tuple[Decimal, Decimal] | None = None,
) -> Resolution:
    """Say which connector ``visual_id`` names, at a location, near a point (latitude, longitude) or anywhere.

    An EVSE with several connectors yields all of them as candidates. Raises ``UnknownLocation``.
    """
    in_one_place = location_key is not None or near is not None
    rows = await _locations_to_search(db, visual_id, location_key, near)
    everything = [each for place in await with_connectors(db, policy, now, rows) for each in place.connectors]
    rules = await rules_at(db, rows)
    posts = {each.evse.key: rules.of(_post_matches(each, everything), each.location) for each in everything}
    matches = [found for post in posts.values() if (found := match(visual_id, post, in_one_place=in_one_place))]
    chosen = decide(matches)
    return _resolution(everything, [chosen] if chosen else matches, decided=chosen is not None)


def _resolution(everything: Sequence[FoundConnector], matches: Sequence[Match], *, decided: bool) -> Resolution:
    by_evse = {each.key: each for each in matches}
    candidates = [Candidate(each, by_evse[each.evse.key]) for each in everything if each.evse.key in by_evse]
    candidates.sort(key=lambda each: (-each.match.confidence, each.found.connector.key))
    if not candidates:
        return Resolution(Outcome.NONE, ())
    outcome = Outcome.ONE if decided and len(candidates) == 1 else Outcome.CANDIDATES
    return Resolution(outcome, tuple(candidates[:MOST_CANDIDATES]))


def _post_matches(found: FoundConnector, everything: Sequence[FoundConnector]) -> Post:
    """Return what is known of a connector's post."""
    siblings = dict.fromkeys(each.evse.key for each in everything if each.location.key == found.location.key)
    return _post(found.evse, found.location, list(siblings).index(found.evse.key) + 1)


async def _locations_to_search(
    db: AsyncSession, typed: str, location_key: str | None, near: tuple[Decimal, Decimal] | None
) -> list[LocationRow]:
    """Return the locations that a visual identifier may be at."""
    if location_key is not None:
        rows = list((await db.exec(reachable().where(LocationRow.key == location_key))).all())
        if not rows:
            raise UnknownLocation("unknown_location")
        return rows
    if near is not None:
        latitude, longitude = near
        wide = NEAR_DEGREES * 2
        around = Box(longitude - wide, latitude - NEAR_DEGREES, longitude + wide, latitude + NEAR_DEGREES)
        return list((await db.exec(reachable().where(_inside(around)).limit(MOST_POSTS))).all())
    return await _locations_by_text(db, typed)


async def _locations_by_text(db: AsyncSession, typed: str) -> list[LocationRow]:
    """Return locations with an EVSE that the text may name: by its id, the end of it, or the physical reference."""
    wanted = normalize(typed)
    if not wanted:
        return []
    exact = col(EvseRow.evse_id_normal) == wanted
    named = func.upper(col(EvseRow.physical_reference)) == typed.strip().upper()
    ending = col(EvseRow.evse_id_normal).like(f"%{wanted}")
    either = or_(exact, named, ending) if len(wanted) >= SUFFIX_LENGTH else or_(named, ending)
    query = reachable().where(col(LocationRow.key).in_(select(EvseRow.location_key).where(either)))
    return list((await db.exec(query.order_by(col(LocationRow.key)).limit(MOST_POSTS))).all())


def reachable() -> Any:
    """Select the locations that may be shown: published, of a connected partner."""
    connected = select(Partner.id).where(Partner.status == PartnerStatus.CONNECTED)
    return select(LocationRow).where(col(LocationRow.publish).is_(True), col(LocationRow.partner_id).in_(connected))


def _inside(box: Box) -> ColumnElement[bool]:
    latitude, longitude = col(LocationRow.latitude), col(LocationRow.longitude)
    across = box.west > box.east
    columns = or_(longitude >= box.west, longitude <= box.east) if across else longitude.between(box.west, box.east)
    return and_(latitude.between(box.south, box.north), columns)


async def with_connectors(
    db: AsyncSession, policy: ServicePolicy, now: datetime, rows: Sequence[LocationRow]
) -> list[FoundLocation]:
    """Return the locations with all their connectors and prices, in a handful of queries however many they are."""
    places = {row.key: row for row in rows}
    query = (
        select(EvseRow, ConnectorRow, EvseScore)
        .join(ConnectorRow, col(ConnectorRow.evse_key) == col(EvseRow.key))
        .join(EvseScore, col(EvseScore.evse_key) == col(EvseRow.key), isouter=True)
        .where(col(EvseRow.location_key).in_(list(places)), EvseRow.status != EvseStatus.REMOVED)
        .where(not_doubled())
        .order_by(col(EvseRow.location_key), col(EvseRow.evse_id), col(EvseRow.key), col(ConnectorRow.id))
    )
    found = list((await db.exec(query)).all()) if places else []
    owners, works = await owners_of(db, rows), await works_at(db, now, rows)
    prices = await energy_prices(db, policy, now, [(places[evse.location_key], each) for evse, each, _ in found])
    shown: defaultdict[str, list[FoundConnector]] = defaultdict(list)
    for evse, connector, score in found:
        place, siblings = places[evse.location_key], shown[evse.location_key]
        visual_id = visual_ids(_post(evse, place, _position(evse, siblings)))[0]
        price = prices[connector.key]
        row = _Row(evse, connector, score, visual_id, price)
        siblings.append(_found(policy, owners, place, row, works.get(place.key)))
    return [FoundLocation(row, tuple(shown[row.key]), owners.terms_at(row)) for row in rows]


class _Row(NamedTuple):
    """What is read of one connector before its owner is looked at."""

    evse: EvseRow
    connector: ConnectorRow
    score: EvseScore | None
    visual_id: VisualId
    price: EnergyPrice


def _found(
    policy: ServicePolicy, owners: Owners, place: LocationRow, row: _Row, work: StatusMaintenance | None
) -> FoundConnector:
    """Return a connector with what its owner allows."""
    terms = owners.terms_at(place)
    ways = ways_of(
        row.evse.capabilities,
        row.evse.status,
        terms,
        passes_offered=policy.passes_enabled,
        away=owners.away_at(place),
        work=work.kind if work is not None else None,
    )
    heard_at = owners.heard.get(place.partner_id)
    return FoundConnector(row.connector, row.evse, place, row.visual_id, row.price, ways, terms, heard_at, row.score)


def _position(evse: EvseRow, before: Iterable[FoundConnector]) -> int:
    """Return the EVSE's place among its siblings, from 1; ``before`` are the connectors listed so far."""
    keys = list(dict.fromkeys(each.evse.key for each in before))
    return keys.index(evse.key) + 1 if evse.key in keys else len(keys) + 1


def _post(evse: EvseRow, location: LocationRow, position: int) -> Post:
    return Post(evse.key, evse.evse_id, evse.physical_reference, location.name, position)
