"""Cases that nobody complained about yet: one for each signal of the rules, solved when the signal is gone (CN24)."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.case import UNSOLVED, CaseEventKind, CaseKind, CaseStep, Channel, Priority
from api.domain.support.forms import Topic
from api.domain.support.topics import Queue
from api.domain.support.watch_rules import Rule
from api.models.location import LocationRow
from api.models.status import StatusIncident
from api.models.support import SupportCase
from api.ports import Ports
from api.services.status.signals import open_signals
from api.services.support.advance import Told, locked_case, step_case
from api.services.support.open import SERVICE, About, Customer, NewCase, open_case
from api.services.support.place import run_by_us
from api.services.work import Work

_KEY = "signal:"
_TITLES = {
    Rule.SUCCESS_DROPPED: "Starts fail more often than before",
    Rule.FLAPPING: "A charger keeps breaking",
    Rule.SILENT: "A busy site tells nothing any more",
}


async def cases_of_signals(*, work: Work, ports: Ports, now: datetime) -> None:
    """Open a case for each signal that has none, and solve those whose signal is over; each once."""
    async with work() as db:
        signals = {f"{_KEY}{each.id}": each for each in await open_signals(db)}
        for key, signal in signals.items():
            await open_case(db=db, ports=ports, now=now, new=await _case(db, ports, key, signal))
        for case_id in await _over(db, set(signals)):
            case = await locked_case(db=db, case_id=case_id)
            told = Told(CaseEventKind.RESOLVED, SERVICE, public=False, detail={"because": "signal_gone"})
            step_case(db, now, case, CaseStep.RESOLVE, told)


async def _over(db: AsyncSession, still: set[str]) -> list[str]:
    """Return the unsolved cases of signals that are no longer open, of those that nobody took."""
    query = select(SupportCase.id).where(
        col(SupportCase.once_key).startswith(_KEY),
        col(SupportCase.once_key).not_in(still),
        col(SupportCase.state).in_([str(state) for state in UNSOLVED]),
        col(SupportCase.assignee).is_(None),
    )
    return list(await db.exec(query.order_by(col(SupportCase.id))))


async def _case(db: AsyncSession, ports: Ports, key: str, signal: StatusIncident) -> NewCase:
    about = await _about(db, ports, signal)
    return NewCase(
        kind=CaseKind.OWNER,
        topic=Topic.SITE_FAULT,
        queue=Queue.OWNERS if about.operated_by_us else Queue.OPERATORS,
        channel=Channel.RULE,
        customer=Customer(),
        title=_TITLES[Rule(signal.reason)],
        description=_TITLES[Rule(signal.reason)],
        priority=Priority.NORMAL if about.operated_by_us else Priority.LOW,
        about=about,
        detail={"incident_id": signal.id, "rule": signal.reason, "evidence": signal.evidence},
        once_key=key,
        by=SERVICE,
        public=False,
    )


async def _about(db: AsyncSession, ports: Ports, signal: StatusIncident) -> About:
    if signal.kind != "site":
        return About(partner_id=signal.subject_id)
    location = await db.get(LocationRow, signal.subject_id)
    if location is None:
        return About(location_key=signal.subject_id)
    party = f"{location.country_code}-{location.party_id}".upper()
    ours = run_by_us(ports.policy, party)
    return About(location_key=location.key, partner_id=location.partner_id, operated_by_us=ours)
