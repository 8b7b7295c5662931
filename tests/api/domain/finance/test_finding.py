"""The rules of findings: every step in every state, limits by role, words for every reason."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.charging.orders import Finding
from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.finance.finding import (
    EVENTS,
    RESOLUTIONS,
    TRANSITIONS,
    UNRESOLVED,
    Action,
    FindingState,
    FindingStep,
    StepNotPossible,
    after_step,
    state_at,
)
from api.domain.finance.finding_actions import ROLES, MoneyFacts, actions_of
from api.domain.finance.finding_limits import alone_at_most
from api.domain.finance.finding_reasons import SUGGESTED, words_of
from api.domain.finance.invoice_check import InvoiceFault
from api.domain.finance.reasons import REASONS
from api.domain.pricing.verdict import Verdict

S, D = FindingState, FindingStep


@pytest.mark.parametrize("state", FindingState)
@pytest.mark.parametrize("step", FindingStep)
def test_a_step_leads_where_the_table_says_or_nowhere(state: FindingState, step: FindingStep) -> None:
    """What is resolved is only found again or reopened; what is not can always be resolved; each step has its event."""
    after = TRANSITIONS.get((state, step))
    assert step in EVENTS
    if after is None:
        with pytest.raises(StepNotPossible):
            after_step(state, step)
        assert step not in {D.SEEN, D.WORSENED}
        assert not (state in UNRESOLVED and step in RESOLUTIONS)
        return
    assert after_step(state, step) is after
    assert (after in UNRESOLVED) == (step not in RESOLUTIONS)
    assert state in UNRESOLVED or step in {D.SEEN, D.WORSENED, D.REOPEN}


def test_a_snooze_that_is_over_is_none() -> None:
    """Whether or not a sweep has noted it; other states do not care."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert state_at("snoozed", now, now) is S.OPEN
    assert state_at("snoozed", now + timedelta(seconds=1), now) is S.SNOOZED
    assert state_at("resolved", now, now) is S.RESOLVED


def test_the_best_role_decides_how_much() -> None:
    """A clerk the installation's limit, a lead four times, support half; a named amount wins; others nothing."""
    named = {"finance_clerk": {"EUR": 2000}}
    for roles, minor in (
        ({"finance_clerk"}, 5000),
        ({"finance_clerk", "finance_lead"}, 20000),
        ({"support_3"}, 2500),
        ({"auditor", "admin"}, 0),
        (set(), 0),
    ):
        assert alone_at_most(roles, "EUR", limit=5000, named={}) == minor
    assert alone_at_most({"finance_clerk"}, "EUR", limit=5000, named=named) == 2000
    assert alone_at_most({"finance_clerk"}, "CHF", limit=5000, named=named) == 5000


def test_every_reason_of_ours_has_words() -> None:
    """A clerk reads what it means and what to do; a reason that is new reads as plain words."""
    verdicts = {f"cdr_{each}" for each in Verdict if each not in {Verdict.equal, Verdict.rounding}}
    assert set(map(str, Finding)) | verdicts | set(map(str, InvoiceFault)) <= set(REASONS)
    assert words_of("wallet_gone_blue").title == "Wallet gone blue"
    assert set(SUGGESTED) <= set(REASONS)


def test_what_is_possible_follows_the_facts() -> None:
    """Nothing of what is resolved; a hold that stands can be captured or let go; an ended one cannot."""
    facts = MoneyFacts(status=ChargingStatus.NEEDS_FINANCE, hold=HoldStatus.PLACED, hold_minor=5000, at_processor=True)
    found = actions_of("cdr_unpriceable", S.OPEN, facts)
    assert [each.action for each in found if each.suggested] == [Action.CAPTURE, Action.RELEASE]
    assert actions_of("cdr_unpriceable", S.RESOLVED, facts) == ()
    ended = MoneyFacts(status=ChargingStatus.SETTLED, hold=HoldStatus.CAPTURED, asked_minor=100, receivable_minor=50)
    assert {each.action for each in actions_of("x", S.OPEN, ended)} == {Action.REFUND, Action.WRITE_OFF}
    assert set(ROLES) == set(Action)
