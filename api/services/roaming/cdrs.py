"""Storing CDRs: each counts once, and the first with an id is the one that counts (OCPI 2.2.1 chapter 10).

A repetition is recognized by its content, whatever the spelling of its JSON. Does not live here: what a CDR makes us
charge (``services/charging/observe.py`` and the settlement behind it).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.domain.roaming.cdr import Cdr
from api.models.partner import Partner
from api.models.roaming import CdrRow
from api.ports import Ports
from api.services.roaming.documents import read_cdr, write_cdr
from api.services.roaming.keys import checked_id, object_key
from api.services.roaming.matching import charge_of_cdr
from api.services.roaming.messages import How, Refusal, Said, note_message
from api.services.roaming.rows import insert_row, load_locked


@dataclass(frozen=True, slots=True)
class StoredCdr:
    """A CDR after a message. ``conflict``: another content came under the id of ``row``, which was first and counts.

    ``linked``: it was known and of no charge, and its charge is found now.
    """

    row: CdrRow
    is_new: bool
    conflict: bool
    linked: bool = False


async def store_cdr(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner: Partner,
    cdr: Cdr,
    raw: str,
    how: How = How.POST,
    version: str | None = None,
) -> StoredCdr:
    """Store a CDR as pushed or pulled, whether or not it is of a charge of ours; ``raw`` is its JSON.

    ``version`` is the one that ``raw`` is written in, None: the one that the partner registered with.
    """
    said = Said(raw, how, version or partner.version or "")
    key = object_key(partner.id, cdr.country_code, cdr.party_id, cdr.id)
    content = content_hash(raw)
    row = await load_locked(db, CdrRow, key)
    if row is None:
        values = cdr_values(ports, now, partner, cdr, said)
        values["charging_session_id"] = await charge_of_cdr(db, partner.id, cdr)
        is_new = await insert_row(db, CdrRow, values)
        row = await db.get_one(CdrRow, key, with_for_update=True, populate_existing=True)
        if is_new:
            return StoredCdr(row, is_new=True, conflict=False)
    if row.raw_hash == content:
        return StoredCdr(row, is_new=False, conflict=False, linked=await _finds_home(db, partner, row))
    refusal = Refusal.CONFLICT
    await note_message(db=db, now=now, partner=partner, module="cdrs", key=key, said=said, refusal=refusal)
    row.conflicting_raw = raw
    await db.flush()
    return StoredCdr(row, is_new=False, conflict=True)


async def _finds_home(db: AsyncSession, partner: Partner, row: CdrRow) -> bool:
    """Look again whose a stray CDR is: it and what tells may have come at one instant, neither seeing the other."""
    if row.charging_session_id is not None:
        return False
    row.charging_session_id = await charge_of_cdr(db, partner.id, read_cdr(row.document))
    await db.flush()
    return row.charging_session_id is not None


async def cdr_by_public_id(db: AsyncSession, partner: Partner, public_id: str) -> CdrRow | None:
    """Return a CDR of this partner by the last part of the ``Location`` we answered, or None."""
    query = select(CdrRow).where(CdrRow.public_id == public_id, CdrRow.partner_id == partner.id)
    return (await db.exec(query)).first()


def content_hash(raw: str) -> str:
    """Return the SHA-256 of what the JSON says: order of keys, spelling of numbers and explicit nulls do not matter.

    Absurdly nested JSON, which no CDR needs, is taken by its letters.
    """
    try:
        value = json.loads(raw, parse_float=Decimal, parse_int=Decimal)
        canonical = json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"))
    except RecursionError:
        canonical = raw
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value: object) -> object:
    """Return a JSON value in the one form all its spellings share."""
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, Decimal):
        return _canonical_number(value)
    return value


def _canonical_number(value: Decimal) -> str:
    """Return an exact number without its trailing zeros, however many digits it has."""
    sign, digits, exponent = value.as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    if not significant:
        return "0"
    shift = len(digits) - len(significant)
    return f"{'-' if sign else ''}{significant}e{exponent + shift if isinstance(exponent, int) else exponent}"


def cdr_values(ports: Ports, now: datetime, partner: Partner, cdr: Cdr, said: Said) -> dict[str, Any]:
    """Return what the row of a new CDR says, but for the charge that it is of. Raises UnusableId."""
    return {
        "key": object_key(partner.id, cdr.country_code, cdr.party_id, cdr.id),
        "public_id": ports.randomness.new_id(Prefix.CDR),
        "partner_id": partner.id,
        "country_code": cdr.country_code.upper(),
        "party_id": cdr.party_id.upper(),
        "id": cdr.id,
        "session_id": cdr.session_id and checked_id(cdr.session_id),
        "token_uid": checked_id(cdr.cdr_token.uid),
        "currency": cdr.currency,
        "total_cost": cdr.total_cost.before_taxes,
        "total_cost_with_taxes": cdr.total_cost.after_taxes,
        "total_energy_kwh": cdr.total_energy_kwh,
        "credit": cdr.credit,
        "credit_reference_id": cdr.credit_reference_id,
        "started_at": cdr.starts_at,
        "ended_at": cdr.ended_at,
        "document": write_cdr(cdr),
        "raw": said.raw,
        "version": said.version,
        "raw_hash": content_hash(said.raw),
        "received_at": now,
    }
