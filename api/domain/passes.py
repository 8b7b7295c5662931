"""A pass from order to end: the steps it takes, who is asked for the next one, and what networks require of it (CM02).

A pass is a card that partners know a driver by. It cannot charge before its driver entered the code that is printed on
it, so that one lost in the mail is worth nothing. Pure; the rows are moved by ``services/roaming/pass_steps.py``.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from api.domain.errors import Conflict


class PassStatus(StrEnum):
    """Where a pass is."""

    ORDERED = "ordered"
    SHIPPED = "shipped"
    RECEIVED = "received"
    ACTIVE = "active"
    BLOCKED = "blocked"
    EXPIRED = "expired"


class PassStep(StrEnum):
    """What is done with a pass: staff ship, block, unblock and expire; drivers receive, activate and block."""

    SHIP = "ship"
    RECEIVE = "receive"
    ACTIVATE = "activate"
    BLOCK = "block"
    UNBLOCK = "unblock"
    EXPIRE = "expire"


class PassPolicy(StrEnum):
    """Which pass a network asks for before the app may start: the word of ``network.pass_policy``."""

    NONE = "none"
    RECEIVED = "received"
    ACTIVE = "active"


class NextStep(StrEnum):
    """What has to happen before a pass can be used; new values may come."""

    ORDER = "order_pass"
    WAIT = "wait_for_shipping"
    RECEIVE = "confirm_receipt"
    ACTIVATE = "activate"


class PassStepRefused(Conflict):
    """The pass is not where this step begins. Facts: ``status``, ``step``, ``next_step``."""


_S, _T = PassStatus, PassStep
TRANSITIONS: Final[Mapping[tuple[PassStatus, PassStep], PassStatus]] = {
    (_S.ORDERED, _T.SHIP): _S.SHIPPED,
    (_S.SHIPPED, _T.RECEIVE): _S.RECEIVED,
    (_S.SHIPPED, _T.ACTIVATE): _S.ACTIVE,  # whoever reads the code on it has it
    (_S.RECEIVED, _T.ACTIVATE): _S.ACTIVE,
    (_S.ORDERED, _T.BLOCK): _S.BLOCKED,
    (_S.SHIPPED, _T.BLOCK): _S.BLOCKED,
    (_S.RECEIVED, _T.BLOCK): _S.BLOCKED,
    (_S.ACTIVE, _T.BLOCK): _S.BLOCKED,
    (_S.ORDERED, _T.EXPIRE): _S.EXPIRED,
    (_S.SHIPPED, _T.EXPIRE): _S.EXPIRED,
    (_S.RECEIVED, _T.EXPIRE): _S.EXPIRED,
    (_S.ACTIVE, _T.EXPIRE): _S.EXPIRED,
    (_S.BLOCKED, _T.EXPIRE): _S.EXPIRED,
}
"""Where a step leads; unblocking leads back to where the pass was blocked."""
_DONE: Final[Mapping[PassStep, frozenset[PassStatus]]] = {
    _T.SHIP: frozenset({_S.SHIPPED}),
    _T.RECEIVE: frozenset({_S.RECEIVED, _S.ACTIVE}),
    _T.ACTIVATE: frozenset({_S.ACTIVE}),
    _T.BLOCK: frozenset({_S.BLOCKED}),
    _T.UNBLOCK: frozenset({_S.ORDERED, _S.SHIPPED, _S.RECEIVED, _S.ACTIVE}),
    _T.EXPIRE: frozenset({_S.EXPIRED}),
}
"""Where a step has been taken already, so that repeating it does nothing."""
_NEXT: Final[Mapping[PassStatus, NextStep | None]] = {
    _S.ORDERED: NextStep.WAIT,
    _S.SHIPPED: NextStep.RECEIVE,
    _S.RECEIVED: NextStep.ACTIVATE,
    _S.ACTIVE: None,
    _S.BLOCKED: NextStep.ORDER,
    _S.EXPIRED: NextStep.ORDER,
}
_ENOUGH: Final[Mapping[PassPolicy, frozenset[PassStatus]]] = {
    PassPolicy.RECEIVED: frozenset({_S.RECEIVED, _S.ACTIVE}),
    PassPolicy.ACTIVE: frozenset({_S.ACTIVE}),
}
_FURTHEST: Final = (_S.RECEIVED, _S.SHIPPED, _S.ORDERED)


def advance(status: PassStatus, step: PassStep, *, blocked_from: PassStatus | None = None) -> PassStatus:
    """Return where a step leads; a step that was taken leads nowhere else. Raises PassStepRefused."""
    if status in _DONE[step]:
        return status
    if (status, step) == (PassStatus.BLOCKED, PassStep.UNBLOCK):
        return blocked_from or PassStatus.ACTIVE
    after = TRANSITIONS.get((status, step))
    if after is None:
        raise PassStepRefused("pass_step_refused", status=status, step=step, next_step=next_step(status))
    return after


def next_step(status: PassStatus) -> NextStep | None:
    """Return what has to happen before a pass can be used; None: nothing."""
    return _NEXT[status]


def missing_step(policy: PassPolicy, passes: Collection[PassStatus]) -> NextStep | None:
    """Return what a network's policy still asks of a driver with these passes, by the one that has come furthest."""
    enough = _ENOUGH.get(policy)
    if enough is None or not enough.isdisjoint(passes):
        return None
    return next((_NEXT[status] for status in _FURTHEST if status in passes), NextStep.ORDER)
