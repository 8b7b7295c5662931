"""Pulling a partner's tariffs (OCPI 2.2.1 chapter 11): a whole list replaces what we hold.

A charge keeps its own snapshot, so removing a tariff here never touches a promised price.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.pricing.tariff import Tariff
from api.domain.roaming.partner import Peer
from api.models.location import TariffRow
from api.models.partner import Partner
from api.ports import Ports
from api.ports.places import PulledPage
from api.services.roaming.bulk import NewestWins
from api.services.roaming.keys import object_key
from api.services.roaming.pull_runs import PULL_OVERLAP
from api.services.roaming.pulling import Listed, Pull, PullReport, Watch, run_pull
from api.services.roaming.tariffs import tariff_values
from api.services.work import Work

_TARIFFS = NewestWins(TariffRow)
_LISTED = "EXISTS (SELECT 1 FROM pull_listed WHERE run_id = :run_id AND pull_listed.key = tariff.key)"
_FOUND_AGAIN = text(
    f"UPDATE tariff SET missed_pulls = 0 WHERE partner_id = :partner_id AND missed_pulls > 0 AND {_LISTED}"  # noqa: S608 - ours
)
_MISSED = text(
    "UPDATE tariff SET missed_pulls = missed_pulls + 1 WHERE partner_id = :partner_id AND last_updated < :before"  # noqa: S608 - ours
    f" AND NOT {_LISTED}"
)
_REMOVE = text("DELETE FROM tariff WHERE partner_id = :partner_id AND missed_pulls >= :enough")


async def pull_tariffs(
    *,
    work: Work,
    ports: Ports,
    now: datetime,
    partner_id: str,
    whole: bool = False,
    watch: Watch | None = None,
) -> PullReport:
    """Fetch a partner's tariffs: all of them the first time and when ``whole``, else what changed.

    After all were read without a problem, tariffs that were not among them are removed: the list is the whole truth.
    Raises PartnerNotConnected, PartnerUnreachable, PartnerAnsweredBadly, PullTakenOver.
    """
    return await run_pull(
        work=work, ports=ports, now=now, partner_id=partner_id, kind=_Tariffs(), whole=whole, tell=None, watch=watch
    )


class _Tariffs:
    """What a pull of tariffs is."""

    module = "tariffs"
    stamp = "tariffs_pulled_at"

    def pages(
        self, ports: Ports, peer: Peer, changed_since: datetime | None, begin_at: str | None
    ) -> AsyncIterator[PulledPage[Tariff]]:
        """Yield pages of tariffs."""
        return ports.places.tariff_pages(peer, changed_since=changed_since, begin_at=begin_at)

    def key_of(self, partner: Partner, value: Tariff) -> str:
        """Return a tariff's key; raises UnusableId."""
        return object_key(partner.id, value.country_code, value.party_id, value.id)

    async def write(self, db: AsyncSession, now: datetime, partner: Partner, page: Sequence[Listed]) -> list[str]:
        """Write tariffs; none of them is an EVSE."""
        rows = [tariff_values(now, partner.id, key, pulled.value, pulled.raw, partner.version) for key, pulled in page]
        await _TARIFFS.write(db, rows)
        return []

    async def remove_unlisted(self, pull: Pull) -> int:
        """Remove what was not listed, but for what was pushed during the pull.

        A tariff cannot be asked for on its own. One may be missed where a list has several pages, which shift while
        they are read: then it has to be missing twice in a row.
        """
        values = {"run_id": pull.run.id, "partner_id": pull.partner.id}
        async with pull.work() as db:
            connection = await db.connection()
            await connection.execute(_FOUND_AGAIN, values)
            await connection.execute(_MISSED, values | {"before": pull.run.started_at - PULL_OVERLAP})
            enough = 1 if pull.report.pages <= 1 else 2
            return (await connection.execute(_REMOVE, {"partner_id": pull.partner.id, "enough": enough})).rowcount
