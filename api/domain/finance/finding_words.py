"""The shape of what staff read about a reason."""

from dataclasses import dataclass

from api.domain.finance.finding import Action


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """A reason in words: a title, what it means, what to do, and the actions that it calls for."""

    title: str
    meaning: str
    advice: str
    suggested: tuple[Action, ...] = ()
