"""Finding a charge or a case by anything that somebody may read out: one query per kind of thing, each by an index."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.account_number import AccountNumberInvalid, parse_account_number
from api.domain.visual_id import normalize
from api.services.console.masking import masked

MOST = 20
Values = dict[str, Any]
_CHARGE = (
    "SELECT 'charge' AS target, c.id, concat_ws(', ', c.place ->> 'name', c.place ->> 'city') AS told, c.status,"
    " c.created_at AS at, d.email FROM charging_session c JOIN driver d ON d.id = c.driver_id WHERE "
)
_FINDING = (
    "SELECT 'finding' AS target, id, reason AS told, state AS status, opened_at AS at, NULL AS email"
    " FROM mismatch WHERE "
)
_PAYOUT = (
    "SELECT 'payout' AS target, id, currency AS told, processor_status AS status, arrives_at AS at, NULL AS email"
    " FROM payout WHERE "
)
_CASE = (
    "SELECT 'case' AS target, id, concat_ws(': ', number, title) AS told, state AS status, opened_at AS at,"
    " customer_email AS email FROM support_case WHERE "
)
_LAST4 = re.compile(r"[0-9]{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found; ``target`` says what page shows it."""

    target: str
    """``charge``, ``payout``, ``finding`` or ``case``."""
    id: str
    told: str
    status: str
    at: datetime | None
    driver: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found by one kind of word, newest first; ``more``: not all of it is here."""

    title: str
    hits: list[Hit]
    more: bool


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way to find something."""

    title: str
    read: Callable[[str], Values | None]
    """Returns what to ask the database for; None: the text is no such thing."""
    where: str
    """Of charges, unless there is a query of its own."""
    query: str = _CHARGE
    books: bool = False
    cases: bool = False


def _any(typed: str) -> Values | None:
    return {"q": typed}


def _starting(*prefixes: str) -> Callable[[str], Values | None]:
    return lambda typed: {"q": typed} if typed.startswith(prefixes) else None


def _card(typed: str) -> Values | None:
    """Read ``4242`` or ``4242 2026-03-02``."""
    last4, _, day = typed.partition(" ")
    if not _LAST4.fullmatch(last4):
        return None
    try:
        since = datetime.combine(date.fromisoformat(day.strip()), datetime.min.time(), UTC) if day.strip() else None
    except ValueError:
        return None
    return {"q": last4, "since": since, "until": None if since is None else since + timedelta(days=1)}


def _evse(typed: str) -> Values | None:
    normal = normalize(typed)
    return {"q": normal} if len(normal) > 4 else None


def _case(typed: str) -> Values | None:
    """Read ``C12345-67890``, however it is written."""
    if not typed.upper().startswith("C"):
        return None
    found = _account(typed[1:])
    return None if found is None else {"q": f"C{found['q']}"}


def _named(typed: str) -> Values | None:
    return {"q": typed} if any(each.isalpha() for each in typed) and "@" not in typed else None


def _account(typed: str) -> Values | None:
    try:
        return {"q": parse_account_number(typed)}
    except AccountNumberInvalid:
        return None


_KINDS = (
    _Kind("Charge", _starting("chs_"), "c.id = :q"),
    _Kind("Hold", _starting("hld_"), "c.id IN (SELECT charging_session_id FROM hold WHERE id = :q)"),
    _Kind(
        "Payment at the processor",
        _starting("pi_"),
        "c.id IN (SELECT charging_session_id FROM hold WHERE payment_intent_id = :q UNION ALL"
        " SELECT charging_session_id FROM payin WHERE payment_intent_id = :q)",
    ),
    _Kind(
        "Refund",
        _starting("rfd_", "re_", "pyr_"),
        "c.id IN (SELECT charging_session_id FROM refund WHERE id = :q OR processor_refund_id = :q)",
    ),
    _Kind(
        "Dispute",
        _starting("dsp_", "du_", "dp_"),
        "c.id IN (SELECT charging_session_id FROM dispute WHERE id = :q OR processor_dispute_id = :q)",
    ),
    _Kind(
        "Operation",
        _starting("opr_", "pin_"),
        "c.id IN (SELECT charging_session_id FROM payment_operation WHERE id = :q UNION ALL"
        " SELECT charging_session_id FROM payin WHERE id = :q)",
    ),
    _Kind(
        "Card",
        _card,
        "c.id IN (SELECT charging_session_id FROM hold h WHERE card_last4 = :q AND"
        " (CAST(:since AS timestamptz) IS NULL OR h.created_at >= :since AND h.created_at < :until))",
    ),
    _Kind(
        "Receipt",
        lambda typed: {"q": typed, "upper": typed.upper()},
        "c.id IN (SELECT charging_session_id FROM receipt WHERE number = :upper OR id = :q)",
    ),
    _Kind("EVSE", _evse, "c.evse_key IN (SELECT key FROM evse WHERE evse_id_normal = :q)"),
    _Kind(
        "Name of the post",
        lambda typed: {"q": typed, "upper": typed.upper()},
        "c.visual_id IN (:q, :upper)",
    ),
    _Kind(
        "Partner's session",
        _any,
        "c.id IN (SELECT charging_session_id FROM partner_session WHERE id = :q OR token_uid = :q)",
    ),
    _Kind("CDR", _any, "c.id IN (SELECT charging_session_id FROM cdr WHERE id = :q OR public_id = :q)"),
    _Kind(
        "Driver",
        lambda typed: {"q": typed.lower()} if "@" in typed else None,
        "c.driver_id IN (SELECT id FROM driver WHERE email = :q)",
    ),
    _Kind("Driver", _starting("drv_"), "c.driver_id = :q"),
    _Kind("Account number", _account, "c.driver_id IN (SELECT id FROM driver WHERE account_number = :q)"),
    _Kind("Case", _starting("cas_"), "id = :q", _CASE, cases=True),
    _Kind("Case", _case, "number = :q", _CASE, cases=True),
    _Kind(
        "Cases of this address",
        lambda typed: {"q": typed.lower()} if "@" in typed else None,
        "customer_email = :q",
        _CASE,
        cases=True,
    ),
    _Kind("Cases of this name", _named, "lower(customer_name) = lower(:q)", _CASE, cases=True),
    _Kind(
        "Cases of this account",
        _account,
        "driver_id IN (SELECT id FROM driver WHERE account_number = :q)",
        _CASE,
        cases=True,
    ),
    _Kind("Finding", _starting("mis_"), "id = :q", _FINDING),
    _Kind("Payout", _starting("po_"), "id = :q", _PAYOUT, books=True),
)


async def search(*, db: AsyncSession, typed: str, books: bool, cases: bool = False) -> list[Group]:
    """Return what is found by a text, grouped by what the text is; payouts and cases only for who may see them."""
    typed = " ".join(typed.split())
    if not typed or "\0" in typed:
        return []
    connection = await db.connection()
    groups = []
    for kind in _KINDS:
        said = kind.read(typed)
        if said is None or (kind.books and not books) or (kind.cases and not cases):
            continue
        order = f"{kind.query}{kind.where} ORDER BY at DESC NULLS LAST LIMIT {MOST + 1}"
        rows = (await connection.execute(text(order), said)).all()
        if rows:
            groups.append(Group(kind.title, [_hit(row) for row in rows[:MOST]], len(rows) > MOST))
    return groups


def _hit(row: Any) -> Hit:
    return Hit(row.target, row.id, row.told or "", row.status, row.at, masked(row.email))
