"""What the list of holds is narrowed by, as an address says it, and the same as conditions of a query."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from api.domain.charging.state import HOLD_ENDED, HoldStatus
from api.domain.finance.hold_bands import AGES, TIME_LEFT, Band, band_named
from api.domain.money import CurrencyInvalid, exponent

ENDED = ", ".join(f"'{status}'" for status in sorted(HOLD_ENDED))
OPEN_HOLD = f"h.status NOT IN ({ENDED})"
"""A hold that blocks money of a driver, or may: its card side is not over."""
_HAS_CDR = "EXISTS (SELECT 1 FROM cdr WHERE cdr.charging_session_id = h.charging_session_id)"
_BILLS = {"none": f"NOT {_HAS_CDR}", "arrived": f"{_HAS_CDR} AND c.status <> 'settled'"}
_BILLS["settled"] = f"{_HAS_CDR} AND c.status = 'settled'"
BILL_STATE = f"CASE WHEN NOT {_HAS_CDR} THEN 'none' WHEN c.status = 'settled' THEN 'settled' ELSE 'arrived' END"
_TEXT = (
    "(:text IN (h.id, h.charging_session_id, h.payment_intent_id, h.card_last4, h.card_brand, c.visual_id,"
    " lower(d.email)) OR position(lower(:text) IN lower(concat_ws(' ', c.place ->> 'name', c.place ->> 'address',"
    " c.place ->> 'city', c.place ->> 'evse_id'))) > 0)"
)
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class HoldFilter:
    """The fields of the form as they were sent; what cannot be read narrows nothing, and ``unread`` names it."""

    standing: str = "open"
    """``open``, ``ended``, ``all``, or one status of a hold."""
    payer: str = "stripe"
    currency: str = ""
    partner: str = ""
    left: str = ""
    age: str = ""
    cdr: str = ""
    least: str = ""
    most: str = ""
    text: str = ""
    sort: str = "left"
    """``left``: what ends first comes first; ``newest``."""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "HoldFilter":
        """Return the filter of an address."""
        named = {field.name for field in fields(cls)}
        told = {name: value.replace("\0", "").strip() for name, value in values.items() if name in named}
        return cls(**{name: value for name, value in told.items() if value})

    @property
    def values(self) -> dict[str, str]:
        """Return what differs from the usual, for links to the same part of the list."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}

    @property
    def unread(self) -> list[str]:
        """Return the names of fields that mean nothing."""
        bad = [name for name in ("least", "most") if getattr(self, name) and self._minor(name) is None]
        bad += ["left"] if self.left and self.left != "unknown" and not band_named(self.left, TIME_LEFT) else []
        bad += ["age"] if self.age and not band_named(self.age, AGES) else []
        bad += ["cdr"] if self.cdr and self.cdr not in _BILLS else []
        known = {"open", "ended", "all", *HoldStatus}
        return bad + (["standing"] if self.standing not in known else [])

    def conditions(self, now: datetime) -> tuple[str, dict[str, Any]]:
        """Return the conditions and their values, over ``hold h``, ``charging_session c`` and ``driver d``."""
        said: dict[str, Any] = {}
        found = [*self._standing(said), *self._plain(said), *self._times(now, said), *self._amounts(said)]
        if self.text:
            said["text"] = self.text.lower() if "@" in self.text else self.text
            found.append(_TEXT)
        return " AND ".join(found) or "true", said

    def _standing(self, said: dict[str, Any]) -> list[str]:
        if self.standing in set(HoldStatus):
            said["status"] = self.standing
            return ["h.status = :status"]
        if self.standing == "all":
            return []
        return [f"h.status IN ({ENDED})" if self.standing == "ended" else OPEN_HOLD]

    def _plain(self, said: dict[str, Any]) -> list[str]:
        found = []
        columns = {"currency": "h.currency", "partner": "c.partner_id", "payer": "h.psp"}
        for name, column in columns.items():
            if getattr(self, name) not in {"", "all"}:
                said[name] = getattr(self, name)
                found.append(f"{column} = :{name}")
        return found + ([f"({_BILLS[self.cdr]})"] if self.cdr in _BILLS else [])

    def _times(self, now: datetime, said: dict[str, Any]) -> list[str]:
        if self.left == "unknown":
            return ["h.capture_before IS NULL"]
        found = []
        left, age = band_named(self.left, TIME_LEFT), band_named(self.age, AGES)
        for name, band, column in (("left", left, "h.capture_before - :now"), ("age", age, ":now - h.created_at")):
            found += _between(name, band, column, said)
        if found:
            said["now"] = now
        return found

    def _amounts(self, said: dict[str, Any]) -> list[str]:
        found = []
        for name, sign in (("least", ">="), ("most", "<=")):
            minor = self._minor(name)
            if minor is not None:
                said[name] = minor
                found.append(f"h.amount_minor {sign} :{name}")
        return found

    def _minor(self, name: str) -> int | None:
        """Return an amount in minor units of the chosen currency, else of one with two decimals."""
        try:
            amount = Decimal(getattr(self, name).replace(",", ".") or "NaN")
            places = exponent(self.currency) if self.currency else 2
        except (InvalidOperation, CurrencyInvalid):
            return None
        return int(amount.scaleb(places)) if amount.is_finite() and amount.adjusted() < _MOST_DIGITS else None


def _between(name: str, band: Band | None, column: str, said: dict[str, Any]) -> list[str]:
    """Return the limits of a band."""
    found = []
    for end, sign in (("least", ">="), ("below", "<")):
        limit = None if band is None else getattr(band, end)
        if limit is not None:
            said[f"{name}_{end}"] = limit
            found.append(f"{column} {sign} :{name}_{end}")
    return found
