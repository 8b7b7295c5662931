"""What each reason of a finding means and what to do about it, in words for staff; looked up by the reason's code.

The words themselves are in ``finding_reasons_*.py``, by what a finding is about. A reason that nobody described, as one
of a rule that an installation adds, gets plain words made of its code.
"""

from api.domain.finance.finding import Action
from api.domain.finance.finding_reasons_bill import BILL_REASONS
from api.domain.finance.finding_reasons_money import MONEY_REASONS
from api.domain.finance.finding_words import ReasonWords

REASONS: dict[str, ReasonWords] = BILL_REASONS | MONEY_REASONS


def words_of(reason: str) -> ReasonWords:
    """Return the words of a reason."""
    known = REASONS.get(reason)
    if known is not None:
        return known
    title = reason.replace("_", " ").capitalize()
    return ReasonWords(title, "Two sources that must agree do not.", "Compare the facts below and decide.")


def suggested_for(reason: str) -> tuple[Action, ...]:
    """Return the actions that a reason calls for, the likeliest first."""
    return words_of(reason).suggested
