"""Letting the findings of a rule through that was held back: a person looked, and there really are so many."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.models.afterwards import StaffAction
from api.models.reconciliation import ReconciliationRule


class RuleNotHeldBack(Conflict):
    """No findings of that rule wait. Fact: ``rule``."""


async def release_rule(*, db: AsyncSession, now: datetime, reason: str, by: str, note: str) -> ReconciliationRule:
    """Let the next run open the findings of a rule, however many; raises RuleNotHeldBack."""
    standing = await db.get(ReconciliationRule, reason, with_for_update=True)
    if standing is None or not standing.withheld:
        raise RuleNotHeldBack("rule_not_held_back", rule=reason)
    standing.released_at, standing.released_by = now, by
    after = {"withheld": standing.withheld, "released_at": now.isoformat()}
    db.add(standing)
    db.add(StaffAction(at=now, by=by, action="rule_released", subject_id=reason, reason=note, before={}, after=after))
    return standing
