"""What a version can do about invoice reconciliation, which came with the second edition of 2.3.0."""

from typing import Protocol

from api.domain.finance.invoice_check import InvoiceReport
from clients.ocpi.dialect import NotInThisVersion

VERSIONS = ("2.3.0",)
"""The versions that know it."""


class InvoiceDialect(Protocol):
    """Reads an operator's records; raises ``Unreadable`` and nothing else."""

    def read_invoice_report(self, raw: object) -> InvoiceReport:
        """Read an InvoiceReconciliationRecord."""
        ...


def invoice_dialect_for(version: str) -> InvoiceDialect:
    """Return how ``version`` speaks of invoices; raises NotInThisVersion."""
    if version not in VERSIONS:
        raise NotInThisVersion("not_in_this_version", version=version, message="invoice reconciliation")
    from clients.ocpi.v2_3_0.mapping import invoice  # a version is imported only when it is spoken

    return invoice
