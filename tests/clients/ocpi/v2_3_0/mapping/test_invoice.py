"""Tests of the 2.3.0 mapping of invoice reconciliation records."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.domain.finance.invoice_check import InvoiceReport
from api.domain.roaming.partner import InterfaceRole
from clients.ocpi.dialect import NotInThisVersion, Unreadable
from clients.ocpi.invoice_dialect import invoice_dialect_for
from clients.ocpi.v2_2_1.mapping.version import SERVED as SERVED_BEFORE
from clients.ocpi.v2_3_0.mapping.version import SERVED

RECORD: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "CPO",
    "id": "REC-1",
    "invoice_id": "2026/03-17",
    "cdrs": ["CDR1", "cdr2"],
    "last_updated": "2026-04-01T06:00:00Z",
    "a_field_of_tomorrow": {},
}
read = invoice_dialect_for("2.3.0").read_invoice_report


def test_a_record_is_read() -> None:
    """Ids keep their spelling, what we do not know is let be."""
    assert read(RECORD) == InvoiceReport(
        "DE", "CPO", "REC-1", "2026/03-17", ("CDR1", "cdr2"), datetime(2026, 4, 1, 6, tzinfo=UTC)
    )


@pytest.mark.parametrize("field", ["country_code", "party_id", "id", "invoice_id", "cdrs", "last_updated"])
def test_every_field_is_needed(field: str) -> None:
    """A record without one, or with an empty one, is refused by name."""
    for damaged in ({name: RECORD[name] for name in RECORD if name != field}, RECORD | {field: None}):
        with pytest.raises(Unreadable) as refused:
            read(damaged)
        assert field in refused.value.reason
    with pytest.raises(Unreadable):
        read(RECORD | {field: [] if field == "cdrs" else ""})


def test_only_the_newest_version_has_it() -> None:
    """It came with the second edition of 2.3.0, which serves it beside all that 2.2.1 serves."""
    for version in ("2.1.1", "2.2.1"):
        with pytest.raises(NotInThisVersion):
            invoice_dialect_for(version)
    assert {*SERVED_BEFORE, ("invoicereconciliation", InterfaceRole.RECEIVER)} == set(SERVED)
