"""Numbers, money and moments as each language writes them (Unicode CLDR, by Babel)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from api.domain.money import Money, exponent
from clients.documents.texts import WORDS
from clients.documents.texts.words import Words

_LOCALES: Final = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR", "nb": "nb_NO", "sv": "sv_SE"}


class Reader:
    """Who reads a paper: the words and the ways of writing of one language, in one currency and time zone."""

    def __init__(self, language: str, currency: str, time_zone: str) -> None:
        """Keep them; an unknown language is English."""
        self.language = language if language in WORDS else "en"
        self.words: Words = WORDS[self.language]
        self.locale = Locale.parse(_LOCALES[self.language])
        self.currency = currency
        self.zone = ZoneInfo(time_zone)
        self.zone_name = time_zone

    def money(self, minor: int) -> str:
        """Return minor units of the currency, as ``12,34 €``."""
        return self.exact_money(Money(minor, self.currency).to_decimal())

    def exact_money(self, amount: Decimal) -> str:
        """Return an amount in major units, rounded half up to what the currency has for showing."""
        rounded = amount.quantize(Money(0, self.currency).to_decimal(), rounding=ROUND_HALF_UP)
        return self._currency(rounded, exponent(self.currency))

    def unit_price(self, price: Decimal) -> str:
        """Return a price per unit with all its decimals, at least the currency's own."""
        own = -int(price.normalize().as_tuple().exponent)
        return self._currency(price, max(exponent(self.currency), own))

    def _currency(self, amount: Decimal, decimals: int) -> str:
        """Return an amount with its currency; a blank parts letters from figures, as Unicode wants it."""
        pattern = str(self.locale.currency_formats["standard"].pattern)
        pattern = pattern.replace("0.00", "0." + "0" * decimals if decimals else "0")
        if get_currency_symbol(self.currency, self.locale)[-1].isalpha():
            pattern = pattern.replace("¤#", "¤\u00a0#")
        return str(format_currency(amount, self.currency, locale=self.locale, currency_digits=False, format=pattern))

    def number(self, value: Decimal, *, decimals: int = 3) -> str:
        """Return a number with at most so many decimals."""
        return str(format_decimal(value, format=f"#,##0.{'#' * decimals}", locale=self.locale))

    def percent(self, value: Decimal) -> str:
        """Return a rate given in percent."""
        return str(format_percent(value / 100, format=self._percent_form(), locale=self.locale))

    def _percent_form(self) -> str:
        return str(self.locale.percent_formats[None].pattern).replace("0", "0.##", 1)

    def energy(self, kwh: str | Decimal) -> str:
        """Return energy, as ``20.5 kWh``."""
        return f"{self.number(Decimal(kwh))}\u00a0kWh"

    def day(self, at: datetime | date) -> str:
        """Return a day in full, as ``2 March 2026``."""
        local = at.astimezone(self.zone) if isinstance(at, datetime) else at
        return str(format_date(local, format="long", locale=self.locale))

    def short_day(self, at: datetime | date) -> str:
        """Return a day in figures."""
        local = at.astimezone(self.zone) if isinstance(at, datetime) else at
        return str(format_date(local, format="medium", locale=self.locale))

    def moment(self, at: datetime) -> str:
        """Return a day and a time of day, to the minute."""
        local = at.astimezone(self.zone)
        day = format_date(local, format="medium", locale=self.locale)
        return f"{day}, {format_time(local, format='short', locale=self.locale)}"

    def exact_moment(self, at: datetime) -> str:
        """Return a moment to the second with its zone, for whoever compares records."""
        return str(format_datetime(at.astimezone(self.zone), format="d MMM y HH:mm:ss ZZZZ", locale=self.locale))

    def month(self, month: str) -> str:
        """Return ``2026-10`` as ``October 2026``."""
        return str(format_date(date.fromisoformat(f"{month}-01"), format="LLLL y", locale=self.locale))


def reader_of(document: Mapping[str, Any]) -> Reader:
    """Return who reads a document."""
    return Reader(document["language"], document["currency"], document["time_zone"])


def moment_of(text: str) -> datetime:
    """Return a moment as documents hold it."""
    return datetime.fromisoformat(text)


def seller_lines(seller: Mapping[str, Any], words: Words) -> list[str]:
    """Return the seller's head: name, address, VAT id."""
    place = f"{seller['country']}-{seller['postal_code']} {seller['city']}"
    return [seller["name"], seller["street"], place, words.vat_id.format(id=seller["vat_id"])]


def contact_line(seller: Mapping[str, Any], words: Words) -> str:
    """Return where questions go."""
    reach = " · ".join(each for each in (seller["email"], seller.get("phone")) if each)
    return words.questions.format(contact=reach)
