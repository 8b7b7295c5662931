"""What a driver is told of their money: the right code for each status, another from day 31 on, in every language."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.charging.state import HoldStatus
from api.domain.finance.release_advice import Advice, release_advice
from api.domain.finance.release_texts import TEXTS, advice_text
from api.domain.language import LANGUAGES, language_of

RELEASED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.capability("CK12")
@pytest.mark.parametrize(
    ("after", "advice"),
    [
        (timedelta(0), Advice.WAIT_FOR_BANK),
        (timedelta(days=8), Advice.WAIT_FOR_BANK),
        (timedelta(days=30), Advice.WAIT_FOR_BANK),
        (timedelta(days=30, seconds=1), Advice.ASK_BANK),
        (timedelta(days=31), Advice.ASK_BANK),
    ],
)
@pytest.mark.parametrize("status", [HoldStatus.RELEASED, HoldStatus.EXPIRED, HoldStatus.CAPTURED])
def test_the_advice_changes_on_day_31(status: HoldStatus, after: timedelta, advice: Advice) -> None:
    """Up to thirty days the bank is waited for; then it is asked first (CK12)."""
    found = release_advice(status, authorized=5000, released=4000, released_at=RELEASED_AT, now=RELEASED_AT + after)
    assert found is advice


def test_a_hold_that_was_charged_in_full_or_never_stood_needs_no_bank() -> None:
    """Where nothing was let go there is nothing to wait for."""
    late = RELEASED_AT + timedelta(days=90)
    full = release_advice(HoldStatus.CAPTURED, authorized=5000, released=0, released_at=RELEASED_AT, now=late)
    never = release_advice(HoldStatus.RELEASED, authorized=0, released=0, released_at=RELEASED_AT, now=late)
    assert (full, never) == (Advice.CHARGED_IN_FULL, Advice.NOTHING_RESERVED)


@pytest.mark.parametrize("status", sorted(set(HoldStatus) - {HoldStatus.PASSED_ON}))
def test_every_status_has_its_advice(status: HoldStatus) -> None:
    """No status of a hold leaves the driver without a word; whatever still stands is never called released."""
    found = release_advice(status, authorized=5000, released=0, released_at=None, now=RELEASED_AT)
    assert found not in {Advice.WAIT_FOR_BANK, Advice.ASK_BANK}
    assert (found is Advice.RESERVED) == (status in {"placed", "capturing", "capture_failed"})


def test_every_advice_is_told_in_every_language() -> None:
    """Each code in each language, and no two codes with the same words."""
    assert set(TEXTS) == set(Advice)
    for language in LANGUAGES:
        words = [advice_text(advice, language) for advice in Advice]
        assert len(set(words)) == len(words)
    assert all(set(texts) == set(LANGUAGES) for texts in TEXTS.values())


@pytest.mark.parametrize(
    ("wishes", "language"),
    [(("fr-CH", "de"), "fr"), (("it", "de_AT"), "de"), (("no",), "nb"), (("it", None, ""), "en"), ((), "en")],
)
def test_the_first_language_that_we_speak_is_language_of(wishes: tuple[str | None, ...], language: str) -> None:
    """Regions do not matter, Norwegian is Bokmål, and English is for everybody else."""
    assert language_of(*wishes) == language
