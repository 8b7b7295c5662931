"""What a driver's copy of their data consists of: every table that refers to them, or to a charge of theirs.

A table that is added later is in it without a line here. What is left out is named with its reason, and columns with
secrets, or with the names of staff, are never read.
"""

import re
from typing import Any, Final

from sqlalchemy import Table, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

LEFT_OUT: Final = {
    "attempt_count": "digests only, nobody can be found by them",
    "card_operation": "calls to the payment processor; what came of them is in saved_card",
    "charging_timer": "our clocks",
    "data_export": "the copies themselves",
    "idempotency_key": "digests of requests",
    "journal": "our books; the entries on the driver's own accounts are in ledger_entry",
    "mismatch": "our own findings about partners and books",
    "owner_statement_line": "what owners of sites are paid; the driver's side is in receipt",
    "pass_sync": "what partners were told of passes, which are in driver_token",
    "payin_operation": "calls to the payment processor; what came of them is in payin",
    "payment_operation": "the same for holds",
    "receipt_file": "pages made of what is in receipt; the app has them",
    "refresh_token": "secrets; what they are for is in device",
    "staff_action": "names of staff",
    "support_case_link": "which of our cases and findings belong together",
}
"""Tables that refer to drivers or charges and are not copied."""
WITHHELD: Final = re.compile(r"hash$|secret|_by$|^by$|^assignee$|^content$|^participants$|^pending$")
"""Columns that are not copied: secrets, names of staff, files, and rulings that a second person has not agreed to."""
_DRIVER: Final = "driver_id = :driver"
_CHARGE: Final = "charging_session_id IN (SELECT id FROM charging_session WHERE driver_id = :driver)"
_CASE: Final = "case_id IN (SELECT id FROM support_case WHERE driver_id = :driver)"
_COMPLAINT: Final = "complaint_id IN (SELECT id FROM complaint WHERE driver_id = :driver)"
_ELSEWHERE: Final = {
    "driver": "id = :driver",
    "article_reading": "reader = 'driver:' || :driver",
    "complaint_bundle": _COMPLAINT,
    "complaint_ruling": _COMPLAINT,
    "dispute_event": f"dispute_id IN (SELECT id FROM dispute WHERE {_CHARGE})",  # noqa: S608 - our own words
    "evidence_pack": f"dispute_id IN (SELECT id FROM dispute WHERE {_CHARGE})",  # noqa: S608 - as above
    "hold_event": f"hold_id IN (SELECT id FROM hold WHERE {_DRIVER})",  # noqa: S608 - as above
    "ledger_entry": "account_id IN (SELECT id FROM ledger_account WHERE owner = :driver)",
    "mail_outbox": f"receipt_id IN (SELECT id FROM receipt WHERE {_DRIVER})",  # noqa: S608 - as above
    "inbound_mail": _CASE,
    "support_attachment": f"public AND {_CASE}",
    "support_case": "driver_id = :driver AND link_hash IS NOT NULL",
    "support_case_event": f"public AND {_CASE}",
    "support_visit": _CASE,
    "support_mail": f"template <> 'operator' AND {_CASE}",
    "pass_authorization": f"token_uid IN (SELECT uid FROM driver_token WHERE {_DRIVER})",  # noqa: S608 - as above
}
"""How rows are found that refer to their driver by way of another table."""

Data = dict[str, list[dict[str, Any]]]


async def data_of_driver(*, db: AsyncSession, driver_id: str) -> Data:
    """Return all rows about one driver, by table, as they are stored."""
    connection, data = await db.connection(), {}
    for table in sorted(SQLModel.metadata.tables.values(), key=lambda each: each.name):
        whose = condition_of(table)
        if whose is None:
            continue
        columns = ", ".join(f'"{column.name}"' for column in table.columns if not WITHHELD.search(column.name))
        query = text(f'SELECT {columns} FROM "{table.name}" WHERE {whose}')  # noqa: S608 - names of our own tables
        rows = await connection.execute(query, {"driver": driver_id})
        data[table.name] = [dict(row._mapping) for row in rows]
    return data


def condition_of(table: Table) -> str | None:
    """Return which rows of a table are a driver's own; None: the table is not about drivers, or is left out."""
    if table.name in LEFT_OUT:
        return None
    if table.name in _ELSEWHERE:
        return _ELSEWHERE[table.name]
    if "driver_id" in table.columns:
        return _DRIVER
    return _CHARGE if "charging_session_id" in table.columns else None
