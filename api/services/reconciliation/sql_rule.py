"""A rule with the SQL that looks: how many things it checked, and what is not as it should be.

``found`` yields ``subject, charging_session_id, partner_id, amount_minor, currency, due_at, severity, opens, detail``.
``opens`` false keeps an open finding open and opens none: too young to say, or not to be judged yet. Where it looks at
much, marks narrow it to what a run looks at: ``@charge(x)``, ``@payment(x)``, ``@driver(x)`` (x is one of those that
changed or are not at an end), ``@since(moment, subject)``, and ``@one(x)``, which narrows only for a single charge.
"""

import re
from dataclasses import dataclass

from api.domain.charging.state import HOLD_ENDED, HoldStatus
from api.domain.finance.rules import Rule
from api.services.finance.sql_money import listed
from api.services.payments.operations import UNFINISHED

_MARK = re.compile(r"@(\w+)\(([^()]+)\)")
_AMONG = "(SELECT s.id FROM reconciliation_scope s WHERE s.run_id = :run AND s.kind = '{kind}')"


OPEN = listed(set(HoldStatus) - HOLD_ENDED)
"""Statuses of holds that stand or may stand, for SQL."""
CALLING = listed(UNFINISHED)
"""States of calls whose outcome is not known, for SQL."""


@dataclass(frozen=True, slots=True)
class SqlRule:
    """A rule that the database can look at on its own."""

    rule: Rule
    checked: str
    """What comes behind ``SELECT count(*) FROM``."""
    found: str
    needs: tuple[str, ...] = ()
    """Kinds of the processor's objects that must have been copied."""

    def counting(self, *, whole: bool, single: bool) -> str:
        """Return the statement that counts what is looked at."""
        return f"SELECT count(*) FROM {narrowed(self.checked, whole=whole, single=single)}"  # noqa: S608 - our own words

    def finding(self, *, whole: bool, single: bool) -> str:
        """Return the query of what is not as it should be."""
        return narrowed(self.found, whole=whole, single=single)


def narrowed(sql: str, *, whole: bool, single: bool) -> str:
    """Return ``sql`` with its marks replaced by conditions; ``whole``: by none."""

    def condition(mark: re.Match[str]) -> str:
        kind, arguments = mark[1], [each.strip() for each in mark[2].split(",")]
        if whole or (kind == "one" and not single):
            return "TRUE"
        if kind == "since":
            moment, subject = arguments
            return f"({moment} >= :since OR {subject} IN {_AMONG.format(kind='subject')})"
        return f"{arguments[0]} IN {_AMONG.format(kind='charge' if kind == 'one' else kind)}"

    return _MARK.sub(condition, sql)
