"""Who of staff works on a case of which level, and what its history says was done.

The first line works on the first level, the second line on the first two, the third on all; everybody else only reads
(CN10). What a level asks before a case moves on is in ``case_rules.py``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from api.domain.errors import Forbidden, Invalid
from api.domain.staff.roles import Role
from api.domain.support.case import CaseEventKind, CaseState
from api.domain.support.case_rules import Done

_LEVEL = {Role.SUPPORT_1: 1, Role.SUPPORT_2: 2, Role.SUPPORT_3: 3}
MOST_SLOTS = 5
_LONGEST_SLOT = timedelta(hours=12)
AHEAD = timedelta(days=400)
"""What is agreed for later than this was typed wrong."""


class LevelNotYours(Forbidden):
    """This case is at a level that none of somebody's roles works on. Facts: ``level``, ``yours``."""


class SlotsUnreadable(Invalid):
    """A visit has one to five slots, each in the next 400 days, of at most twelve hours, none twice."""


class RemoteAction(StrEnum):
    """What the first level may have tried from afar (CN05)."""

    UNLOCKED = "unlocked_connector"
    STARTED = "started_for_driver"
    STOPPED = "stopped_for_driver"
    RESTARTED = "restarted_charger"
    WALKED_THROUGH = "walked_through"
    """Step by step, on the phone."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Slot:
    """When a visit could be; half-open."""

    starts_at: datetime
    ends_at: datetime


def highest_level(roles: Collection[str]) -> int:
    """Return the highest level that these roles work on, 0 where they work on none."""
    return max((level for role, level in _LEVEL.items() if role in roles), default=0)


def roles_at(level: int) -> frozenset[str]:
    """Return the roles that work on a level."""
    return frozenset(str(role) for role, highest in _LEVEL.items() if highest >= level)


def check_works_at(roles: Collection[str], level: int) -> None:
    """Raise LevelNotYours unless one of the roles works on a level."""
    yours = highest_level(roles)
    if yours < level:
        raise LevelNotYours("level_not_yours", level=level, yours=yours)


def done_of(history: Iterable[tuple[str, Mapping[str, Any]]]) -> Done:
    """Return what was done, out of kinds and details of a history in its order.

    A verification holds until more work is done, or until the case is opened again: then it did not work after all.
    """
    done = Done()
    for kind, detail in history:
        if detail.get("state") == CaseState.OPEN and detail.get("was") in (CaseState.RESOLVED, CaseState.CLOSED):
            done = replace(done, verified=False)
        if kind == CaseEventKind.ATTEMPT:
            done = replace(done, attempts=done.attempts + 1)
        if kind == CaseEventKind.WORK:
            done = replace(done, works=done.works + 1, verified=False)
        if kind == CaseEventKind.VERIFIED:
            done = replace(done, verified=bool(detail.get("works")))
        if kind == CaseEventKind.DOCUMENT:
            done = replace(done, documents=done.documents + 1)
    return done


def check_slots(slots: Collection[Slot], now: datetime) -> None:
    """Raise SlotsUnreadable where these are no slots to choose from."""
    sound = all(
        now < slot.starts_at < now + AHEAD and slot.starts_at < slot.ends_at <= slot.starts_at + _LONGEST_SLOT
        for slot in slots
    )
    if not (1 <= len(slots) <= MOST_SLOTS and sound and len(set(slots)) == len(slots)):
        raise SlotsUnreadable("slots_unreadable", most=MOST_SLOTS)
