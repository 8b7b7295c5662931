"""Invoice reconciliation records of 2.3.0 read into our model."""

from api.domain.finance.invoice_check import InvoiceReport
from clients.ocpi.fields import read_as
from clients.ocpi.plain import needed
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_3_0.wire import invoice as wire


def read_invoice_report(raw: object) -> InvoiceReport:
    """Read an InvoiceReconciliationRecord; raises Unreadable, also where it names no CDR at all."""
    sent = read_as(wire.InvoiceRecord, raw)
    if not sent.cdrs:
        raise Unreadable("cdrs: at least one is needed")
    return InvoiceReport(
        country_code=needed(sent.country_code, "country_code"),
        party_id=needed(sent.party_id, "party_id"),
        id=needed(sent.id, "id"),
        invoice_id=needed(sent.invoice_id, "invoice_id"),
        cdr_ids=tuple(needed(cdr, "cdrs") for cdr in sent.cdrs),
        last_updated=sent.last_updated.value,
    )
