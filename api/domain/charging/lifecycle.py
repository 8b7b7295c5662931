"""The life of one charge: the state machine that decides, and the only way to change a charge's status.

Theory of operation
-------------------
A charge is two machines that run side by side. *Charging progress* (``ChargingStatus``) tells how far the car has
come: from the tap, over the partner's session, to the bill. *The card hold* (``HoldStatus``) tells where the driver's
money is. Neither follows from the other: a hold may lapse while the car charges, and a session may turn up after the
hold is gone. Each fact belongs to exactly one of the two machines and is looked up in that machine's table by
(status, kind of fact); each ``Timer`` is a kind of its own. The step found there returns the new state and the
orders. When the hold has changed status, the ``COUPLING`` table is asked what that means to charging progress.
Progress in turn moves the hold by a handful of functions in the same file, ``table_coupling.py``: let it go when
nothing will be charged, settle a bill, take an estimate before the hold lapses.

Rules that everything below serves:

* No start without a placed hold of exactly the amount agreed, and one start only: nothing leads back before it.
* A hold is captured at most once, never above its amount, and never after its release was ordered. ``PLACED`` is the
  only status from which a capture is ordered, and nothing leads back to it.
* When nothing will charge, the hold is let go in the same step, or in the step in which it turns up. One exception:
  after a start that failed for good the hold stays for a retry window of seconds. A new start of the driver takes it
  over (``passed_on``: for this charge the hold has ended, the next one has it) or has it released; so does a driver who
  gives up, and so does the clock. A start with an unknown end passes nothing on, because the car may charge anyway, and
  a late session after passing on is what it is after a release: stopped, billed as a receivable, told to finance.
* A charge that a pass began at the post is not ours to start: it runs when we first hear of it. Its hold is asked for
  while it runs and secures it from then on; where there can be none it goes on up to the amount that would have been
  held, unless the installation wants it stopped, and its bill becomes a receivable.
* The session beats the result of the start, which beats its response. A start with an unknown end keeps its hold
  through a grace, because the car may charge anyway. A session that nobody waits for is stopped, told to finance and
  billed; it is never ignored.
* Energy stopped, cable unplugged and billed are three different ends. A CDR ends all three, whenever it comes,
  because partners lose pushes; without a CDR only staff or a ``SessionInvalidated`` make a bill.
* What cannot be taken from the hold becomes a receivable. A bill that falls lowers the receivable first; only what
  was paid above the bill is given back, after a pause in which the operator may replace the bill, and never what a
  bank has taken back already. What cannot be priced waits in ``needs_finance`` with the receivable as it is. Each way
  out of a dead end is staff's ``StaffSettled``.
* Money that the processor says it took is counted, asked for or not. What it says it holds is what may be captured:
  a hold that was raised is believed at its new amount, and the clock of its last moment moves with that moment.

Facts come twice, late and out of order. Those that may come late are in the tables as rows that change nothing, so
that a pair absent from the tables is a mistake on our side and raises ``IllegalTransition`` with the state untouched:
an answer to a command never sent, a driver's wish that is too late, a staff decision on a charge that still starts.
A fact repeated at once changes nothing and orders nothing, but for three: a metered report restarts the stale clock, a
last moment that is told sets its clock, and a clock that fires again is a new fact.

Final statuses (``FINAL`` with the hold ended) expect nothing and still answer late sessions, CDRs and captures.

Does not live here: building facts and carrying out orders (``services/charging``), lengths of clocks (settings).
"""

from typing import TypeAlias

from api.domain.charging.facts import Fact, HoldExtended, Timer, TimerFired
from api.domain.charging.state import (
    BEFORE_START,
    FINAL,
    HOLD_ENDED,
    RUNNING,
    STARTING,
    ChargingState,
    ChargingStatus,
    HoldStatus,
    Policy,
)
from api.domain.charging.table import Advance, Event, Transition, ignored
from api.domain.charging.table_bill import BILL
from api.domain.charging.table_charge import CHARGE
from api.domain.charging.table_coupling import COUPLING
from api.domain.charging.table_hold import HOLD, HOLD_FACTS
from api.domain.charging.table_start import START
from api.domain.errors import Conflict


