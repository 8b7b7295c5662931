"""What a payment link shows: for people who may not have an account, in the language of the charge's driver."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.language import language_of
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import Receipt
from api.models.wallet import Payin
from api.services.charging.pay_rest import open_amount, payins_of_charge

_OPEN = {
    "en": "The charge cost more than the amount reserved for it. Please pay the rest.",
    "de": "Der Ladevorgang hat mehr gekostet als der dafür reservierte Betrag. Bitte zahlen Sie den Rest.",
    "fr": "La charge a coûté plus que le montant réservé. Merci de régler le solde.",
    "nb": "Ladingen kostet mer enn det reserverte beløpet. Vennligst betal resten.",
    "sv": "Laddningen kostade mer än det reserverade beloppet. Betala gärna resten.",
}
_PAID = {
    "en": "Nothing is open. Thank you.",
    "de": "Es ist nichts offen. Vielen Dank.",
    "fr": "Il ne reste rien à payer. Merci.",
    "nb": "Ingenting er utestående. Takk.",
    "sv": "Inget återstår att betala. Tack.",
}


@dataclass(frozen=True, slots=True)
class RestView:
    """A charge with what is open of it and the newest payment of that."""

    charge: ChargingSession
    open: Money
    payment: Payin | None
    receipt_id: str | None
    text: str


async def rest_view(*, db: AsyncSession, charge: ChargingSession) -> RestView:
    """Return what a payment link shows of a charge."""
    payments = await payins_of_charge(db=db, charging_session_id=charge.id)
    query = select(Receipt.id).where(Receipt.charging_session_id == charge.id)
    receipt_id = (await db.exec(query.order_by(col(Receipt.revision).desc()))).first()
    driver = await db.get_one(Driver, charge.driver_id)
    owed = open_amount(charge)
    words = _OPEN if owed.minor else _PAID
    text = words[language_of(driver.language)]
    return RestView(charge, owed, payments[-1] if payments else None, receipt_id, text)
