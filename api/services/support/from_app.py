"""Cases that drivers open in the app: once a key, with what account and charge tell."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.language import language_of
from api.domain.support.case import CaseKind, Channel
from api.domain.support.forms import Topic, form_for
from api.models.charging import ChargingSession
from api.models.support import SupportCase
from api.ports import Ports
from api.services.charging.queries import charge_of_driver
from api.services.drivers.queries import driver_by_id
from api.services.drivers.repeats import begin_once, finish_once
from api.services.knowledge.readings import driver_reader, went_on
from api.services.support.customer import reply
from api.services.support.intake import Asked, prefilled, take_in_case, topic_of_charge
from api.services.support.view import case_of_driver


@dataclass(frozen=True, slots=True)
class Wish:
    """What the app sent."""

    kind: CaseKind
    topic: str
    given: Mapping[str, str]
    charging_session_id: str | None = None
    shared: frozenset[str] = field(default_factory=frozenset)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Once:
    """A request that the app may repeat."""

    driver_id: str
    key: str
    request: str


async def open_from_app(*, db: AsyncSession, ports: Ports, now: datetime, once: Once, wish: Wish) -> SupportCase:
    """Open a case of a signed-in driver; repeated it is the same one.

    Raises UnknownCharge, TopicUnknown, FormIncomplete, KeyReused, RequestInFlight.
    """
    driver = await driver_by_id(db, once.driver_id)
    repeated = asdict(once)
    known = await begin_once(db=db, **repeated)
    if known is not None:
        return await case_of_driver(db=db, driver_id=driver.id, case_id=known)
    charge = await _charge(db, once.driver_id, wish.charging_session_id)
    asked = Asked(
        kind=wish.kind,
        topic=topic_of_charge(wish.topic, charge),
        channel=Channel.APP,
        given=wish.given,
        language=language_of(*wish.languages, driver.language),
        driver=driver,
        charge=charge,
        shared=wish.shared,
    )
    case = await take_in_case(db=db, ports=ports, now=now, asked=asked)
    await went_on(db=db, now=now, reader=driver_reader(driver.id), case_id=case.id)
    await finish_once(db=db, now=now, resource_id=case.id, **repeated)
    return case


async def form_from_app(*, db: AsyncSession, driver_id: str, wish: Wish) -> tuple[Topic, dict[str, str]]:
    """Return what a form is about and what is known already; raises UnknownCharge, TopicUnknown."""
    driver = await driver_by_id(db, driver_id)
    charge = await _charge(db, driver_id, wish.charging_session_id)
    _, topic = form_for(wish.kind, topic_of_charge(wish.topic, charge))
    return topic, prefilled(driver, charge)


async def reply_from_app(*, db: AsyncSession, now: datetime, once: Once, case_id: str, text: str) -> SupportCase:
    """Write into a driver's case; repeated it is written once. Raises UnknownCase, CaseStepNotPossible, KeyReused."""
    case = await case_of_driver(db=db, driver_id=once.driver_id, case_id=case_id)
    repeated = asdict(once)
    if await begin_once(db=db, **repeated) is not None:
        return case
    case = await reply(db=db, now=now, case_id=case.id, text=text)
    await finish_once(db=db, now=now, resource_id=case.id, **repeated)
    return case


async def _charge(db: AsyncSession, driver_id: str, charge_id: str | None) -> ChargingSession | None:
    if charge_id is None:
        return None
    return await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charge_id)
