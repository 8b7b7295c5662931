"""New CDRs of charges of ours that came together, taken in with one statement (performance.md B2).

The bills, their links to the charges whose tokens they name and the jobs that settle them are one statement. A CDR that
is known, that names no token of a charge, or that brings others out of quarantine goes the long way through
``observe``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.domain.errors import AppError
from api.domain.roaming.cdr import Cdr
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.quick import as_json
from api.services.charging.quick_statements import CALLER, OF_GIVEN, STILL_CALLS, arrays, given
from api.services.deferral import QUEUE_OF, Job
from api.services.roaming.cdrs import cdr_values
from api.services.roaming.keys import object_key
from api.services.roaming.messages import Said
from api.services.work import Statements

_COLUMNS = {
    **dict.fromkeys(("key", "public_id", "partner_id", "country_code", "party_id", "id", "session_id"), "text"),
    "token_uid": "text",
    "currency": "text",
    "total_cost": "numeric",
    "total_cost_with_taxes": "numeric",
    "total_energy_kwh": "numeric",
    "credit": "boolean",
    "credit_reference_id": "text",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "document": "jsonb",
    "raw": "text",
    "version": "text",
    "raw_hash": "text",
    "received_at": "timestamptz",
}
_GIVEN = (
    CALLER
    | {"behind_token": "text", "behind_session": "text", "credited": "text"}
    | {name: "text" if kind == "jsonb" else kind for name, kind in _COLUMNS.items()}
)
_TAKE = f"""
WITH charge AS (
  SELECT c.id AS charge_id, g.*
  FROM {given(_GIVEN)}
  JOIN partner p ON {STILL_CALLS.format(**OF_GIVEN)}
  JOIN driver_token d ON d.uid = g.behind_token
  JOIN charging_session c ON c.id = d.charging_session_id
  WHERE c.partner_id = p.id
    AND NOT EXISTS (
      SELECT 1 FROM partner_session s WHERE s.key = g.behind_session AND s.charging_session_id IS DISTINCT FROM c.id
    )
    AND NOT EXISTS (
      SELECT 1 FROM cdr x
      WHERE x.charging_session_id IS NULL AND x.partner_id = p.id AND upper(x.credit_reference_id) = upper(g.credited)
    )
), new AS (
  INSERT INTO cdr (charging_session_id, {", ".join(_COLUMNS)})
  SELECT charge_id, {", ".join(f"{name}{'::jsonb' * (kind == 'jsonb')}" for name, kind in _COLUMNS.items())}
  FROM charge ORDER BY key
  ON CONFLICT (key) DO NOTHING
  RETURNING key, public_id, charging_session_id
)
SELECT key, public_id, procrastinate_defer_jobs_v1(ARRAY[ROW(
  '{QUEUE_OF[Job.SETTLE]}', '{Job.SETTLE}', 0, '{QUEUE_OF[Job.SETTLE]}:' || charging_session_id, NULL,
  jsonb_build_object('charging_session_id', charging_session_id), NULL
)::procrastinate_job_to_defer_v1])
FROM new
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Bill:
    """A CDR as it came; ``partner`` may be out of date: ``token_hash`` is checked with the rest."""

    partner: Partner
    token_hash: str
    now: datetime
    cdr: Cdr
    said: Said


async def observe_everyday_cdrs(*, on: Statements, ports: Ports, bills: Sequence[Bill]) -> list[str | None]:
    """Take new CDRs of charges in, no key twice, and return their public ids; None: nothing was done.

    Raises StatementFailed.
    """
    rows: list[dict[str, Any] | None] = []
    for bill in bills:
        try:
            rows.append(_row(ports, bill))
        except AppError:
            rows.append(None)  # whatever is wrong with it, the long way says so
    good = [row for row in rows if row is not None]
    taken = {row["key"]: str(row["public_id"]) for row in await on.all(_TAKE, *arrays(_GIVEN, good))}
    return [taken.get(row["key"]) if row else None for row in rows]


def _row(ports: Ports, bill: Bill) -> dict[str, Any]:
    """Return what is asked about a CDR and written of it; raises UnusableId."""
    cdr, partner = bill.cdr, bill.partner
    values = cdr_values(ports, bill.now, partner, cdr, bill.said)
    session = object_key(partner.id, cdr.country_code, cdr.party_id, cdr.session_id) if cdr.session_id else ""
    return values | {
        "document": as_json(values["document"]),
        "roles": as_json(partner.roles),
        "token_hash": bill.token_hash,
        "now": bill.now,
        "behind_token": cdr.cdr_token.uid.upper(),
        "behind_session": session,
        "credited": cdr.id,
    }
