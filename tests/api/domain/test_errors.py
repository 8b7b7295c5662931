"""The kinds of error: what every face can rely on."""

import pytest

from api.domain import errors
from api.domain.errors import AppError, Conflict, Refused


class CardSaidNo(Refused):
    """A concrete error as the code raises them."""


def test_an_error_carries_its_code_and_its_facts() -> None:
    """Faces render a stable code and the facts; neither is hidden in a text."""
    error = CardSaidNo("card_said_no", decline_code="lost_card", attempts=2)

    assert (error.code, error.facts) == ("card_said_no", {"decline_code": "lost_card", "attempts": 2})


def test_an_error_reads_well_in_a_log() -> None:
    """The line of a log names the code first and then each fact."""
    assert str(CardSaidNo("card_said_no", attempts=2)) == "card_said_no attempts=2"
    assert str(CardSaidNo("card_said_no")) == "card_said_no"


@pytest.mark.parametrize(
    "kind", [value for value in vars(errors).values() if isinstance(value, type) and value is not AppError]
)
def test_every_kind_is_anticipated_and_none_is_another(kind: type[AppError]) -> None:
    """A face maps each kind to one answer, so no kind may be a special case of another."""
    assert kind.__bases__ == (AppError,)


def test_a_concrete_error_is_of_one_kind_only() -> None:
    """What catches conflicts lets refusals pass."""
    assert issubclass(CardSaidNo, Refused)
    assert not issubclass(CardSaidNo, Conflict)
