"""The life of a case: a table of steps between its states, who it is about and where it came from.

A case is open until somebody solves it, solved until its customer confirms or is silent for a while, then closed.
"Not solved" opens it again, and its clock runs on from the beginning (CN16). Does not live here: what a level asks of
those who work on it (``case_rules.py``), and what was promised (``sla.py``).
"""

from datetime import timedelta
from enum import StrEnum

from api.domain.errors import Conflict


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    """Ours to do something."""
    WAITING = "waiting"
    """The customer is to answer; the clock stands meanwhile."""
    RESOLVED = "resolved"
    """Solved as we see it; the customer has the word."""
    CLOSED = "closed"


class CaseKind(StrEnum):
    """Whose case it is: each kind has its own form, queue and promises (CP12, CN03)."""

    DRIVER = "driver"
    BUSINESS = "business"
    """Of somebody who wants to do business with us, or of a fleet."""
    OWNER = "owner"
    """Of whoever owns or installs chargers."""


class Channel(StrEnum):
    """How a case came in (CN02)."""

    APP = "app"
    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    """Opened by an agent for somebody."""
    RULE = "rule"
    """Opened by the service itself, before anybody complained."""


class Priority(StrEnum):
    """How pressing it is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class CaseStep(StrEnum):
    """What can happen to a case."""

    NOTE = "note"
    """Something is written down that changes nothing: a note, an attempt, an answer, a document."""
    ASK = "ask"
    """The customer is asked for something."""
    REPLY = "reply"
    """The customer writes."""
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    """The customer says that it is solved."""
    FALL_SILENT = "fall_silent"
    """The customer said nothing for ``SILENCE``."""
    REJECT = "reject"
    """The customer says that it is not solved."""
    WITHDRAW = "withdraw"
    """The customer no longer needs it."""
    MERGE = "merge"
    """Another case of the same customer goes on instead."""
    REOPEN = "reopen"


class CaseEventKind(StrEnum):
    """What the history of a case holds."""

    OPENED = "opened"
    FROM_CUSTOMER = "from_customer"
    TO_CUSTOMER = "to_customer"
    NOTE = "note"
    """Internal."""
    ATTEMPT = "attempt"
    """What was tried at once: an article, something done from afar (CN05)."""
    TAKEN = "taken"
    """Somebody works on it."""
    HANDED_OVER = "handed_over"
    """To the operator of the charger, with what the driver agreed to share (CK04)."""
    LEVEL = "level"
    """It moved to another level, by a person or by its clock."""
    EXPECTED = "expected"
    """When it is expected to be solved changed (CN06)."""
    LATE = "late"
    """A promise was broken."""
    ASKED = "asked"
    """The customer was asked for something."""
    PROPOSAL = "proposal"
    """What is to be done at the site, and why (CN11)."""
    VISIT = "visit"
    """Slots proposed, one accepted, who takes part (CN12)."""
    OUTSIDE = "outside"
    """Somebody outside was asked, or answered (CN09)."""
    WORK = "work"
    """What was done at the site."""
    VERIFIED = "verified"
    DOCUMENT = "document"
    EVIDENCE = "evidence"
    """What is known technically was frozen (CK25)."""
    DECIDED = "decided"
    """On a dispute (CK26)."""
    HELP_OFFER = "help_offer"
    """Help at a price was offered, accepted, declined or given back (EP10)."""
    LINKED = "linked"
    """To an incident, a finding, another case."""
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    REOPENED = "reopened"
    SURVEYED = "surveyed"


class CaseStepNotPossible(Conflict):
    """A case in this state cannot take this step. Facts: ``state``, ``step``."""


SILENCE = timedelta(days=7)
"""After this without a word a solved case is closed (CN16)."""
LEVELS = (1, 2, 3)
"""First line, second line, on site."""

_S, _D = CaseState, CaseStep
UNSOLVED = frozenset({_S.OPEN, _S.WAITING})

TRANSITIONS: dict[tuple[CaseState, CaseStep], CaseState] = {
    **{(state, _D.NOTE): state for state in _S},
    (_S.OPEN, _D.ASK): _S.WAITING,
    (_S.WAITING, _D.ASK): _S.WAITING,
    (_S.OPEN, _D.REPLY): _S.OPEN,
    (_S.WAITING, _D.REPLY): _S.OPEN,
    (_S.RESOLVED, _D.REPLY): _S.OPEN,
    (_S.OPEN, _D.RESOLVE): _S.RESOLVED,
    (_S.WAITING, _D.RESOLVE): _S.RESOLVED,
    (_S.RESOLVED, _D.CONFIRM): _S.CLOSED,
    (_S.RESOLVED, _D.FALL_SILENT): _S.CLOSED,
    (_S.RESOLVED, _D.REJECT): _S.OPEN,
    (_S.OPEN, _D.WITHDRAW): _S.CLOSED,
    (_S.WAITING, _D.WITHDRAW): _S.CLOSED,
    **{(state, _D.MERGE): _S.CLOSED for state in (_S.OPEN, _S.WAITING, _S.RESOLVED)},
    (_S.RESOLVED, _D.REOPEN): _S.OPEN,
    (_S.CLOSED, _D.REOPEN): _S.OPEN,
}
"""(state, step) -> the state after it. A pair that is not here cannot be: who writes to a closed case opens another."""


def after_case_step(state: CaseState, step: CaseStep) -> CaseState:
    """Return the state after a step; raises CaseStepNotPossible."""
    after = TRANSITIONS.get((state, step))
    if after is None:
        raise CaseStepNotPossible("case_step_not_possible", state=str(state), step=str(step))
    return after
