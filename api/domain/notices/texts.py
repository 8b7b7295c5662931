"""A notice in words: its key, title and text in one of our languages, with its numbers.

Pushes carry the key only. Where a number is not known, the sentence that needs it is left out. Times are by the clock
at the charger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.domain.language import language_of
from api.domain.money import Money, format_money, to_minor_half_up
from api.domain.notices.texts_cases import CASES
from api.domain.notices.texts_charge import CHARGE, Words
from api.domain.notices.texts_help import HELP
from api.domain.notices.texts_money import DIGEST, FOOTER, MONEY, STAY
from api.domain.pricing.local_time import zone_of

OTHER = "other"
_TEXTS: Mapping[str, Words] = {**CHARGE, **HELP, **MONEY, **CASES}
_UNKNOWN = "…"


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What a driver reads."""

    key: str
    title: str
    text: str
    language: str


def text_key(message: str, detail: Mapping[str, Any]) -> str:
    """Return the key of a notice's words: that of its kind, or of its kind and what sets it apart."""
    for apart in (detail.get("reason"), detail.get("code")):
        if apart and f"{message}.{apart}" in _TEXTS:
            return f"{message}.{apart}"
    return message if message in _TEXTS else OTHER


def text_of(message: str, detail: Mapping[str, Any], language: str, time_zone: str = "UTC") -> NoticeText:
    """Return a notice in words."""
    language = language_of(language)
    key = text_key(message, detail)
    title, text = _TEXTS[key][language]
    values = _values(detail, language, time_zone)
    stay = _stay_sentence(detail.get("meter"), language, time_zone) if message == "unplug" else None
    sentences = [text.format_map(values), *([stay] if stay else [])]
    return NoticeText(key, title.format_map(values), " ".join(sentences), language)


def digest_title(count: int, language: str) -> str:
    """Return the title of a mail that holds several notices."""
    return DIGEST[language_of(language)].format(count=count)


def mail_footer(language: str) -> str:
    """Return why somebody gets a mail, and how to have none."""
    return FOOTER[language_of(language)]


def texts_of(key: str) -> Words:
    """Return a key's words in every language, as apps bundle them; raises KeyError."""
    return _TEXTS[key]


def text_keys() -> list[str]:
    """Return every key that a notice may have."""
    return list(_TEXTS)


class _Values(dict[str, str]):
    """Numbers of a notice; one that it lacks is shown as left out."""

    def __missing__(self, _name: str) -> str:
        return _UNKNOWN


def _values(detail: Mapping[str, Any], language: str, time_zone: str) -> _Values:
    found = _Values()
    if detail.get("percent") is not None:
        found["percent"] = str(detail["percent"])
    if detail.get("at"):
        found["time"] = _clock(str(detail["at"]), time_zone)
    if detail.get("answer"):
        found["answer"] = str(detail["answer"])
    if detail.get("expected_at"):
        found["when"] = _day_and_clock(str(detail["expected_at"]), time_zone)
    for name, key in (("number", "case_number"), ("level", "level"), ("operator", "operator")):
        if detail.get(key) is not None:
            found[name] = str(detail[key])
    currency = detail.get("currency")
    for name in ("amount", "balance"):
        if currency and detail.get(f"{name}_minor") is not None:
            found[name] = amount_text(Money(int(detail[f"{name}_minor"]), str(currency)), language)
    return found


def _stay_sentence(meter: Mapping[str, Any] | None, language: str, time_zone: str) -> str | None:
    """Return what staying costs in one sentence; None: nobody knows."""
    if not meter:
        return None
    currency = str(meter["currency"])
    rise = meter.get("next_rise") or {}
    if meter["costs_now"]:
        key, price = "costs_now", _hourly(meter["per_hour"], currency, language)
    elif rise.get("per_hour") and Decimal(rise["per_hour"]):
        key, price = "free_until", _hourly(rise["per_hour"], currency, language)
    elif rise.get("fee_minor"):
        key, price = "fee_at", amount_text(Money(int(rise["fee_minor"]), currency), language)
    else:
        key, price = "free", ""
    time = _clock(rise["at"], time_zone) if rise else ""
    return STAY[key][language].format(price=price, time=time)


def _hourly(per_hour: str, currency: str, language: str) -> str:
    return amount_text(to_minor_half_up(Decimal(per_hour), currency), language)


def _clock(at: str, time_zone: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone_of(time_zone)):%H:%M}"


def _day_and_clock(at: str, time_zone: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone_of(time_zone)):%Y-%m-%d %H:%M (%Z)}"


def amount_text(money: Money, language: str) -> str:
    """Return an amount as people of a language write it: ``4.80 EUR``, or ``4,80 EUR``."""
    return format_money(money) if language == "en" else format_money(money).replace(".", ",")
