"""The site of a trouble: its chargers, which of them fail, and which could be started instead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.domain.errors import NotFound
from api.domain.roaming.location import EvseStatus
from api.domain.roaming.ways import Availability, availability_of
from api.domain.support.checks import SEVERAL
from api.models.charging import ChargingSession
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.ports.policy import ServicePolicy
from api.services.roaming.find import FoundConnector, FoundLocation, reachable, with_connectors

WINDOW = timedelta(minutes=30)
"""How long a failed start tells something about its charger."""
CHARGER_FAILED = frozenset(
    {"charger_offline", "charger_failed", "charger_out_of_order", "no_result", "rejected_by_operator"}
)
"""Failures that the charger answers for; a card that was declined tells nothing about it."""


class UnknownPlace(NotFound):
    """No connector has this id, or its operator is no longer connected."""


_BROKEN = frozenset({EvseStatus.OUT_OF_ORDER, EvseStatus.INOPERATIVE})
_FREE = frozenset({Availability.AVAILABLE, Availability.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Site:
    """A location as it is now, seen from one of its connectors, where that is known."""

    location: FoundLocation
    here: FoundConnector | None
    failing: frozenset[str]
    """Keys of EVSEs that failed lately, or that their operator says are broken."""
    is_sure: bool
    """More than one driver, or the operator, says that several fail."""

    @property
    def neighbors(self) -> tuple[FoundConnector, ...]:
        """Return what else can be started at this location (CK14): never the same post, nothing that just failed."""
        own = self.here.evse.key if self.here is not None else None
        standard = self.here.connector.standard if self.here is not None else None
        return tuple(
            each
            for each in self.location.connectors
            if not each.refusals
            and each.evse.key != own
            and each.evse.key not in self.failing
            and availability_of(each.evse.status) in _FREE
            and standard in (None, each.connector.standard)
        )

    @property
    def evses(self) -> int:
        """Return how many EVSEs there are."""
        return len({each.evse.key for each in self.location.connectors})


async def site_of(
    *,
    db: AsyncSession,
    policy: ServicePolicy,
    now: datetime,
    location_key: str | None,
    connector_id: str | None,
) -> Site | None:
    """Return the site of a connector, or of a location; None: neither is known, or no longer shown."""
    row = await _location(db, location_key, connector_id)
    if row is None:
        return None
    found = (await with_connectors(db, policy, now, [row]))[0]
    here = next((each for each in found.connectors if each.connector.public_id == connector_id), None)
    broken = {each.evse.key for each in found.connectors if each.evse.status in _BROKEN}
    failed = await _failed_lately(db, now, row.key)
    is_sure = len(broken) >= SEVERAL or len(set(failed.values())) > 1
    return Site(found, here, frozenset(broken | set(failed)), is_sure)


async def _location(db: AsyncSession, location_key: str | None, connector_id: str | None) -> LocationRow | None:
    if location_key is not None:
        query = reachable().where(LocationRow.key == location_key)
    elif connector_id is not None:
        query = (
            reachable()
            .join(EvseRow, col(EvseRow.location_key) == col(LocationRow.key))
            .join(ConnectorRow, col(ConnectorRow.evse_key) == col(EvseRow.key))
            .where(ConnectorRow.public_id == connector_id)
        )
    else:
        return None
    row: LocationRow | None = (await db.exec(query)).first()
    return row


async def _failed_lately(db: AsyncSession, now: datetime, location_key: str) -> dict[str, str]:
    """Return the EVSEs at which the newest start of the window failed, with whose it was.

    One that worked since is well again.
    """
    driver, code = ChargingSession.driver_id, ChargingSession.failure_code
    query = (
        select(ChargingSession.evse_key, ChargingSession.status, code, driver)
        .where(
            ChargingSession.location_key == location_key,
            ChargingSession.created_at > now - WINDOW,
            or_(
                col(ChargingSession.status) == ChargingStatus.START_FAILED,
                col(ChargingSession.charging_at).is_not(None),
            ),
        )
        .order_by(col(ChargingSession.created_at))
    )
    newest = {key: (status, failure, whose) for key, status, failure, whose in await db.exec(query)}
    return {key: whose for key, (status, failure, whose) in newest.items() if _is_chargers_fault(status, failure)}


def _is_chargers_fault(status: str, code: str | None) -> bool:
    return status == ChargingStatus.START_FAILED and code in CHARGER_FAILED
