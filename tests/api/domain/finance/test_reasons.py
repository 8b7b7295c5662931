"""The words for findings: every reason that a rule or a service may open has some."""

import ast

from api.domain.charging.orders import Finding
from api.domain.finance.invoice_check import InvoiceFault
from api.domain.finance.reasons import REASONS
from api.services.charging.audits import _REASONS as AUDITED
from api.services.reconciliation.all_rules import ALL_RULES
from tests.house.source import dotted, modules, tree_of


def opened_by_name() -> set[str]:
    """Return the reasons that stand as words where services open findings."""
    calls = (
        node
        for path in modules("api/services")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and dotted(node.func) in {"open_finding", "tell_of_refund", "_alarm"}
    )
    return {
        value.value
        for call in calls
        for value in [*call.args, *(each.value for each in call.keywords if each.arg == "reason")]
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def test_every_reason_has_its_words() -> None:
    """Rules, the lifecycle, invoices, audits and whatever services open by name; and no words for nothing."""
    ruled = {each.rule.reason for each in ALL_RULES}
    known = ruled | set(Finding) | set(InvoiceFault) | set(AUDITED.values()) | opened_by_name()
    assert len(opened_by_name()) > 10
    assert sorted(known - set(REASONS)) == []


def test_words_are_sentences() -> None:
    """A title is short, what it means and what to do end as sentences do."""
    for reason, words in REASONS.items():
        assert 0 < len(words.title) <= 45, reason
        assert words.meaning.endswith("."), reason
        assert words.to_do.endswith("."), reason


def test_rules_are_told_apart() -> None:
    """One rule per reason; the one about rules comes last."""
    reasons = [each.rule.reason for each in ALL_RULES]
    assert len(set(reasons)) == len(reasons) == 27
    assert reasons[-1] == "rule_runaway"
