"""Open holds in figures: how long they stand, how long they can still be captured, and what of charges is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_ENDED
from api.domain.finance.closing import AGES, TIMES_LEFT, Bucket


@dataclass(frozen=True, slots=True)
class BucketSum:
    """Open holds of one bucket in one currency; buckets without holds are told too."""

    bucket: str
    currency: str
    holds: int
    amount_minor: int


_OPEN = f"""FROM hold WHERE psp = 'stripe' AND authorized_minor > 0
  AND status NOT IN ({", ".join(f"'{status}'" for status in sorted(HOLD_ENDED))})"""
_AGES = "width_bucket(extract(epoch FROM :now - created_at), CAST(:limits AS double precision[]))"
_LEFT = "width_bucket(extract(epoch FROM capture_before - :now), CAST(:limits AS double precision[]))"


def _grouped(bucket: str, known: str) -> str:
    return (
        f"SELECT {bucket} AS bucket, currency, count(*) AS holds, sum(authorized_minor) AS amount_minor {_OPEN}"
        f" AND {known} GROUP BY 1, 2"
    )


_BY_AGE, _BY_TIME_LEFT = text(_grouped(_AGES, "true")), text(_grouped(_LEFT, "capture_before IS NOT NULL"))


async def holds_by_age(*, db: AsyncSession, now: datetime) -> list[BucketSum]:
    """Return open holds by how long they have stood, by currency."""
    return await _sums(db, now, _BY_AGE, AGES)


async def holds_by_time_left(*, db: AsyncSession, now: datetime) -> list[BucketSum]:
    """Return open holds by how long they can still be captured, by currency; ones without a known end are left out."""
    return await _sums(db, now, _BY_TIME_LEFT, TIMES_LEFT)


async def _sums(db: AsyncSession, now: datetime, statement: object, buckets: Sequence[Bucket]) -> list[BucketSum]:
    limits = [each.below.total_seconds() for each in buckets if each.below is not None]
    rows = await (await db.connection()).execute(statement, {"now": now, "limits": limits})  # type: ignore[call-overload]  # text
    found = {(row.currency, row.bucket): row for row in rows}
    made = []
    for currency in sorted({currency for currency, _ in found}):
        for place, bucket in enumerate(buckets):
            row = found.get((currency, place))
            made.append(BucketSum(bucket.name, currency, row.holds if row else 0, int(row.amount_minor) if row else 0))
    return made
