"""The address of a list of cases: what it filters by, and where its next page begins."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from api.domain.support.case import CaseState
from api.routes.console.findings_filter import ALL, NONE, ListUnreadable
from api.services.support.desk_list import NOBODY, TO_WORK_ON, CaseFilter, Cursor

LIST, REPORT = "/console/cases", "/console/case-report"
_SETS = ("kind", "queue", "priority", "channel", "sla_level", "solved", "answered")
NAMES = ("state", "level", "assignee", *_SETS, "customer", "month", "location", "q")
_LONGEST = 200


def asked_for(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address filters by, field by field; raises ListUnreadable."""
    told = {name: query.get(name, "").strip() for name in NAMES}
    for name, value in told.items():
        if len(value) > _LONGEST or "\0" in value:
            raise ListUnreadable("list_unreadable", field=name)
    return told


def filter_of(told: Mapping[str, str], *, usual: frozenset[str] = TO_WORK_ON) -> CaseFilter:
    """Return the filter of an address; ``usual`` are the states if it names none. Raises ListUnreadable."""
    state, level = told["state"], told["level"]
    if state and state != ALL and state not in set(CaseState):
        raise ListUnreadable("list_unreadable", field="state")
    if level and level not in {"1", "2", "3"}:
        raise ListUnreadable("list_unreadable", field="level")
    assignee = NOBODY if told["assignee"] == NONE else told["assignee"]
    return CaseFilter(
        state=frozenset() if state == ALL else frozenset({state}) if state else usual,
        level=frozenset({int(level)}) if level else frozenset(),
        assignee=frozenset({assignee}) if told["assignee"] else frozenset(),
        customer=told["customer"] or None,
        month=told["month"] or None,
        location_key=told["location"] or None,
        text=told["q"],
        **{name: frozenset({told[name]}) if told[name] else frozenset() for name in _SETS},
    )


def cursor_of(text: str) -> Cursor | None:
    """Return where a page begins; raises ListUnreadable."""
    if not text:
        return None
    try:
        rank, due, last = text.split("|")
        moment = datetime.fromisoformat(due)
        if moment.tzinfo is None or rank not in {"0", "1", "2", "3"} or "\0" in last:
            raise ValueError(text)
        return int(rank), moment.astimezone(UTC).isoformat(), last
    except (ValueError, OverflowError) as error:
        raise ListUnreadable("list_unreadable", field="after") from error


def address_of(told: Mapping[str, str], cursor: Cursor | None = None, *, at: str = LIST, **other: str) -> str:
    """Return the address of a list with these filters, without what restricts nothing."""
    fields = {name: value for name, value in (dict(told) | other).items() if value}
    if cursor is not None:
        fields["after"] = "|".join(map(str, cursor))
    return at + (f"?{urlencode(fields)}" if fields else "")
