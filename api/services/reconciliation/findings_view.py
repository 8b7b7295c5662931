"""One finding with all that a page shows of it: its words, facts, history, and what this person may do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.finding import MOVERS, WORKERS, Actor, FindingState, state_at
from api.domain.finance.finding_actions import PossibleAction
from api.domain.finance.finding_reasons import words_of
from api.domain.finance.reason_text import ReasonText
from api.models.finance import MismatchEvent, MismatchRow
from api.models.letters import PartnerLetter
from api.ports import Ports
from api.services.charging.stored_state import machine_policy, state_of
from api.services.reconciliation.findings import finding_by_id, history_of
from api.services.reconciliation.findings_accept import limit_of
from api.services.reconciliation.findings_actions import possible_actions
from api.services.reconciliation.findings_facts import About, gather
from api.services.reconciliation.findings_letters import draft_letter
from api.services.reconciliation.partner_letters import address_of_partner, letters_about


@dataclass(frozen=True, slots=True)
class FindingView:
    """What a page shows."""

    row: MismatchRow
    state: FindingState
    words: ReasonText
    about: About
    history: Sequence[MismatchEvent]
    actions: Sequence[PossibleAction]
    works: bool
    """Whether this person works on findings."""
    limit_minor: int
    currency: str
    """Of the charge, in which amounts of actions are typed."""
    asked_minor: int | None
    owed_minor: int | None
    letter: str
    """What could be written to the partner."""
    letter_goes_to: str | None
    """None: no address is on file, and people have to send it."""
    letters: Sequence[PartnerLetter]
    """What was mailed to the partner."""


async def finding_view(*, db: AsyncSession, ports: Ports, now: datetime, finding_id: str, by: Actor) -> FindingView:
    """Return a finding as this person sees it; raises UnknownFinding."""
    row = await finding_by_id(db=db, finding_id=finding_id)
    about = await gather(db=db, finding=row)
    currency = about.charge.currency if about.charge else row.currency or ""
    state = state_of(about.charge) if about.charge else None
    return FindingView(
        row=row,
        state=state_at(row.state, row.snoozed_until, now),
        words=words_of(row.reason),
        about=about,
        history=await history_of(db=db, finding_id=finding_id),
        actions=possible_actions(ports=ports, finding=row, about=about, by=by),
        works=by.has_any(WORKERS),
        limit_minor=limit_of(ports.policy, by, currency) if by.has_any(MOVERS) else 0,
        currency=currency,
        asked_minor=state.asked(machine_policy(ports.policy, currency)).minor if state else None,
        owed_minor=state.receivable.minor if state else None,
        letter=draft_letter(row, about),
        letter_goes_to=await address_of_partner(db=db, partner_id=row.partner_id),
        letters=await letters_about(db=db, finding_id=finding_id),
    )
