"""What pages of cases call things."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.domain.support.case import CaseEventKind
from api.routes.console.render import moment
from api.services.console.entries import Facts, facts_of

_K = CaseEventKind
EVENTS: Mapping[str, str] = {
    _K.OPENED: "Opened",
    _K.FROM_CUSTOMER: "The customer",
    _K.TO_CUSTOMER: "Answered",
    _K.NOTE: "Note",
    _K.ATTEMPT: "Tried",
    _K.TAKEN: "Now with",
    _K.HANDED_OVER: "Handed over to the operator",
    _K.LEVEL: "Moved to another level",
    _K.EXPECTED: "Expected to be solved at another time",
    _K.LATE: "Late",
    _K.ASKED: "Asked the customer",
    _K.PROPOSAL: "To be done at the site",
    _K.VISIT: "Visit",
    _K.OUTSIDE: "Somebody outside",
    _K.WORK: "Work at the site",
    _K.VERIFIED: "Verified",
    _K.DOCUMENT: "Document",
    _K.EVIDENCE: "Evidence kept",
    _K.DECIDED: "Decided",
    _K.HELP_OFFER: "Help at a price",
    _K.LINKED: "Linked with",
    _K.RESOLVED: "Solved",
    _K.CONFIRMED: "Confirmed by the customer",
    _K.CLOSED: "Closed",
    _K.REOPENED: "Opened again",
    _K.SURVEYED: "Answered the survey",
}
LINK_KINDS = {
    "case": "another case, by its number",
    "finding": "a finding, by its id",
    "incident": "an incident, by its id",
}
_HIDDEN = ("was", "state", "visit", "answers", "level_was", "to", "address")
"""What a page says in another way, or need not say."""


def facts(detail: Mapping[str, Any]) -> Facts:
    """Return what the history holds beside a text, as people read it."""
    shown = {name: _shown(value) for name, value in detail.items()}
    return facts_of(shown, without=_HIDDEN)


def _line(value: Any) -> str:
    """Return one entry of a list in words, such as a check of a diagnosis with what it found."""
    if not isinstance(value, Mapping):
        return str(value)
    told = ((name.replace("_", " "), each) for name, each in value.items() if each not in (None, "", {}, []))
    return ", ".join(f"{name} {f'({_line(each)})' if isinstance(each, Mapping) else each}" for name, each in told)


def _shown(value: Any) -> Any:
    """Return a stored value with its moments as pages write them."""
    if isinstance(value, Mapping):
        if set(value) == {"starts_at", "ends_at"}:
            begins, ends = (datetime.fromisoformat(value[name]) for name in ("starts_at", "ends_at"))
            return f"{moment(begins)} to {ends:%H:%M}"
        return {name: _shown(each) for name, each in value.items()}
    if isinstance(value, list):
        return "; ".join(_line(_shown(each)) for each in value)
    try:
        return moment(datetime.fromisoformat(value)) if isinstance(value, str) and "T" in value else value
    except ValueError:
        return value
