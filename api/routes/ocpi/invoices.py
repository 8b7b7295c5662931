"""Receiver of invoice reconciliation records (OCPI 2.3.0 ed2): which CDRs an operator's invoices are for."""

from starlette.responses import Response

from api.routes.ocpi.call import OWNED, Call, Paths, require_same
from api.services.finance.invoice_reports import remove_report, report_of_partner, store_report
from clients.ocpi.envelope import StatusCode
from clients.ocpi.exact_json import parse
from clients.ocpi.invoice_dialect import invoice_dialect_for


async def show(call: Call) -> Response:
    """Answer GET with the record as the partner last sent it."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        row = await report_of_partner(
            db=db, partner=call.partner, country_code=country_code, party_id=party_id, report_id=call.path("report_id")
        )
    return call.success(parse(row.raw.encode()))


async def receive(call: Call) -> Response:
    """Answer POST: 201 for a new record, 200 for one we have, 2001 for another content under a known id."""
    return await _store(call, update=False)


async def put(call: Call) -> Response:
    """Answer PUT: the record says something else now; an older content than ours is 2001 and changes nothing."""
    call.owner()
    return await _store(call, update=True)


async def remove(call: Call) -> Response:
    """Answer DELETE: the record was an error; 404 for one we never had."""
    country_code, party_id = call.owner()
    async with call.work() as db:
        await remove_report(
            db=db,
            ports=call.ports,
            now=call.now,
            partner=call.partner,
            country_code=country_code,
            party_id=party_id,
            report_id=call.path("report_id"),
        )
    return call.success()


async def _store(call: Call, *, update: bool) -> Response:
    """Store the record of the body; on PUT it must be the one that the URL names."""
    body = await call.body()
    report = invoice_dialect_for(call.dialect.version).read_invoice_report(body.value)
    if update:
        require_same(
            country_code=(call.path("country_code"), report.country_code),
            party_id=(call.path("party_id"), report.party_id),
            id=(call.path("report_id"), report.id),
        )
    call.own(report.country_code, report.party_id)
    async with call.work() as db:
        stored = await store_report(
            db=db,
            ports=call.ports,
            now=call.now,
            partner=call.partner,
            report=report,
            raw=body.text,
            update=update,
        )
    if stored.conflict:
        return call.face.envelopes.failure(call.request, 200, StatusCode.INVALID_PARAMETERS, "invoice_report_conflict")
    return call.success(http_status=201 if stored.is_new else 200)


PATHS: Paths = {
    "": {"POST": receive},
    f"{OWNED}/{{report_id}}": {"GET": show, "PUT": put, "DELETE": remove},
}
