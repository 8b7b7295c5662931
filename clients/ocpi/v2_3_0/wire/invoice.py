"""InvoiceReconciliationRecord on the wire (2.3.0 ed2, chapter "Invoice Reconciliation")."""

from msgspec import Struct

from clients.ocpi.fields import Instant, Text


class InvoiceRecord(Struct):
    """Which CDRs an invoice is for; what the invoice asks is not in it."""

    country_code: Text
    party_id: Text
    id: Text
    invoice_id: Text
    cdrs: list[Text]
    last_updated: Instant
