"""The life of a case: what can follow what, and what a level asks before a case moves on."""

import pytest

from api.domain.support.case import LEVELS, TRANSITIONS, CaseState, CaseStep, CaseStepNotPossible, after_case_step
from api.domain.support.case_rules import (
    AttemptMissing,
    Done,
    NoHigherLevel,
    ProposalMissing,
    WorkUnverified,
    check_solvable,
    level_above,
)


def test_every_step_has_a_place_and_every_state_an_end() -> None:
    """Each step can be taken somewhere, and from each state a case can come to be closed."""
    assert {step for _, step in TRANSITIONS} == set(CaseStep)
    ends = {CaseState.CLOSED}
    while grown := {was for (was, _), after in TRANSITIONS.items() if after in ends} - ends:
        ends |= grown
    assert ends == set(CaseState)


@pytest.mark.capability("CN16")
def test_solved_is_not_closed() -> None:
    """Only the customer's word, or silence, closes a solved case; "not solved" opens it again."""
    assert after_case_step(CaseState.OPEN, CaseStep.RESOLVE) is CaseState.RESOLVED
    assert after_case_step(CaseState.RESOLVED, CaseStep.CONFIRM) is CaseState.CLOSED
    assert after_case_step(CaseState.RESOLVED, CaseStep.FALL_SILENT) is CaseState.CLOSED
    assert after_case_step(CaseState.RESOLVED, CaseStep.REJECT) is CaseState.OPEN
    with pytest.raises(CaseStepNotPossible):
        after_case_step(CaseState.OPEN, CaseStep.CONFIRM)
    with pytest.raises(CaseStepNotPossible):
        after_case_step(CaseState.CLOSED, CaseStep.REPLY)


@pytest.mark.capability("CN05")
def test_the_first_line_tries_before_it_hands_on() -> None:
    """A case leaves the first level by hand only after an attempt."""
    with pytest.raises(AttemptMissing):
        level_above(1, Done())
    assert level_above(1, Done(attempts=1)) == 2


@pytest.mark.capability("CN11")
def test_a_visit_wants_a_proposal_and_a_reason() -> None:
    """Without both a case stays at the second level; what is missing is told."""
    for proposal, reason, missing in (("", "", ["action_proposal", "reason"]), ("swap the lock", " ", ["reason"])):
        with pytest.raises(ProposalMissing) as told:
            level_above(2, Done(), proposal=proposal, reason=reason)
        assert told.value.facts["missing"] == missing
    assert level_above(2, Done(), proposal="swap the lock", reason="it does not open") == LEVELS[-1]
    with pytest.raises(NoHigherLevel):
        level_above(3, Done())


@pytest.mark.capability("CN15")
def test_work_at_a_site_is_verified_and_documented() -> None:
    """The third level solves nothing that was not done, verified and documented; the others are free to."""
    check_solvable(2, Done())
    for done, missing in (
        (Done(), ["work", "verification", "documents"]),
        (Done(works=1, documents=1), ["verification"]),
        (Done(works=1, verified=True), ["documents"]),
    ):
        with pytest.raises(WorkUnverified) as told:
            check_solvable(3, done)
        assert told.value.facts["missing"] == missing
    check_solvable(3, Done(works=1, verified=True, documents=1))
