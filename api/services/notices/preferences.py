"""What a driver chose of kinds, channels and quiet hours: read for each notice, changed as a whole."""

from collections.abc import Mapping
from datetime import datetime, time

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict, Invalid
from api.domain.notices.choice import Choice
from api.domain.notices.kinds import KINDS, Channel, kind_of
from api.models.driver import Driver
from api.models.notice import NoticePreference
from api.ports.policy import ServicePolicy

Channels = Mapping[str, Mapping[str, bool]]


class PreferencesChanged(Conflict):
    """Somebody changed them since they were read. Fact: ``version``."""


class UnknownNoticeKind(Invalid):
    """A kind of notice that there is not. Fact: ``kinds``."""


async def choice_of(*, db: AsyncSession, policy: ServicePolicy, driver: Driver) -> tuple[Choice, int]:
    """Return a driver's choice and its version; 0: they never chose."""
    zone = driver.time_zone or policy.issuer.time_zone
    row = await db.get(NoticePreference, driver.id)
    if row is None:
        return Choice(time_zone=zone), 0
    chosen = Choice(
        time_zone=zone,
        channels=row.channels,
        quiet_from=None if row.quiet_from is None else time.fromisoformat(row.quiet_from),
        quiet_until=None if row.quiet_until is None else time.fromisoformat(row.quiet_until),
        walking_minutes=row.walking_minutes,
        battery_percent=row.battery_percent,
    )
    return chosen, row.version


async def choose_notices(
    *, db: AsyncSession, policy: ServicePolicy, now: datetime, driver_id: str, choice: Choice, version: int
) -> tuple[Choice, int]:
    """Replace a driver's choice, if it still is ``version``; raises PreferencesChanged, UnknownNoticeKind."""
    unknown = sorted(set(choice.channels) - set(KINDS))
    if unknown:
        raise UnknownNoticeKind("unknown_notice_kind", kinds=unknown[:20])
    driver = await db.get_one(Driver, driver_id, with_for_update=True)
    _, stored = await choice_of(db=db, policy=policy, driver=driver)
    if stored != version:
        raise PreferencesChanged("precondition_failed", version=stored)
    row = await db.get(NoticePreference, driver_id) or NoticePreference(
        driver_id=driver_id, version=0, walking_minutes=0, battery_percent=0, updated_at=now
    )
    row.version = stored + 1
    row.channels = _differing(choice.channels)
    row.quiet_from = None if choice.quiet_from is None else f"{choice.quiet_from:%H:%M}"
    row.quiet_until = None if choice.quiet_until is None else f"{choice.quiet_until:%H:%M}"
    row.walking_minutes, row.battery_percent, row.updated_at = choice.walking_minutes, choice.battery_percent, now
    db.add(row)
    await db.flush()
    return await choice_of(db=db, policy=policy, driver=driver)


def _differing(channels: Channels) -> dict[str, dict[str, bool]]:
    """Return only what differs from the kinds' own, so that a better default reaches who left it alone."""
    found = {
        kind: {name: on for name, on in each.items() if on != kind_of(kind).goes_by(Channel(name))}
        for kind, each in channels.items()
    }
    return {kind: each for kind, each in found.items() if each}
