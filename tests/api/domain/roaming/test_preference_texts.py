"""What became of a driver's wishes, in words."""

import pytest

from api.domain.language import LANGUAGES
from api.domain.roaming.preference_texts import TEXTS, PreferencesOutcome, outcome_text
from api.domain.roaming.smart import PreferencesAnswer


@pytest.mark.parametrize("outcome", list(PreferencesOutcome))
def test_every_outcome_has_words_of_its_own_in_every_language(outcome: PreferencesOutcome) -> None:
    """Five languages, five sentences that differ."""
    told = {outcome_text(outcome, language) for language in LANGUAGES}
    assert (set(TEXTS[outcome]), len(told)) == (set(LANGUAGES), 5)
    assert all(text.endswith(".") for text in told)


def test_every_answer_of_an_operator_is_an_outcome() -> None:
    """A word of the operator never gets lost on the way to the driver."""
    assert {answer.value for answer in PreferencesAnswer} <= {outcome.value for outcome in PreferencesOutcome}
