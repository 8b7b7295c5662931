"""Whether a charge's CDRs tell one story: costs that can be money, credits of bills we have, one bill a session.

OCPI 2.2.1 chapter 10, credit CDRs (payments.md 4.10, 4.11, 4.21). Does not live here: what it costs (``bill.py``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from api.domain.errors import Refused
from api.models.roaming import CdrRow, PartnerSessionRow
from api.services.roaming.keys import object_key

MOST_CREDIBLE = Decimal(10) ** 9
"""A cost of so many major units is a partner's mistake in every currency, and far from what can be stored."""


class CurrencyDiffers(Refused):
    """A CDR is in another currency than the hold: never converted silently (payments.md 4.21)."""


class StoryIncomplete(Refused):
    """The CDRs do not add up to one bill, and no money moves on half a story (payments.md 4.10, 4.11).

    Codes: ``cost_absurd``, ``tax_absurd``, ``credit_not_negative``, ``cost_negative``, ``credit_without_cdr``,
    ``session_billed_twice``, ``price_not_checkable``, ``stay_absurd``.
    """


@dataclass(frozen=True, slots=True)
class Story:
    """A bill with the credit CDRs that take it back, in whole or in part."""

    row: CdrRow
    credits: tuple[CdrRow, ...] = ()

    @property
    def stands(self) -> bool:
        """Say whether anything is left of the bill: a credit of a part takes back that part only."""
        return not self.credits or sum((row.total_cost for row in self.rows), Decimal(0)) > 0

    @property
    def rows(self) -> tuple[CdrRow, ...]:
        """Return the bill and its credits."""
        return (self.row, *self.credits)


def credited_key(row: CdrRow) -> str:
    """Return the key of the bill that a credit CDR takes back: one of the same party, as ids are unique within one."""
    return object_key(row.partner_id, row.country_code, row.party_id, row.credit_reference_id or "")


def stories_told(rows: Sequence[CdrRow]) -> tuple[Story, ...]:
    """Return each bill with its credits, in the order in which the bills came, whether or not all make sense."""
    credited = [(credited_key(row), row) for row in rows if row.credit]
    return tuple(Story(row, tuple(each for key, each in credited if key == row.key)) for row in rows if not row.credit)


def stories_of(rows: Sequence[CdrRow], sessions: Mapping[str, PartnerSessionRow]) -> tuple[Story, ...]:
    """Return each bill with its credits, in the order in which the bills came.

    Raises StoryIncomplete unless every credit has its own CDR and, where several bills stand, each is of a session of
    its own that this charge is known to have had.
    """
    stories = stories_told(rows)
    bills = {story.row.key for story in stories}
    counts = Counter(credited_key(row) for row in rows if row.credit)
    if set(counts) - bills or any(count > 1 for count in counts.values()):
        raise StoryIncomplete("credit_without_cdr")
    standing = [story.row for story in stories if story.stands]
    told = {sessions[row.key].key for row in standing if row.key in sessions}
    if len(standing) > 1 and len(told) < len(standing):
        raise StoryIncomplete("session_billed_twice")
    return stories


def is_credible(row: CdrRow) -> bool:
    """Say whether a CDR's cost is a number that can be money at all."""
    return can_be_money(*_costs(row))


def can_be_money(*costs: Decimal | None) -> bool:
    """Say whether costs as a partner states them, those that it does state, are numbers that can be money at all."""
    return all(cost is None or abs(cost) < MOST_CREDIBLE for cost in costs)


def check_cost(row: CdrRow) -> None:
    """Raise StoryIncomplete for a cost that its own CDR belies; no tax is above what it is on."""
    costs = _costs(row)
    if not is_credible(row):
        raise StoryIncomplete("cost_absurd", cdr=row.id)
    if not 0 <= (costs[1] - costs[0]) * (1 if costs[0] > 0 else -1) <= abs(costs[0]):
        raise StoryIncomplete("tax_absurd", cdr=row.id)
    if row.credit and max(costs) > 0:
        raise StoryIncomplete("credit_not_negative", cdr=row.id)
    if not row.credit and min(costs) < 0:
        raise StoryIncomplete("cost_negative", cdr=row.id)


def _costs(row: CdrRow) -> tuple[Decimal, Decimal]:
    """Return the cost without and with taxes, which are the same where the partner states no taxes."""
    stated = row.total_cost_with_taxes
    return row.total_cost, row.total_cost if stated is None else stated