class IllegalTransition(Conflict):
    """A fact met a status in which it cannot have happened; the state is untouched."""

    def __init__(self, state: ChargingState, fact: Fact) -> None:
        """Name both statuses and the kind of fact."""
        kind = kind_of(fact)
        event = str(kind) if isinstance(kind, Timer) else type(fact).__name__
        super().__init__("illegal_transition", status=state.status.value, hold=state.hold.value, event=event)


def _progress() -> dict[tuple[ChargingStatus, Event], Transition[ChargingStatus]]:
    """Put the tables of charging progress together; a clock that fires where it means nothing is stopped too late."""
    rows = START.rows | CHARGE.rows | BILL.rows
    if len(rows) != len(START.rows) + len(CHARGE.rows) + len(BILL.rows):
        raise ValueError("two tables hold the same pair")
    for status in ChargingStatus:
        for timer in Timer:
            rows.setdefault((status, timer), Transition(ignored, frozenset({status})))
    return rows


PROGRESS = _progress()
"""The machine of charging progress: (status, event) -> step and the statuses that it may lead to."""

AnyStatus: TypeAlias = ChargingStatus | HoldStatus
AnyTransition: TypeAlias = Transition[ChargingStatus] | Transition[HoldStatus]
TRANSITIONS: dict[tuple[AnyStatus, Event], AnyTransition] = {}
TRANSITIONS.update({(status, event): row for (status, event), row in PROGRESS.items()})
TRANSITIONS.update({(status, event): row for (status, event), row in HOLD.rows.items()})
"""Both machines. Each event belongs to one of them, so a pair names its machine."""


def kind_of(fact: Fact) -> Event:
    """Return the event under which ``fact`` stands in the tables: its type, or the clock that fired."""
    return fact.timer if isinstance(fact, TimerFired) else type(fact)


def advance(state: ChargingState, fact: Fact, policy: Policy) -> Advance:
    """Return the state after ``fact`` and the orders to carry out, in sequence.

    Raises ``IllegalTransition`` if the fact cannot have happened here, and ``CurrencyMismatch`` if its money is not
    in the currency of the hold.
    """
    of_hold = isinstance(fact, HOLD_FACTS)
    row = TRANSITIONS.get((state.hold if of_hold else state.status, kind_of(fact)))
    if row is None:
        raise IllegalTransition(state, fact)
    moved = row.step(state, fact, policy)
    if not of_hold or moved.state == state or isinstance(fact, HoldExtended):
        return moved  # a raised hold is where it was: only its amount means something, and only from now on
    coupling = COUPLING.rows.get((moved.state.status, moved.state.hold))
    if coupling is None:
        return moved
    pulled = coupling.step(moved.state, moved.state.hold, policy)
    return Advance(pulled.state, moved.orders + pulled.orders)


def is_final(state: ChargingState) -> bool:
    """Say whether nothing is expected any more and no money of the driver is blocked."""
    return state.status in FINAL and state.hold in HOLD_ENDED


def accepts_cancel(state: ChargingState) -> bool:
    """Say whether the driver may still give up: no session was seen yet, or a hold waits for another try."""
    return state.status in BEFORE_START | STARTING or keeps_hold(state)


def keeps_hold(state: ChargingState) -> bool:
    """Say whether the hold of a failed start still waits for the driver's next try."""
    return state.status is ChargingStatus.START_FAILED and state.hold is HoldStatus.PLACED


def accepts_stop(state: ChargingState) -> bool:
    """Say whether the driver may ask for a stop; before a session is seen that is giving up."""
    return state.status in BEFORE_START | STARTING | RUNNING


def needs_unplug(state: ChargingState) -> bool:
    """Say whether all that is left for the driver is to unplug: energy ended or is ending, the cable still plugged."""
    return state.status in (ChargingStatus.STOP_ACCEPTED, ChargingStatus.IDLE)


def wants_hold(state: ChargingState) -> bool:
    """Say whether a hold that turns out not to be there is still to be placed: before a start, or to secure a pass."""
    if state.begun_at_post:
        return state.hold in (HoldStatus.PENDING, HoldStatus.UNKNOWN)
    return state.status in BEFORE_START
