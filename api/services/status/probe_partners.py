"""Probes of partners: whether each can be reached and answers commands, and what that means for starting as a whole.

A partner that answered us within the last minutes is not asked again; else one read with nothing to read in it is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.availability import Seen
from api.models.partner import Partner
from api.ports.roaming import PartnerAnsweredBadly
from api.services.roaming.partners import peer_of
from api.services.status.probes import UP, Look, Probe, Scene
from api.services.status.words import PARTNER

BELIEVED = timedelta(minutes=5)
"""So long an answer counts without asking again."""
COMMANDS_WITHIN, COMMANDS_AFTER, COMMANDS_OF = timedelta(minutes=30), timedelta(seconds=30), 3
"""Commands of this while, once they are so old, tell something if there are so many."""
HALF, NEARLY_ALL = 50, 90
SERVER_ERROR = 500


def partner_probe(partner: Partner) -> Probe:
    """Return the probe of one partner."""

    async def look(scene: Scene) -> Look:
        async with scene.work() as db:
            fresh = await _answered_lately(db, partner.id, scene.now)
            commands = await look_at_commands(db, partner.id, scene.now)
        return commands if fresh or commands.seen is Seen.DOWN else await _ask(scene, partner, commands)

    return Probe(f"{PARTNER}{partner.id}", look, 12.0)


async def look_at_commands(db: AsyncSession, partner_id: str, now: datetime) -> Look:
    """Say whether a partner answers our commands at all."""
    values = {"partner": partner_id, "since": now - COMMANDS_WITHIN, "until": now - COMMANDS_AFTER}
    row = (await (await db.connection()).execute(_COMMANDS, values)).one()
    if row.sent < COMMANDS_OF or row.answered * 100 >= NEARLY_ALL * row.sent:
        return UP
    return Look(Seen.DOWN if row.answered * 100 < HALF * row.sent else Seen.DEGRADED, "commands_unanswered")


async def _answered_lately(db: AsyncSession, partner_id: str, now: datetime) -> bool:
    values = {"partner": partner_id, "since": now - BELIEVED}
    failed = (await (await db.connection()).execute(_NEWEST, values)).scalar_one_or_none()
    return failed is False


async def _ask(scene: Scene, partner: Partner, commands: Look) -> Look:
    """Read the partner's sessions of the future; what it says about them does not matter if it is no server's error."""
    try:
        async for _ in scene.ports.roaming.pull_sessions(peer_of(partner, scene.ports), changed_since=scene.now):
            break
    except PartnerAnsweredBadly as bad:
        http_status = bad.facts.get("http_status")
        if isinstance(http_status, int) and http_status >= SERVER_ERROR:
            return Look(Seen.DOWN, "answers_badly")
    return commands


def starting_as_a_whole(partners: Sequence[Look]) -> Look:
    """Return what all partners together mean for starting: down only when none is there."""
    if not partners or all(each.seen is Seen.UP for each in partners):
        return UP
    if all(each.seen is Seen.DOWN for each in partners):
        return Look(Seen.DOWN, "no_partner_reachable")
    return Look(Seen.DEGRADED, "some_partners_away")


_COMMANDS = text(
    "SELECT count(*) AS sent, count(*) FILTER (WHERE answer IS NOT NULL AND answer <> 'none') AS answered FROM command"
    " WHERE partner_id = :partner AND created_at > :since AND sent_at BETWEEN :since AND :until"
)
_NEWEST = text(
    "SELECT failed FROM partner_exchange WHERE partner_id = :partner AND direction = 'outbound' AND at > :since"
    " ORDER BY id DESC LIMIT 1"
)
