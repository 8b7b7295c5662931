"""The machine: all rules, the invariants after every step, rest in between, and the promise at the end.

To add rules, write a ``rules_*.py`` with a class on ``Base`` and name it among the parents of ``Soak``.
"""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.soak.healing import quiet, the_end
from tests.soak.invariants import violations
from tests.soak.money import tallied
from tests.soak.rules_bank import BankRules
from tests.soak.rules_bill import BillRules
from tests.soak.rules_pay import PayRules
from tests.soak.rules_processor import ProcessorRules
from tests.soak.rules_staff import StaffRules
from tests.soak.rules_time import TimeRules

A_WHILE = 10
"""Steps between two rests, at least."""


class Soak(PayRules, BillRules, StaffRules, BankRules, ProcessorRules, TimeRules):
    """The whole system."""

    checked = 0

    @initialize(tells=st.booleans())
    def begin(self, tells: bool) -> None:
        """Decide whether the processor's events reach us in the end, or are lost for good."""
        self.tells = tells

    @precondition(lambda self: self.checked >= A_WHILE)
    @rule()
    def rest(self) -> None:
        """Everything recovers, and what was begun is finished."""
        self.checked = 0
        self.tally.quiet += 1
        self._require(self.play(quiet(self.town, tells=self.tells)))

    @invariant()
    def nothing_is_wrong(self) -> None:
        """Ask for everything that must hold at any moment."""
        self.checked += 1
        self.tally.checks += 1
        self._require(self.play(violations(self.town)))

    def teardown(self) -> None:
        """End the example: repair everything, wait for everything, and require the promise."""
        if self.sound:
            self._require(self.play(the_end(self.town, tells=self.tells)))
            self.tally.ends += Counter(self.play(self.town.ends()))
            self.tally.beside += tallied(self.town)

    def _require(self, found: list[str]) -> None:
        if found:
            self.sound = False
            self.tally.violations += 1
            raise AssertionError("\n".join(found))
