"""One next step for a driver in trouble: a plan a symptom, cut down to what applies and was not tried yet.

What the checks found comes first, then the steps of the symptom in their fixed order, at last a person. Safety comes
before everything where a cable is stuck or something is wrong at the post. Does not live here: the checks
(``checks.py``), and the words (``routes/app/diagnosis_texts.py``).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.support.checks import Check, CheckName, first_wrong


class Symptom(StrEnum):
    """What the driver sees."""

    NOT_STARTED = "not_started"
    TROUBLE = "trouble"
    """Something is wrong while it charges (CM22)."""
    DOES_NOT_STOP = "does_not_stop"
    STUCK_CABLE = "stuck_cable"
    BADGE = "badge"
    """The reader does not know the pass."""
    CANNOT_CHARGE = "cannot_charge"
    """Anything else, or nobody knows (EP08)."""


class Step(StrEnum):
    """What a driver is told to do; a closed list, the same for every symptom."""

    TOP_UP = "top_up"
    SETTLE_DEBT = "settle_debt"
    ADD_CARD = "add_card"
    MEND_PASS = "mend_pass"  # noqa: S105 - a card, not a password
    WAIT_FOR_US = "wait_for_us"
    CHECK_CAR_TIMER = "check_car_timer"
    CHECK_CABLE = "check_cable"
    WAIT_AND_RETRY = "wait_and_retry"
    RETRY_WITH_PASS = "retry_with_pass"  # noqa: S105 - a card, not a password
    OTHER_CONNECTOR = "other_connector"
    OTHER_SITE = "other_site"
    STOP_IN_APP = "stop_in_app"
    RESTART_APP = "restart_app"
    STOP_WITH_PASS = "stop_with_pass"  # noqa: S105 - a card, not a password
    UNPLUG_AT_CAR = "unplug_at_car"
    EMERGENCY_STOP = "emergency_stop"
    LOCK_AND_UNLOCK = "lock_and_unlock"
    WAIT_FOR_LOCK = "wait_for_lock"
    ASK_TO_UNLOCK = "ask_to_unlock"
    ASK_ISSUER = "ask_issuer"
    """Whoever answers for the badge (CK22)."""
    CALL_OPERATOR = "call_operator"
    CALL_HOTLINE = "call_hotline"
    """The line that is always open (CM24)."""
    ASK_US = "ask_us"
    """An open line in the driver's language, with the case written already."""


PLANS: dict[Symptom, tuple[Step, ...]] = {
    Symptom.NOT_STARTED: (
        Step.CHECK_CABLE,
        Step.WAIT_AND_RETRY,
        Step.RETRY_WITH_PASS,
        Step.OTHER_CONNECTOR,
        Step.CALL_OPERATOR,
        Step.ASK_US,
    ),
    Symptom.TROUBLE: (
        Step.CHECK_CAR_TIMER,
        Step.UNPLUG_AT_CAR,
        Step.CALL_OPERATOR,
        Step.EMERGENCY_STOP,
        Step.ASK_US,
    ),
    Symptom.DOES_NOT_STOP: (
        Step.STOP_IN_APP,
        Step.RESTART_APP,
        Step.STOP_WITH_PASS,
        Step.CALL_HOTLINE,
        Step.CALL_OPERATOR,
        Step.ASK_US,
    ),
    Symptom.STUCK_CABLE: (
        Step.LOCK_AND_UNLOCK,
        Step.WAIT_FOR_LOCK,
        Step.ASK_TO_UNLOCK,
        Step.CALL_OPERATOR,
        Step.ASK_US,
    ),
    Symptom.BADGE: (Step.RETRY_WITH_PASS, Step.OTHER_CONNECTOR, Step.ASK_ISSUER, Step.ASK_US),
    Symptom.CANNOT_CHARGE: (
        Step.CHECK_CABLE,
        Step.WAIT_AND_RETRY,
        Step.OTHER_CONNECTOR,
        Step.CALL_OPERATOR,
        Step.ASK_US,
    ),
}
"""The steps of each symptom in their order (CK14, CK18, CM21 to CM23, EP07)."""

