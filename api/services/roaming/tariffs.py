"""Storing tariffs as partners push them, pulling them all, and finding the one for a connector (OCPI 2.2.1 chapter 11).

Does not live here: what a tariff costs (``domain/pricing``). A charge keeps its own snapshot, so removing a tariff here
never touches a promised price.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.pricing.snapshot import tariff_from_json, tariff_to_json
from api.domain.pricing.tariff import Tariff
from api.models.location import ConnectorRow, EvseRow, LocationRow, TariffRow
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import PulledObject, UnreadableObject
from api.services.roaming.keys import UnusableId, object_key
from api.services.roaming.locations import PULL_OVERLAP, PullReport
from api.services.roaming.partners import owns, partner_by_id, peer_of
from api.services.roaming.rows import is_unstorable, load_locked, put_row
from api.services.work import Work

_OTHERS_ONLY = frozenset({"ad_hoc_payment"})
"""Tariff types that are not for us: they are paid at the charger, without a contract."""
_PREFERRED = "regular"
_CLOCK_SLACK = timedelta(minutes=15)


class UnknownTariff(NotFound):
    """We do not hold this tariff. Fact: ``tariff_id``."""


async def store_tariff(
    *,
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    tariff: Tariff,
    raw: str,
) -> bool:
    """Store a tariff unless we hold a newer one; say whether it was stored. ``raw`` is the JSON as it came."""
    key = object_key(partner.id, tariff.country_code, tariff.party_id, tariff.id)
    row = await load_locked(db, TariffRow, key)
    at = tariff.last_updated or now
    if row is not None and at < row.last_updated:
        return False
    values = {
        "key": key,
        "partner_id": partner.id,
        "country_code": tariff.country_code.upper(),
        "party_id": tariff.party_id.upper(),
        "id": tariff.id,
        "currency": tariff.currency,
        "snapshot": tariff_to_json(tariff),
        "raw": raw,
        "last_updated": at,
    }
    put_row(db, TariffRow, row, values)
    await db.flush()
    return True


async def remove_tariff(
    *, db: AsyncSession, partner: Partner, country_code: str, party_id: str, tariff_id: str
) -> None:
    """Forget a tariff; raises UnknownTariff."""
    row = await load_locked(db, TariffRow, object_key(partner.id, country_code, party_id, tariff_id))
    if row is None:
        raise UnknownTariff("tariff_unknown", tariff_id=tariff_id)
    await db.delete(row)
    await db.flush()


async def tariff_json(
    db: AsyncSession, partner: Partner, country_code: str, party_id: str, tariff_id: str
) -> str | None:
    """Return a partner's tariff as the JSON it came as, or None."""
    row = await db.get(TariffRow, object_key(partner.id, country_code, party_id, tariff_id))
    return row.raw if row else None


async def tariff_for_connector(db: AsyncSession, connector_key: str, *, now: datetime | None = None) -> Tariff | None:
    """Return the tariff that a charge at this connector would have, or None when the partner published none.

    Of several, the connector's owner's come first, then ``regular`` before unmarked before the profile ones; the order
    of the connector's list decides the rest. ``now`` leaves out tariffs that are not valid at that moment.
    """
    ladder = (
        select(ConnectorRow, LocationRow)
        .join(EvseRow, col(EvseRow.key) == col(ConnectorRow.evse_key))
        .join(LocationRow, col(LocationRow.key) == col(EvseRow.location_key))
        .where(ConnectorRow.key == connector_key)
    )
    found = (await db.exec(ladder)).first()
    if found is None or not found[0].tariff_ids:
        return None
    connector, location = found
    wanted = [str(tariff_id).upper() for tariff_id in connector.tariff_ids]
    query = select(TariffRow).where(
        TariffRow.partner_id == location.partner_id, func.upper(col(TariffRow.id)).in_(wanted)
    )
    stored = [(row, tariff_from_json(row.snapshot)) for row in await db.exec(query)]
    return best_tariff(stored, connector=connector, location=location, now=now)


