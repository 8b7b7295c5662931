"""The life of a finding: a table of steps between its states, and who may take them. What exceptions of finance are.

Found again is a step too: it opens what was resolved, unless a person accepted the very same difference. Does not
live here: what may be done about the money (``finding_actions.py``), what reasons mean (``finding_reasons.py``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.domain.errors import Conflict, Forbidden
from api.domain.staff.roles import Permission, roles_with


class FindingState(StrEnum):
    """Where work on a finding stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    """Somebody has seen it and cares."""
    SNOOZED = "snoozed"
    """Out of sight until a moment that somebody chose."""
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How grave a finding is."""

    WARNING = "warning"
    """Near a limit."""
    BREACH = "breach"
    """Past it: money is wrong or lost."""


class Resolution(StrEnum):
    """How a finding ended."""

    AUTO = "auto"
    """What it told is no longer so."""
    BOOKING = "booking"
    """A step of ours mended it."""
    ACCEPTED = "accepted"
    """A person accepted the difference, with a note; the evidence is kept with it."""


class FindingStep(StrEnum):
    """What can happen to a finding."""

    SEEN = "seen"
    """Found again, as it was."""
    WORSENED = "worsened"
    """Found again, and it grew from a warning to a breach, or above the amount that it was put aside with."""
    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    WAKE = "wake"
    CLEAR = "clear"
    """No longer so."""
    MEND = "mend"
    """Ended by a step of ours."""
    ACCEPT = "accept"
    REOPEN = "reopen"


class EventKind(StrEnum):
    """What the history of a finding holds."""

    OPENED = "opened"
    REOPENED = "reopened"
    CHANGED = "changed"
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    COMMENTED = "commented"
    ACTED = "acted"
    RAISED = "raised"
    """It became graver."""
    RESOLVED = "resolved"


class Action(StrEnum):
    """What staff can do about a finding."""

    ASK_PROCESSOR = "ask_processor"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    WRITE_OFF = "write_off"
    SETTLE_OTHERWISE = "settle_otherwise"
    SEND_RECEIPT = "send_receipt"
    DISPUTE_CDR = "dispute_cdr"


class StepNotPossible(Conflict):
    """A finding in this state cannot take this step. Facts: ``state``, ``step``."""


class RoleMissing(Forbidden):
    """None of a person's roles may do this. Fact: ``needs``, the roles that may."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the name that decisions bear, the roles at that moment, the request in which it was asked."""

    name: str
    roles: frozenset[str] = frozenset()
    request_id: str | None = None

    def has_any(self, roles: Collection[str]) -> bool:
        """Say whether one of the roles is this person's."""
        return not self.roles.isdisjoint(roles)


_S, _D = FindingState, FindingStep
UNRESOLVED = frozenset({_S.OPEN, _S.ACKNOWLEDGED, _S.SNOOZED})

TRANSITIONS: dict[tuple[FindingState, FindingStep], FindingState] = {
    (_S.OPEN, _D.SEEN): _S.OPEN,
    (_S.ACKNOWLEDGED, _D.SEEN): _S.ACKNOWLEDGED,
    (_S.SNOOZED, _D.SEEN): _S.SNOOZED,
    (_S.RESOLVED, _D.SEEN): _S.OPEN,
    (_S.OPEN, _D.WORSENED): _S.OPEN,
    (_S.ACKNOWLEDGED, _D.WORSENED): _S.OPEN,
    (_S.SNOOZED, _D.WORSENED): _S.OPEN,
    (_S.RESOLVED, _D.WORSENED): _S.OPEN,
    (_S.OPEN, _D.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.SNOOZED, _D.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.OPEN, _D.SNOOZE): _S.SNOOZED,
    (_S.ACKNOWLEDGED, _D.SNOOZE): _S.SNOOZED,
    (_S.SNOOZED, _D.SNOOZE): _S.SNOOZED,
    (_S.SNOOZED, _D.WAKE): _S.OPEN,
    (_S.RESOLVED, _D.REOPEN): _S.OPEN,
    **{(state, step): _S.RESOLVED for state in UNRESOLVED for step in (_D.CLEAR, _D.MEND, _D.ACCEPT)},
}
"""(state, step) -> the state after it. A pair that is not here cannot be."""

RESOLUTIONS = {_D.CLEAR: Resolution.AUTO, _D.MEND: Resolution.BOOKING, _D.ACCEPT: Resolution.ACCEPTED}
EVENTS = {
    _D.SEEN: EventKind.REOPENED,
    _D.WORSENED: EventKind.CHANGED,
    _D.ACKNOWLEDGE: EventKind.ACKNOWLEDGED,
    _D.SNOOZE: EventKind.SNOOZED,
    _D.WAKE: EventKind.WOKEN,
    _D.CLEAR: EventKind.RESOLVED,
    _D.MEND: EventKind.RESOLVED,
    _D.ACCEPT: EventKind.RESOLVED,
    _D.REOPEN: EventKind.REOPENED,
}
"""What each step leaves in the history."""

WORKERS = roles_with(Permission.WORK_ON_FINDINGS)
"""Roles that work on findings: acknowledge, assign, snooze, comment, accept a difference, reopen."""
MOVERS = roles_with(Permission.MOVE_MONEY)
"""Roles that do something about the money behind findings; up to what each may is in ``finding_actions.py``."""
APPROVERS = roles_with(Permission.APPROVE)
"""Roles that may be the second person."""


def after_step(state: FindingState, step: FindingStep) -> FindingState:
    """Return the state after a step; raises StepNotPossible."""
    after = TRANSITIONS.get((state, step))
    if after is None:
        raise StepNotPossible("finding_step_not_possible", state=str(state), step=str(step))
    return after


def state_at(state: str, snoozed_until: datetime | None, now: datetime) -> FindingState:
    """Return the state as people see it: a snooze that is over is none, whether or not a sweep has noted it yet."""
    over = state == _S.SNOOZED and snoozed_until is not None and snoozed_until <= now
    return _S.OPEN if over else FindingState(state)


def check_role(actor: Actor, roles: Collection[str]) -> None:
    """Raise RoleMissing unless one of ``roles`` is the person's."""
    if not actor.has_any(roles):
        raise RoleMissing("role_missing", needs=sorted(roles))
