"""The address of a list of findings: what it filters by, and where its next page begins."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from api.domain.errors import Invalid
from api.domain.finance.finding import FindingState
from api.domain.money import exponent
from api.routes.console.signed_in import Form
from api.services.reconciliation.findings import NOBODY, TO_WORK_ON, Cursor, FindingFilter

AGES = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "3d": timedelta(days=3), "7d": timedelta(days=7)}
NAMES = ("state", "severity", "reason", "assignee", "partner", "currency", "from", "to", "age", "q")
ALL, NONE = "all", "none"
"""Words of an address: whatever state; nobody."""
_LONGEST = 200


class ListUnreadable(Invalid):
    """The address of a list says something that cannot be. Fact: ``field``."""


def asked_for(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address filters by, field by field; raises ListUnreadable."""
    told = {name: query.get(name, "").strip() for name in NAMES}
    for name, value in told.items():
        if len(value) > _LONGEST or "\0" in value:
            raise ListUnreadable("list_unreadable", field=name)
    return told


def filter_of(told: Mapping[str, str]) -> FindingFilter:
    """Return the filter of an address; raises ListUnreadable, FormUnreadable."""
    state, age = told["state"], told["age"]
    if state and state != ALL and state not in set(FindingState):
        raise ListUnreadable("list_unreadable", field="state")
    if age and age not in AGES:
        raise ListUnreadable("list_unreadable", field="age")
    assignee = NOBODY if told["assignee"] == NONE else told["assignee"]
    return FindingFilter(
        states=frozenset() if state == ALL else frozenset({state}) if state else TO_WORK_ON,
        reasons=_set(told["reason"]),
        severities=_set(told["severity"]),
        assignees=frozenset({assignee}) if told["assignee"] else frozenset(),
        partner_id=told["partner"] or None,
        currency=told["currency"] or None,
        from_minor=_minor(told, "from"),
        to_minor=_minor(told, "to"),
        older_than=AGES.get(age),
        text=told["q"],
    )


def _set(value: str) -> frozenset[str]:
    return frozenset({value}) if value else frozenset()


def _minor(told: Mapping[str, str], name: str) -> int | None:
    """Return an amount of an address in minor units of its currency, of euro where it names none."""
    if not told[name]:
        return None
    return Form({name: [told[name]]}).minor(name, exponent(told["currency"] or "EUR"))


def cursor_of(text: str) -> Cursor | None:
    """Return where a page begins; raises ListUnreadable."""
    if not text:
        return None
    parts = text.split("|")
    try:
        due, rank, opened, last = parts
        for moment in filter(None, (due, opened)):
            if datetime.fromisoformat(moment).tzinfo is None:
                raise ValueError(moment)
        return due or None, {"0": 0, "1": 1}[rank], opened, last
    except (ValueError, KeyError) as error:
        raise ListUnreadable("list_unreadable", field="after") from error


def address_of(told: Mapping[str, str], cursor: Cursor | None = None, **other: str) -> str:
    """Return the address of a list with these filters, without what restricts nothing."""
    fields = {name: value for name, value in (dict(told) | other).items() if value}
    if cursor is not None:
        fields["after"] = "|".join("" if part is None else str(part) for part in cursor)
    return "/console/findings" + (f"?{urlencode(fields)}" if fields else "")
