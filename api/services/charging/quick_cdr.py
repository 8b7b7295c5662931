"""A new CDR of a charge of ours, taken in with one statement (performance.md B2).

The bill, its link to the charge whose token it names and the job that settles it are one statement. A CDR that is
known, that names no token of a charge, or that brings others out of quarantine goes the long way through ``observe``.
"""

from datetime import datetime

from api.domain.roaming.cdr import Cdr
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.quick import STILL_CALLS, as_json
from api.services.deferral import QUEUE_OF, Job
from api.services.roaming.cdrs import cdr_values
from api.services.roaming.keys import object_key
from api.services.roaming.messages import Said
from api.services.work import Statements

_COLUMNS = (
    *("key", "public_id", "partner_id", "country_code", "party_id", "id", "session_id", "token_uid", "currency"),
    *("total_cost", "total_cost_with_taxes", "total_energy_kwh", "credit", "credit_reference_id", "started_at"),
    *("ended_at", "document", "raw", "version", "raw_hash", "received_at"),
)
_FIRST = 8
_TAKE = f"""
WITH charge AS (
  SELECT c.id FROM partner p, driver_token d JOIN charging_session c ON c.id = d.charging_session_id
  WHERE {STILL_CALLS}
    AND d.uid = $5 AND c.partner_id = p.id
    AND NOT EXISTS (SELECT 1 FROM partner_session s WHERE s.key = $6 AND s.charging_session_id IS NULL)
    AND NOT EXISTS (
      SELECT 1 FROM cdr x
      WHERE x.charging_session_id IS NULL AND x.partner_id = p.id AND upper(x.credit_reference_id) = upper($7)
    )
), new AS (
  INSERT INTO cdr (charging_session_id, {", ".join(_COLUMNS)})
  SELECT id, {", ".join(f"${_FIRST + index}" for index in range(len(_COLUMNS)))} FROM charge
  ON CONFLICT (key) DO NOTHING
  RETURNING public_id, charging_session_id
)
SELECT public_id, procrastinate_defer_jobs_v1(ARRAY[ROW(
  '{QUEUE_OF[Job.SETTLE]}', '{Job.SETTLE}', 0, '{QUEUE_OF[Job.SETTLE]}:' || charging_session_id, NULL,
  jsonb_build_object('charging_session_id', charging_session_id), NULL
)::procrastinate_job_to_defer_v1])
FROM new
"""  # noqa: S608 - our own column names


async def observe_everyday_cdr(
    *, on: Statements, ports: Ports, now: datetime, partner: Partner, token_hash: str, cdr: Cdr, said: Said
) -> str | None:
    """Take a new CDR of a charge in and return its public id; None: nothing was done.

    ``partner`` may be out of date: ``token_hash`` is checked with the rest. Raises StatementFailed, UnusableId.
    """
    values = cdr_values(ports, now, partner, cdr, said)
    values["document"] = as_json(values["document"])
    session = object_key(partner.id, cdr.country_code, cdr.party_id, cdr.session_id) if cdr.session_id else ""
    known = (partner.id, as_json(partner.roles), token_hash, now)
    behind = (cdr.cdr_token.uid.upper(), session, cdr.id)
    row = await on.one(_TAKE, *known, *behind, *(values[name] for name in _COLUMNS))
    return None if row is None else str(row["public_id"])
