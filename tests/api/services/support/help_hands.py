"""Help at a price for tests: a case of a driver, an offer in it, and the driver's yes."""

from api.domain.finance.finding import Actor
from api.domain.support.billable import TEXT_VERSION, Consent
from api.models.help_offer import HelpOffer
from api.models.support import SupportCase
from api.services.support.help_answers import accept_help
from api.services.support.help_offers import offer_help
from api.services.support.open import Customer
from tests.api.services.support.desk_hands import ONE, a_case, does
from tests.bench import Bench
from tests.builders import a_driver

YES = Consent(1900, "EUR", TEXT_VERSION)


async def a_drivers_case(bench: Bench, driver_id: str = "drv_1") -> SupportCase:
    """Open a case of a driver with an account."""
    await a_driver(bench, driver_id=driver_id)
    return await a_case(bench, customer=Customer(driver_id=driver_id, name="Ada Berg"))


async def offered(bench: Bench, case: SupportCase, by: Actor = ONE) -> HelpOffer:
    """Offer help in a case as its page shows it now."""
    facts = {"ports": bench.ports, "currency": "EUR", "text": "A technician frees the cable"}
    offer: HelpOffer = await does(bench, offer_help, case.id, by, **facts)
    return offer


async def accepts(bench: Bench, offer: HelpOffer, consent: Consent = YES, driver_id: str | None = None) -> HelpOffer:
    """Answer yes."""
    async with bench.work() as db:
        return await accept_help(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver_id=driver_id or offer.driver_id,
            case_id=offer.case_id,
            offer_id=offer.id,
            consent=consent,
        )
