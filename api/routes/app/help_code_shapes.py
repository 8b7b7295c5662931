"""Shapes of help: topics and who answers for them, what codes mean."""

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from api.domain.support.meanings import CHANGED_ON, VERSION, Meaning
from api.domain.support.topics import Topic, responsibility, route_of
from api.routes.app.shapes import Shape, example


class ShownTopic(Shape):
    """Where a topic leads."""

    model_config = example(
        {
            "topic": "payment",
            "answers": "us",
            "responsibility": "This is ours.",
            "queue": "drivers",
            "articles": ["why-a-hold"],
        }
    )
    topic: str
    answers: str
    responsibility: str
    queue: str = Field(description="Where a case about it waits for staff.")
    articles: list[str] = Field(description="Slugs of what to read first, in this order.")

    @classmethod
    def of(cls, topic: Topic, language: str) -> "ShownTopic":
        """Return the shape of a topic."""
        route = route_of(topic)
        return cls(
            topic=topic,
            answers=route.answers,
            responsibility=responsibility(topic, language),
            queue=route.queue,
            articles=list(route.articles),
        )


class Topics(Shape):
    """All topics."""

    model_config = example({"topics": ShownTopic.model_config["json_schema_extra"]["examples"]})  # type: ignore[index]  # as above
    topics: list[ShownTopic]


class ShownMeaning(Shape):
    """What a code means in one of the lists that have it."""

    model_config = example(
        {
            "code": "evse_occupied",
            "kind": "command_result",
            "cause": "driver",
            "meaning": "The charger says that this connector is in use.",
            "action": "Please take another one.",
        }
    )
    code: str
    kind: str = Field(description="Which list it is from; new values may come.")
    cause: str = Field(description="`vehicle`, `charger`, `network`, `operator`, `driver`, `us` or `nobody`.")
    meaning: str
    action: str = Field(description="What the driver does.")

    @classmethod
    def of(cls, meaning: Meaning) -> "ShownMeaning":
        """Return the shape of a meaning; what staff do stays with staff."""
        names = ("code", "kind", "cause", "meaning")
        return cls(**{name: getattr(meaning, name) for name in names}, action=meaning.driver)


class ShownCode(Shape):
    """What a code means, and of which state of the table that is."""

    model_config = example(
        {
            "version": 1,
            "changed_on": "2026-03-02",
            "meanings": ShownMeaning.model_config["json_schema_extra"]["examples"],  # type: ignore[index]  # as above
        }
    )
    version: int
    changed_on: date
    meanings: list[ShownMeaning] = Field(description="One for each list that has the code.")

    @classmethod
    def of(cls, meanings: Sequence[Meaning]) -> "ShownCode":
        """Return the shape of a code."""
        return cls(version=VERSION, changed_on=CHANGED_ON, meanings=[ShownMeaning.of(each) for each in meanings])
