"""What is passed to an action about a finding, and what comes back."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import Actor
from api.models.finance import MismatchRow
from api.ports import Ports
from api.services.reconciliation.findings_facts import About


@dataclass(frozen=True, slots=True)
class Wish:
    """One action that somebody wants, the charge and the finding locked and the rules of roles checked."""

    db: AsyncSession
    ports: Ports
    now: datetime
    finding: MismatchRow
    about: About
    by: Actor
    alone_minor: int
    """What this person may decide alone, in minor units of the charge's currency."""
    amount_minor: int | None
    reason: str
    text: str

    @property
    def charging_session_id(self) -> str:
        """The charge that it is about; rules let nothing through that needs one and has none."""
        return str(self.finding.charging_session_id)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: ``done``, or it waits for a second person as ``subject_id``."""

    subject_id: str
    done: bool = True
    mends: bool = False
    """Whether the finding is resolved by it."""
    facts: dict[str, Any] = field(default_factory=dict)
