"""Every rule, in the order in which a run takes them: what is urgent first, what rules themselves did last."""

from api.services.reconciliation import rules_bills, rules_holds, rules_money, rules_processor
from api.services.reconciliation.sql_rule import SqlRule

ALL_RULES: tuple[SqlRule, ...] = (
    *rules_holds.RULES,
    *rules_bills.RULES,
    *rules_processor.RULES,
    *rules_money.RULES,
    rules_money.RULE_RUNAWAY,
)
