"""The head of a charge's page: who, where, and where every cent of it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import HOLD_ENDED
from api.domain.finance.hold_bands import Band, band_of
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.partner import Partner
from api.models.payment import HoldRow
from api.services.charging.advance import UnknownCharge
from api.services.charging.queries import hold_of_charge
from api.services.charging.stored_state import state_of
from api.services.console.masking import masked

_TIMERS = text("SELECT timer, due_at FROM charging_timer WHERE charging_session_id = :charge ORDER BY due_at")
_DISPUTED = text(
    "SELECT coalesce(sum(withdrawn_minor), 0) AS taken, count(*) FILTER (WHERE status NOT IN ('won', 'lost')) AS open"
    " FROM dispute WHERE charging_session_id = :charge"
)
_OPEN_FINDINGS = text("SELECT count(*) FROM mismatch WHERE charging_session_id = :charge AND resolved_at IS NULL")
_BEFORE = text("SELECT id FROM charging_session WHERE hold_passed_to = :charge")


@dataclass(frozen=True, slots=True)
class MoneyOfCharge:
    """Where the money stands, in minor units of the charge's currency."""

    authorized: int
    captured: int
    released: int
    held: int
    """Still blocked at the driver's bank."""
    owed: int | None
    """The bill; None: there is none yet."""
    running: int | None
    paid: int
    """By the driver, net of what went back."""
    beside: int
    """Of that, paid beside the hold."""
    refunded: int
    credited: int
    written_off: int
    disputed: int
    receivable: int
    """Booked as owed by the driver and not paid."""
    excess: int
    """Kept above the bill and not yet ordered back."""
    stuck: int
    """Refunds that failed: a person must pay them in another way."""

    @property
    def balanced(self) -> bool:
        """Say whether the hold adds up: authorized is what was captured, released and is still held."""
        return self.authorized == self.captured + self.released + self.held


@dataclass(frozen=True, slots=True)
class ChargeSummary:
    """A charge with those behind it."""

    charge: ChargingSession
    hold: HoldRow | None
    driver: str
    account_number: str | None
    driver_kind: str
    partner: Partner
    money: MoneyOfCharge
    left: timedelta | None
    band: Band | None
    findings: int
    open_disputes: int
    clocks: list[tuple[str, datetime]]
    """What happens by itself, and when."""
    took_over: list[str]
    """Failed starts whose hold this charge took over."""
    signed: bool
    """The bill is a decision of staff."""


async def charge_summary(*, db: AsyncSession, now: datetime, charging_session_id: str) -> ChargeSummary:
    """Return the head of a charge's page; raises UnknownCharge."""
    charge = await db.get(ChargingSession, charging_session_id)
    if charge is None:
        raise UnknownCharge("unknown_charge", charging_session_id=charging_session_id)
    driver, partner = await db.get_one(Driver, charge.driver_id), await db.get_one(Partner, charge.partner_id)
    hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    connection, said = await db.connection(), {"charge": charge.id}
    disputes = (await connection.execute(_DISPUTED, said)).one()
    ends = None if hold is None or hold.status in HOLD_ENDED else hold.capture_before
    left = None if ends is None else ends - now
    return ChargeSummary(
        charge=charge,
        hold=hold,
        driver=masked(driver.email),
        account_number=driver.account_number,
        driver_kind=driver.kind,
        partner=partner,
        money=_money(charge, hold, int(disputes.taken)),
        left=left,
        band=band_of(left),
        findings=(await connection.execute(_OPEN_FINDINGS, said)).scalar_one(),
        open_disputes=disputes.open,
        clocks=[(row.timer, row.due_at) for row in await connection.execute(_TIMERS, said)],
        took_over=[row.id for row in await connection.execute(_BEFORE, said)],
        signed=state_of(charge).signed,
    )


def _money(charge: ChargingSession, hold: HoldRow | None, disputed: int) -> MoneyOfCharge:
    state = state_of(charge)
    after, running = state.afterwards, (charge.running or {}).get("total_minor")
    open_ = hold is not None and hold.status not in HOLD_ENDED
    authorized = hold.authorized_minor if hold else 0
    captured, released = (hold.captured_minor, hold.released_minor) if hold else (0, 0)
    return MoneyOfCharge(
        authorized=authorized,
        captured=captured,
        released=released,
        held=authorized - captured - released if open_ else 0,
        owed=charge.owed_minor,
        running=None if running is None else int(running),
        paid=state.paid.minor,
        beside=after.paid.minor,
        refunded=state.refunded.minor,
        credited=after.credited.minor,
        written_off=after.written_off.minor,
        disputed=disputed,
        receivable=state.receivable.minor,
        excess=state.excess.minor,
        stuck=after.stuck.minor,
    )
