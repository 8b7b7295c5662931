"""What a driver reads of a refund: every step in every language, and bank days that skip weekends."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.charging.refund_text import RefundStep, expected_by, refund_text

LANGUAGES = ("en", "de", "fr", "nb", "sv")


@pytest.mark.parametrize("step", RefundStep)
def test_every_step_has_words_of_its_own_in_every_language(step: RefundStep) -> None:
    """Five languages, no two alike: nobody forgot to translate one."""
    texts = {refund_text(step, language) for language in LANGUAGES}
    assert len(texts) == len(LANGUAGES)
    assert all(text.endswith(".") for text in texts)


@pytest.mark.parametrize(
    ("language", "like"), [("de-CH", "de"), ("no", "nb"), ("nn-NO", "nb"), ("NB", "nb"), ("it", "en"), ("", "en")]
)
def test_a_language_is_understood_as_it_comes(language: str, like: str) -> None:
    """Regions do not matter, Norwegian is Norwegian, and everybody else reads English."""
    assert refund_text(RefundStep.SENT, language) == refund_text(RefundStep.SENT, like)


@pytest.mark.parametrize("weekday", range(7))
def test_ten_bank_days_are_two_weeks(weekday: int) -> None:
    """From a weekday the same one two weeks later; from a weekend the Friday of the second week."""
    sent = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=weekday)  # 2 March 2026 is a Monday
    shown = expected_by(sent)
    assert shown.weekday() < 5
    assert shown == (sent + timedelta(days=14) if weekday < 5 else sent + timedelta(days=(4 - weekday) % 7 + 7))
