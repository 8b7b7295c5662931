"""What a level asks of those who work on a case before it moves on: attempts, a proposal, verified work."""

from dataclasses import dataclass

from api.domain.errors import Invalid
from api.domain.support.case import LEVELS


class AttemptMissing(Invalid):
    """The first level tried nothing yet: an article, or something from afar (CN05)."""


class ProposalMissing(Invalid):
    """No visit without what is to be done and why (CN11). Fact: ``missing``, names of fields."""


class WorkUnverified(Invalid):
    """What was done at a site is not written down, verified and documented (CN15). Fact: ``missing``."""


class NoHigherLevel(Invalid):
    """There is nothing above the third level."""


@dataclass(frozen=True, slots=True)
class Done:
    """What the history of a case holds so far."""

    attempts: int = 0
    works: int = 0
    verified: bool = False
    """The last verification said that it works."""
    documents: int = 0


def level_above(level: int, done: Done, *, proposal: str = "", reason: str = "") -> int:
    """Return the level that a person moves a case to; raises AttemptMissing, ProposalMissing, NoHigherLevel."""
    if level == LEVELS[-1]:
        raise NoHigherLevel("no_higher_level", level=level)
    if level == LEVELS[0] and not done.attempts:
        raise AttemptMissing("attempt_missing")
    if level == LEVELS[1]:
        missing = [name for name, text in (("action_proposal", proposal), ("reason", reason)) if not text.strip()]
        if missing:
            raise ProposalMissing("proposal_missing", missing=missing)
    return level + 1


def check_solvable(level: int, done: Done) -> None:
    """Raise WorkUnverified where the third level wants to solve what it did not verify and document."""
    if level != LEVELS[-1]:
        return
    there = (("work", done.works > 0), ("verification", done.verified), ("documents", done.documents > 0))
    missing = [name for name, is_there in there if not is_there]
    if missing:
        raise WorkUnverified("work_unverified", missing=missing)