WAIT = timedelta(seconds=30)
"""Before another try, and for a lock to let go."""
WAITING = frozenset({Step.WAIT_AND_RETRY, Step.WAIT_FOR_LOCK})
"""Steps that are done when their time is over, not before."""
SAFETY = {
    Symptom.STUCK_CABLE: "never_force",
    Symptom.TROUBLE: "keep_away",
}
"""What is said before anything else."""
_AT_CHECKS = frozenset({Symptom.NOT_STARTED, Symptom.BADGE, Symptom.CANNOT_CHARGE})
"""Symptoms that a failing check explains; a stuck cable is stuck, whatever a wallet holds."""
_CURES: dict[CheckName, tuple[Step, ...]] = {
    CheckName.BALANCE: (Step.TOP_UP,),
    CheckName.PASS: (Step.MEND_PASS,),
    CheckName.PAYMENT_METHOD: (Step.ADD_CARD,),
    CheckName.PLATFORM: (Step.WAIT_FOR_US,),
    CheckName.SITE: (Step.CALL_OPERATOR, Step.OTHER_SITE),
    CheckName.EVSE: (Step.OTHER_CONNECTOR, Step.OTHER_SITE, Step.CALL_OPERATOR),
    CheckName.VEHICLE_TIMER: (Step.CHECK_CAR_TIMER,),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides which steps apply."""

    has_pass: bool = False
    """One that can charge, and a reader that takes it."""
    has_neighbors: bool = False
    """Another connector of the same site can be started."""
    has_charge: bool = False
    """It is about a charge of ours that runs."""
    stop_asked: bool = False
    has_operator: bool = False
    """Somebody at the operator can be reached."""
    has_issuer: bool = False
    may_unlock: bool = False
    """A stuck cable can be told to the operator by us."""
    is_direct_current: bool = False
    failed_at: datetime | None = None
    """When the last try came to nothing."""
    locked_until: datetime | None = None
    """Until then the operator works on the try before."""


@dataclass(frozen=True, slots=True)
class Next:
    """The one thing to do now; with ``not_before`` it is a wait, and no try counts earlier."""

    step: Step
    why: CheckName | None = None
    """The check that it follows from; None: it is the symptom's own."""
    not_before: datetime | None = None
    safety: str | None = None


def next_step(
    symptom: Symptom,
    checks: tuple[Check, ...],
    situation: Situation,
    *,
    tried: Collection[Step],
    now: datetime,
    told_at: datetime | None = None,
) -> Next:
    """Return the one thing to do; ``told_at`` is when the step before was said to be done. At last it is a person."""
    wrong = first_wrong(checks) if symptom in _AT_CHECKS else None
    cures = _cures_of(wrong)
    plan = (*((step, wrong.name) for step in cures if wrong), *((step, None) for step in _plan(symptom, situation)))
    for step, why in plan:
        if step not in tried and _applies(step, situation):
            return _timed(Next(step, why, safety=_safety(symptom, step)), situation, now, told_at)
    return Next(Step.ASK_US, safety=SAFETY.get(symptom))


def _plan(symptom: Symptom, situation: Situation) -> tuple[Step, ...]:
    """Return the steps of a symptom; who has no operator to call talks to us before the last resort."""
    steps = PLANS[symptom]
    if Step.EMERGENCY_STOP in steps and not situation.has_operator:
        return tuple(Step.ASK_US if step is Step.CALL_OPERATOR else step for step in steps)
    return steps


def _cures_of(wrong: Check | None) -> tuple[Step, ...]:
    if wrong is None:
        return ()
    if wrong.name is CheckName.PAYMENT_METHOD and wrong.reason == "receivable_open":
        return (Step.SETTLE_DEBT,)
    if wrong.name is CheckName.BALANCE and wrong.reason == "wallet_blocked":
        return (Step.ASK_US,)
    return _CURES[wrong.name]


def _applies(step: Step, situation: Situation) -> bool:
    needs = {
        Step.RETRY_WITH_PASS: situation.has_pass,
        Step.STOP_WITH_PASS: situation.has_pass,
        Step.OTHER_CONNECTOR: situation.has_neighbors,
        Step.STOP_IN_APP: situation.has_charge and not situation.stop_asked,
        Step.ASK_TO_UNLOCK: situation.may_unlock,
        Step.CALL_OPERATOR: situation.has_operator,
        Step.ASK_ISSUER: situation.has_issuer,
        Step.CHECK_CAR_TIMER: situation.has_charge,
    }
    return needs.get(step, True)


def _safety(symptom: Symptom, step: Step) -> str | None:
    return "emergency_only" if step is Step.EMERGENCY_STOP else SAFETY.get(symptom)


def _timed(found: Next, situation: Situation, now: datetime, told_at: datetime | None) -> Next:
    """Give a waiting step its moment: half a minute after what it follows, longer while the operator is at it."""
    if found.step is Step.WAIT_AND_RETRY:
        waited = (situation.failed_at or told_at or now) + WAIT
        until = max(waited, situation.locked_until or waited)
        return replace(found, not_before=until)
    if found.step is Step.WAIT_FOR_LOCK:
        return replace(found, not_before=(told_at or now) + WAIT)
    return found


def may_go_on(step: Step, not_before: datetime | None, now: datetime) -> bool:
    """Say whether a step can be said to be done: a wait cannot before its time."""
    return step not in WAITING or not_before is None or now >= not_before
