"""Writing down what was noted of exchanges with partners, and forgetting what is too old or too much."""

from datetime import timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.exchange import Exchange, masked_bodies
from api.models.traffic import PartnerExchange
from api.ports.traffic import Taken

FAILED_KEPT, FINE_KEPT = 200, 20
"""How many exchanges of each partner stay."""
ODDITIES_KEPT = 300
"""How many different oddities of a partner are told apart."""
TALLIES_KEPT = timedelta(days=7)


async def store_traffic(db: AsyncSession, taken: Taken) -> None:
    """Add what was noted to what is known, in one order of rows, so that two processes never wait for each other."""
    connection = await db.connection()
    for (partner_id, direction, at), count in sorted(taken.counts.items(), key=lambda each: each[0]):
        values = {"partner": partner_id, "direction": direction, "at": at, "n": count.exchanges, "f": count.failures}
        await connection.execute(_ADD_COUNT, values)
    for (partner_id, module), (last_at, pushes) in sorted(taken.pushes.items()):
        await connection.execute(_ADD_PUSH, {"partner": partner_id, "module": module, "at": last_at, "n": pushes})
    for (partner_id, module, code), odd in sorted(taken.oddities.items(), key=lambda each: each[0]):
        values = {"partner": partner_id, "module": module, "code": code, "n": odd.seen, "samples": odd.samples}
        values |= {"first": odd.first_at, "last": odd.last_at, "most": ODDITIES_KEPT}
        await connection.execute(_ADD_ODDITY, values)
    for exchange in taken.exchanges:
        db.add(_row(exchange))
    await db.flush()
    for known in {exchange.partner_id for exchange in taken.exchanges}:
        for failed, kept in ((True, FAILED_KEPT), (False, FINE_KEPT)):
            await connection.execute(_PRUNE, {"partner": known, "failed": failed, "kept": kept})
    for partner_id, _, at in taken.counts:
        await connection.execute(_FORGET, {"partner": partner_id, "before": at - TALLIES_KEPT})


def _row(exchange: Exchange) -> PartnerExchange:
    """Return an exchange as it is kept."""
    request, response = masked_bodies(exchange)
    return PartnerExchange(
        partner_id=exchange.partner_id,
        at=exchange.at,
        direction=exchange.direction.value,
        method=exchange.method,
        path=exchange.path,
        module=exchange.module,
        http_status=exchange.http_status,
        ocpi_status=exchange.ocpi_status,
        duration_ms=exchange.duration_ms,
        request_id=exchange.request_id,
        correlation_id=exchange.correlation_id,
        failed=exchange.failed,
        problem=exchange.problem,
        request=request,
        response=response,
    )


_ADD_COUNT = text(
    "INSERT INTO partner_tally (partner_id, direction, at, exchanges, failures)"
    " VALUES (:partner, :direction, :at, :n, :f) ON CONFLICT (partner_id, direction, at) DO UPDATE"
    " SET exchanges = partner_tally.exchanges + excluded.exchanges,"
    " failures = partner_tally.failures + excluded.failures"
)
_ADD_PUSH = text(
    "INSERT INTO partner_push (partner_id, module, last_at, pushes) VALUES (:partner, :module, :at, :n)"
    " ON CONFLICT (partner_id, module) DO UPDATE SET last_at = greatest(partner_push.last_at, excluded.last_at),"
    " pushes = partner_push.pushes + excluded.pushes"
)
_ADD_ODDITY = text(
    "INSERT INTO partner_oddity (partner_id, module, code, seen, first_at, last_at, samples)"
    " SELECT new.partner, new.module, CASE WHEN EXISTS (SELECT 1 FROM partner_oddity AS known"
    " WHERE known.partner_id = new.partner AND known.module = new.module AND known.code = new.code)"
    " OR (SELECT count(*) FROM partner_oddity AS known WHERE known.partner_id = new.partner) < CAST(:most AS bigint)"
    " THEN new.code ELSE 'other' END, CAST(:n AS bigint), CAST(:first AS timestamptz),"
    " CAST(:last AS timestamptz), to_jsonb(CAST(:samples AS text[]))"
    " FROM (SELECT CAST(:partner AS varchar) AS partner, CAST(:module AS varchar) AS module,"
    " CAST(:code AS varchar) AS code) AS new"
    " ON CONFLICT (partner_id, module, code) DO UPDATE SET seen = partner_oddity.seen + excluded.seen,"
    " last_at = greatest(partner_oddity.last_at, excluded.last_at)"
)
_PRUNE = text(
    "DELETE FROM partner_exchange WHERE id IN (SELECT id FROM partner_exchange"
    " WHERE partner_id IS NOT DISTINCT FROM CAST(:partner AS varchar) AND failed = :failed"
    " ORDER BY id DESC OFFSET :kept)"
)
_FORGET = text("DELETE FROM partner_tally WHERE partner_id = :partner AND at < :before")
