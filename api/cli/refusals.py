"""What is wrong with a session or a tariff that cannot be priced, in words; the code stays beside them for programs."""

from collections.abc import Mapping
from typing import Final

_SENTENCES: Final = {
    "periods_missing": "there are no charging periods to price",
    "period_zero_length": "something was used in a period that lasts no time",
    "session_zero_length": "the session lasts no time",
    "period_inverted": "the period ends before it begins",
    "periods_not_ascending": "the next period begins before this one",
    "period_before_start": "the first period begins before the session",
    "volume_negative": "a volume is negative",
    "volume_not_a_number": "a volume is not a number",
    "time_without_zone": "a moment has no time zone",
    "session_too_long": "the session lasts more than a year",
    "currency_mixed": "the tariffs are in different currencies",
}


def refusal(reason: str, facts: Mapping[str, object]) -> str:
    """Return a refusal of the engine as a phrase, its code and facts behind it."""
    told = "".join(f", {name} {value}" for name, value in facts.items())
    code = f"{reason}{told}"
    return f"{_SENTENCES[reason]} ({code})" if reason in _SENTENCES else code
