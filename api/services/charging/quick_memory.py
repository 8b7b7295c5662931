"""What this process knows of running charges since it last wrote them, so that the next report need not read them.

A guess, never a proof: whoever acts on it checks in the statement that writes that the rows are still those versions
of them (``xmin``), and reads them if they are not. What is taken out is only put back after it was written. Bounded;
another process's memory is its own, and a charge whose reports come by several of them is soon always read.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import msgspec

from api.domain.charging.state import ChargingState, Policy
from api.domain.pricing.refused import PricingRefused
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.running import Running
from api.domain.pricing.snapshot import tariff_from_json
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.session import Session
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.charging.quick_statements import CHARGE, DOCUMENTS
from api.services.charging.retail import retail_of
from api.services.charging.running import kept_session
from api.services.charging.stored_state import machine_policy, state_of
from api.services.roaming.documents import session_of_text

MOST_REMEMBERED = 2000
"""Charges of some ten kilobytes each."""
_FROZEN = frozenset({"tariff", "retail", "place"})


@dataclass(slots=True)
class Known:
    """A session and its charge as they are stored: the versions of their rows, and what these say.

    ``sure``: the last time they were read, they were as this process had left them.
    """

    partner_id: str
    wire: str
    seen: tuple[str, str, str]
    session: Session
    raw: str
    last_updated: datetime
    charge: ChargingSession
    live: Running
    state: ChargingState
    policy: Policy
    rule: RetailRule | None
    sure: bool = False


class Memory:
    """Charges by the key of their session, the ones written last."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        """Know nothing yet, and never more than ``most`` charges."""
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._most = most

    def take(self, key: str, partner_id: str, wire: str) -> Known | None:
        """Take out what is known of a session that this partner tells in this version."""
        known = self._known.pop(key, None)
        return known if known is not None and (known.partner_id, known.wire) == (partner_id, wire) else None

    def keep(self, key: str, known: Known) -> None:
        """Remember what was just written; the one written longest ago is forgotten."""
        self._known[key] = known
        if len(self._known) > self._most:
            self._known.popitem(last=False)


def known_of(ports: Ports, row: Mapping[str, Any], partner_id: str, wire: str) -> Known | None:
    """Return what a row of ``READ`` says; None for a charge without a price or one that must be read anew."""
    charge = _charge_of(row)
    tariff = None if row["tariff"] is None else _tariff(row["tariff"])
    live = None if tariff is None else kept_session(charge, tariff)
    if live is None:
        return None
    try:
        rule: RetailRule | None = retail_of(charge, ports.policy)
    except PricingRefused:
        rule = None
    return Known(
        partner_id,
        wire,
        seen_in(row),
        session_of_text(row["s_document"]),
        row["s_raw"],
        row["s_last_updated"],
        charge,
        live,
        state_of(charge),
        machine_policy(ports.policy, charge.currency),
        rule,
    )


def seen_in(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the versions of the rows of a session, its charge and its clock."""
    return row["s_seen"], row["c_seen"], row["t_seen"]


class _Charge:
    """A charge as far as it was read: it has what the rules look at, and belongs to no unit of work."""

    __slots__ = CHARGE


def _charge_of(row: Mapping[str, Any]) -> ChargingSession:
    """Return a charge as far as it was read."""
    charge: Any = _Charge()
    for name in CHARGE:
        setattr(charge, name, row[name])
    for name in DOCUMENTS:
        value = row[name]
        if value is not None:
            setattr(charge, name, _frozen(value) if name in _FROZEN else msgspec.json.decode(value))
    return cast("ChargingSession", charge)


@lru_cache(maxsize=1000)
def _frozen(text: str) -> Any:
    """Return a document that nobody changes: one that charges share, or that stays as it was at their start."""
    return msgspec.json.decode(text)


@lru_cache(maxsize=1000)
def _tariff(text: str) -> Tariff | None:
    """Return the tariff of a snapshot, the same one for all that have this very text; None for a broken one."""
    try:
        return tariff_from_json(_frozen(text))
    except PricingRefused:
        return None
