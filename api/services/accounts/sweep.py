"""The safety net of accounts: what a lost job left lying, and what is due by its day."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select

from api.models.driver import Driver
from api.ports import Ports
from api.services.accounts.erase import let_go_elsewhere, sweep_erasures
from api.services.accounts.export import sweep_exports
from api.services.accounts.forget import forget
from api.services.accounts.open_matters import open_matters
from api.services.accounts.requests import sweep_requests
from api.services.drivers.attempts import sweep_attempts
from api.services.drivers.standing import AccountStatus
from api.services.notices.letters import sweep_letters
from api.services.work import Work

NEVER_ACTIVATED = timedelta(days=30)
LINKS_KEPT = timedelta(days=30)
"""How long an old link still says why it no longer works, instead of not being known."""
LETTERS_KEPT = timedelta(days=90)
_OLD_LETTERS = text(
    "DELETE FROM letter WHERE outcome <> 'waiting' AND (created_at < :letters OR driver_id IN"
    " (SELECT id FROM driver WHERE status = 'closed'))"
)
_OLD_LINKS = text(
    "DELETE FROM account_link k WHERE expires_at < :links AND NOT EXISTS (SELECT 1 FROM letter WHERE link_id = k.id)"
)


async def sweep_accounts(*, work: Work, ports: Ports) -> None:
    """Do all of it; harmless when two do it at once."""
    now = ports.clock.now()
    await sweep_requests(work=work, now=now)
    await sweep_letters(work=work, now=now)
    await sweep_exports(work=work, now=now)
    await sweep_erasures(work=work, ports=ports)
    await sweep_attempts(work=work, now=now)
    await _forget_the_never_activated(work, ports, now)
    async with work() as db:
        connection = await db.connection()
        await connection.execute(_OLD_LETTERS, {"letters": now - LETTERS_KEPT})
        await connection.execute(_OLD_LINKS, {"links": now - LINKS_KEPT})


async def _forget_the_never_activated(work: Work, ports: Ports, now: datetime, limit: int = 100) -> None:
    """Forget accounts that waited too long, with the cards that were added while looking around; money keeps them."""
    old = col(Driver.created_at) < now - NEVER_ACTIVATED
    async with work() as db:
        query = select(Driver).where(Driver.status == AccountStatus.PENDING, old).limit(limit)
        for driver in list(await db.exec(query.with_for_update(skip_locked=True))):
            if not await open_matters(db=db, driver_id=driver.id):
                await let_go_elsewhere(db, ports, now, driver)
                await forget(db=db, now=now, driver=driver)
