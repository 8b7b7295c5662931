"""Making one call of remote control: to the operator's party, its answer or why there is none that is clear."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import PartyId
from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.domain.roaming.partner import Peer
from api.models.partner import Partner
from api.models.roaming import CommandRow
from api.ports import Ports
from api.ports.remote_control import CommandNotInVersion
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.charging.commands import NOT_PASSED_ON, REFUSED_BY_CLIENT_ERROR
from api.services.roaming.partners import PartnerNotConnected, peer_of


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a call: ``kind`` None when nothing clear came, and then perhaps it was carried out."""

    kind: AnswerKind | None
    reason: str | None
    answer: CommandAnswer | None = None


async def make_call(
    ports: Ports, partner: Partner, party: PartyId, call: Callable[[Peer], Awaitable[CommandAnswer]]
) -> Told:
    """Call the party, which may be behind a hub; whatever certainly did not arrive counts as rejected."""
    try:
        answer = await call(peer_of(partner, ports).towards(party))
    except (PartnerNotConnected, CommandNotInVersion) as never:
        return Told(AnswerKind.REJECTED, never.code)
    except PartnerUnreachable as away:
        return Told(None, away.code)
    except PartnerAnsweredBadly as bad:
        code = bad.facts.get("ocpi_status")
        refused = code in REFUSED_BY_CLIENT_ERROR or code in NOT_PASSED_ON
        return Told(AnswerKind.REJECTED if refused else None, str(bad.facts.get("message") or code or bad.code)[:200])
    return Told(answer.kind, answer.message or answer.kind.value, answer)


async def keep_answer(*, db: AsyncSession, now: datetime, command_id: str, told: Told) -> None:
    """Keep the answer with its command."""
    row = await db.get_one(CommandRow, command_id, with_for_update=True, populate_existing=True)
    row.answer = told.answer.kind.value if told.answer else "none"
    row.answer_message, row.answered_at = told.reason, now
    db.add(row)
    await db.flush()