def best_tariff(
    stored: Iterable[tuple[TariffRow, Tariff]], *, connector: ConnectorRow, location: LocationRow, now: datetime | None
) -> Tariff | None:
    """Of stored tariffs that a connector lists, return the one of a charge there, or None: see above."""
    wanted = [str(tariff_id).upper() for tariff_id in connector.tariff_ids]

    def rank(found: tuple[TariffRow, Tariff]) -> tuple[bool, int, int]:
        row, tariff = found
        foreign = (row.country_code, row.party_id) != (location.country_code, location.party_id)
        return foreign, _type_rank(tariff.type), wanted.index(row.id.upper())

    best = min((each for each in stored if _usable(each[1], now)), key=rank, default=None)
    return None if best is None else best[1]


async def pull_tariffs(*, work: Work, ports: Ports, now: datetime, partner_id: str, whole: bool = False) -> PullReport:
    """Fetch a partner's tariffs: all of them the first time and when ``whole``, else what changed.

    After all were read without a problem, tariffs that were not among them are removed: the list is the whole truth.
    Raises PartnerNotConnected, PartnerUnreachable, PartnerAnsweredBadly.
    """
    async with work() as db:
        partner = await partner_by_id(db, partner_id)
        peer, last = peer_of(partner, ports), partner.tariffs_pulled_at
    since = None if whole or last is None else last - PULL_OVERLAP
    report, seen = PullReport(), set[str]()
    async for found in ports.roaming.pull_tariffs(peer, changed_since=since):
        if isinstance(found, UnreadableObject):
            report.problems.append(found.reason)
            continue
        await _store_pulled(work, now, partner, found, report, seen)
    async with work() as db:
        if since is None and not report.problems:
            await _remove_unlisted(db, partner, seen, now, report)
        (await partner_by_id(db, partner_id)).tariffs_pulled_at = now
    return report


async def _store_pulled(
    work: Work,
    now: datetime,
    partner: Partner,
    found: PulledObject[Tariff],
    report: PullReport,
    seen: set[str],
) -> None:
    """Store one pulled tariff, or note why not."""
    tariff = found.value
    if not owns(partner, tariff.country_code, tariff.party_id):
        report.problems.append(f"{tariff.country_code}/{tariff.party_id}/{tariff.id}: not the partner's")
        return
    try:
        async with work() as db:
            await store_tariff(db=db, now=now, partner=partner, tariff=tariff, raw=found.raw)
    except UnusableId as error:
        report.problems.append(str(error))
    except DBAPIError as error:
        if not is_unstorable(error):
            raise
        report.problems.append(f"{tariff.country_code}/{tariff.party_id}/{tariff.id}: cannot be stored")
    else:
        seen.add(object_key(partner.id, tariff.country_code, tariff.party_id, tariff.id))
        report.stored += 1


async def _remove_unlisted(
    db: AsyncSession, partner: Partner, seen: Iterable[str], now: datetime, report: PullReport
) -> None:
    """Remove the tariffs that a whole pull did not list, but for those pushed during the pull."""
    listed = set(seen)
    for row in (await db.exec(select(TariffRow).where(TariffRow.partner_id == partner.id))).all():
        if row.key not in listed and row.last_updated < now - _CLOCK_SLACK:
            await db.delete(row)
            report.removed += 1
    await db.flush()


def _usable(tariff: Tariff, now: datetime | None) -> bool:
    """Say whether a tariff is for contract customers and valid at ``now``."""
    if (tariff.type or "").lower() in _OTHERS_ONLY:
        return False
    if now is None:
        return True
    return (tariff.starts_at is None or tariff.starts_at <= now) and (tariff.ends_at is None or now < tariff.ends_at)


def _type_rank(tariff_type: str | None) -> int:
    """Return how well a tariff's type fits a plain charge: regular, unmarked, then profiles nobody chose."""
    if tariff_type is None:
        return 1
    return 0 if tariff_type.lower() == _PREFERRED else 2
