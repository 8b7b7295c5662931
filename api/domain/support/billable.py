"""Help that a driver pays for: its price, what agreeing to it takes, and the life of an offer (EP10).

Nothing is charged that was not shown and agreed to: the exact amount, the currency and the version of the text. Does
not live here: who may offer it (``services/support/help_offers.py``), the postings (``domain/finance/ledger.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from api.domain.errors import Conflict, Invalid
from api.domain.language import language_of
from api.domain.money import Money

_HUNDRED = Decimal(100)


class OfferState(StrEnum):
    """Where an offer stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    """Agreed to and paid, in one step."""
    DECLINED = "declined"
    LAPSED = "lapsed"
    """Nobody answered in time."""
    REFUNDED = "refunded"
    """Paid, and given back whole."""


class HelpNotBillable(Conflict):
    """Help cannot be charged here. Fact ``reason``: ``off``, ``no_account`` or ``vat_unknown``."""


class HelpOfferOver(Conflict):
    """The offer is answered or lapsed, or its case is closed. Fact: ``state``."""


class HelpConsentDiffers(Invalid):
    """What was agreed to is not what is offered. Facts: ``amount_minor``, ``currency``, ``text_version``."""


@dataclass(frozen=True, slots=True)
class HelpPrice:
    """What help costs, with the tax that is inside."""

    gross: Money
    vat: Money
    percent: Decimal

    @property
    def net(self) -> Money:
        """Return the price without its tax."""
        return self.gross - self.vat


@dataclass(frozen=True, slots=True)
class Consent:
    """What a driver says that they agree to."""

    amount_minor: int
    currency: str
    text_version: str


def tax_inside(gross: Money, percent: Decimal) -> Money:
    """Return the tax inside a price that includes it, rounded half up to a minor unit as tax on papers is."""
    exact = gross.minor * percent / (_HUNDRED + percent)
    return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), gross.currency)


def price_of_help(prices: Mapping[str, int], currency: str, percent: Decimal | None) -> HelpPrice:
    """Return what help costs in a currency; raises HelpNotBillable where no price or no rate of tax is known."""
    if currency not in prices:
        raise HelpNotBillable("help_not_billable", reason="off")
    if percent is None:
        raise HelpNotBillable("help_not_billable", reason="vat_unknown")
    gross = Money(prices[currency], currency)
    return HelpPrice(gross, tax_inside(gross, percent), percent)


def state_at(state: str, expires_at: datetime, now: datetime) -> OfferState:
    """Return where an offer stands at a moment: one that nobody answered lapses by itself."""
    known = OfferState(state)
    return OfferState.LAPSED if known is OfferState.OFFERED and now >= expires_at else known


def check_open(state: OfferState) -> None:
    """Raise HelpOfferOver unless an offer can be answered."""
    if state is not OfferState.OFFERED:
        raise HelpOfferOver("help_offer_over", state=str(state))


def check_consent(given: Consent, price: Money, text_version: str) -> None:
    """Raise HelpConsentDiffers unless exactly what is offered was agreed to."""
    if given != Consent(price.minor, price.currency, text_version):
        raise HelpConsentDiffers(
            "help_consent_differs", amount_minor=price.minor, currency=price.currency, text_version=text_version
        )


TEXT_VERSION = "2026-11"
"""Another wording is another version: consents name the one that was shown, and old ones stay here."""
_TEXTS: Mapping[str, Mapping[str, str]] = {
    TEXT_VERSION: {
        "en": "If you accept, the amount shown, VAT included, is taken from your wallet once and you get a receipt."
        " If you decline, or do not answer in time, nothing is taken and your case goes on as before.",
        "de": "Wenn Sie annehmen, wird der angezeigte Betrag inklusive MwSt. einmalig Ihrem Guthaben entnommen, und Sie"
        " erhalten eine Quittung. Wenn Sie ablehnen oder nicht rechtzeitig antworten, wird nichts entnommen, und Ihr"
        " Fall läuft weiter wie bisher.",
        "fr": "Si vous acceptez, le montant affiché, TVA comprise, est prélevé une seule fois sur votre compte prépayé"
        " et vous recevez un reçu. Si vous refusez ou ne répondez pas à temps, rien n’est prélevé et votre dossier suit"
        " son cours.",
        "nb": "Hvis du godtar, trekkes beløpet som vises, inkludert MVA, én gang fra lommeboken din, og du får en"
        " kvittering. Hvis du avslår eller ikke svarer i tide, trekkes ingenting, og saken fortsetter som før.",
        "sv": "Om du godkänner dras det visade beloppet, inklusive moms, en gång från din plånbok och du får ett"
        " kvitto. Om du avböjer eller inte svarar i tid dras ingenting och ditt ärende fortsätter som förut.",
    }
}


def text_of_consent(version: str, language: str | None) -> tuple[str, str]:
    """Return the text that a driver agrees to, and the language that it is in."""
    spoken = language_of(language)
    return _TEXTS[version][spoken], spoken
