"""Storing tariffs as partners push them and finding the one for a connector (OCPI 2.2.1 chapter 11).

Does not live here: pulling them all (``pull_tariffs.py``), what a tariff costs (``domain/pricing``). A charge keeps its
own snapshot, so removing a tariff here never touches a promised price.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.pricing.snapshot import tariff_from_json, tariff_to_json
from api.domain.pricing.tariff import Tariff
from api.models.location import ConnectorRow, EvseRow, LocationRow, TariffRow
from api.models.partner import Partner
from api.services.roaming.keys import object_key
from api.services.roaming.raw_json import merge
from api.services.roaming.rows import load_locked, put_row

_OTHERS_ONLY = frozenset({"ad_hoc_payment"})
"""Tariff types that are not for us: they are paid at the charger, without a contract."""
_PREFERRED = "regular"


class UnknownTariff(NotFound):
    """We do not hold this tariff. Fact: ``tariff_id``."""


async def store_tariff(
    *,
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    tariff: Tariff,
    raw: str,
    version: str | None = None,
) -> bool:
    """Store a tariff unless we hold a newer one; say whether it was stored.

    ``raw`` is the JSON as it came, ``version`` the OCPI version it came in.
    """
    key = object_key(partner.id, tariff.country_code, tariff.party_id, tariff.id)
    row = await load_locked(db, TariffRow, key)
    if row is not None and (tariff.last_updated or now) < row.last_updated:
        return False
    put_row(db, TariffRow, row, tariff_values(now, partner.id, key, tariff, raw, version))
    await db.flush()
    return True


def tariff_values(
    now: datetime, partner_id: str, key: str, tariff: Tariff, raw: str, version: str | None
) -> dict[str, Any]:
    """Return the columns of a tariff."""
    return {
        "key": key,
        "partner_id": partner_id,
        "country_code": tariff.country_code.upper(),
        "party_id": tariff.party_id.upper(),
        "id": tariff.id,
        "currency": tariff.currency,
        "snapshot": tariff_to_json(tariff),
        "raw": raw,
        "version": version,
        "missed_pulls": 0,
        "last_updated": tariff.last_updated or now,
    }


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
    db: AsyncSession,
    partner: Partner,
    country_code: str,
    party_id: str,
    tariff_id: str,
    version: str | None = None,
) -> str | None:
    """Return a partner's tariff as the JSON it came as, or None; with a ``version`` only if it came in that one."""
    row = await db.get(TariffRow, object_key(partner.id, country_code, party_id, tariff_id))
    if row is None or (version is not None and row.version not in (None, version)):
        return None
    return row.raw


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


async def patch_tariff(
    *,
    db: AsyncSession,
    now: datetime,
    partner: Partner,
    country_code: str,
    party_id: str,
    tariff_id: str,
    raw: str,
    version: str,
    read: Callable[[str], Tariff],
) -> bool:
    """Merge a PATCH (2.1.1 chapter 11) into a tariff's JSON and have it read anew; say whether it was stored.

    Raises UnknownTariff, and what ``read`` raises.
    """
    row = await load_locked(db, TariffRow, object_key(partner.id, country_code, party_id, tariff_id))
    if row is None or row.version not in (None, version):
        raise UnknownTariff("tariff_unknown", tariff_id=tariff_id)
    whole = merge(row.raw, raw)
    return await store_tariff(db=db, now=now, partner=partner, tariff=read(whole), raw=whole, version=version)


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
