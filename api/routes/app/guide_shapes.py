"""The guide on the wire: steps, what to do next in words, usual times, hints, and how a charge ended."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from api.domain.charging.facts import StopCause
from api.domain.charging.guide import Hint, StartSequence
from api.domain.language import language_of
from api.models.charging import ChargingSession
from api.routes.app.guide_texts import keys, say
from api.routes.app.shapes import Moment, Shape
from api.services.charging.view import ChargeView

GUIDE_EXAMPLE = {
    "step": 3,
    "total": 6,
    "next_action": "watch",
    "text": "Your car is charging.",
    "steps": [
        {"step": "pay", "state": "done"},
        {"step": "connect", "state": "done"},
        {"step": "charge", "state": "current"},
        {"step": "stop", "state": "to_come"},
        {"step": "unplug", "state": "to_come"},
        {"step": "receipt", "state": "to_come"},
    ],
    "start_sequence": "plug_first",
    "plugged": True,
    "usually_s": None,
    "usually_text": None,
    "expected_at": None,
}


class ShownGuideStep(Shape):
    """One step of the flow."""

    step: str
    state: str = Field(description="`done`, `current` or `to_come`.")


class Guide(Shape):
    """Where the driver is in the guided flow, and the one thing to do next."""

    step: int | None
    total: int
    next_action: str
    text: str = Field(description="What to do next, in the driver's language.")
    steps: list[ShownGuideStep]
    start_sequence: str = Field(description="`plug_first`, `start_first`, `either` or `unknown`.")
    plugged: bool = Field(description="The cable is known to be in: that step completed itself.")
    usually_s: int | None = Field(description="How long this wait usually is here; null: not learned yet.")
    usually_text: str | None
    expected_at: Moment | None = Field(description="When it is usually over.")

    @classmethod
    def of(cls, row: ChargingSession, view: ChargeView, language: str) -> "Guide":
        """Return the shape of a view's guide."""
        usual = view.usually_s
        return cls(
            step=view.guide.step,
            total=view.guide_total,
            next_action=view.guide.next_action,
            text=_instruction(row, view, language),
            steps=[ShownGuideStep(step=step, state=state) for step, state in view.guide.states()],
            start_sequence=view.start_sequence,
            plugged=view.guide.plugged,
            usually_s=usual,
            usually_text=None if usual is None else say("usually", language, seconds=usual),
            expected_at=view.expected_at,
        )


class ShownHint(Shape):
    """What may be wrong and how to mend it: never a fault."""

    code: str = Field(description="`vehicle_schedule` or `wrong_connector`; new values may come.")
    text: str
    visual_id: str | None = Field(description="What stands on the post that the cable may be in.")
    connector_ids: list[str] = Field(description="Its connectors, to switch to.")


class ShownEnd(Shape):
    """Who ended the energy."""

    cause: str = Field(description="`driver`, `badge`, `vehicle`, `charger`, `operator`, `unknown`; more may come.")
    by_itself: bool = Field(description="Neither the driver nor we asked for it: offer a restart.")
    text: str


def hints_of(row: ChargingSession, view: ChargeView, language: str) -> list[ShownHint]:
    """Return the hints of a view in words."""
    return list(_hints(row.guidance, view, language))


def _hints(guidance: dict[str, Any], view: ChargeView, language: str) -> Iterator[ShownHint]:
    for hint in view.hints:
        suspicion = guidance["wrong_connector"] if hint is Hint.WRONG_CONNECTOR else {}
        where = suspicion.get("visual_id") or suspicion.get("evse_id")
        text = say(f"hint_{hint}", language, visual_id=where or "?")
        yield ShownHint(code=hint, text=text, visual_id=where, connector_ids=suspicion.get("connector_ids", []))


def end_of(row: ChargingSession, view: ChargeView, language: str) -> ShownEnd | None:
    """Return how the energy of a charge ended; None: it did not, or never flowed."""
    if row.stop_cause is None or row.energy_ended_at is None:
        return None
    key = f"stop_{row.stop_cause}"
    text = say(key if key in keys() else f"stop_{StopCause.UNKNOWN}", language)
    return ShownEnd(cause=row.stop_cause, by_itself=view.stopped_by_itself, text=text)


def language_for(row: ChargingSession, wishes: list[str]) -> str:
    """Return the language to answer in: as the app asks, else the driver's own as of the start."""
    return language_of(*wishes, row.guidance.get("language"))


def instruction(sequence: str, language: str) -> str:
    """Return what comes first at a post, in words."""
    told = {StartSequence.PLUG_FIRST: "plug_first", StartSequence.START_FIRST: "start_first"}
    if sequence == StartSequence.EITHER:
        return say("plug_in", language)
    return say(next((key for each, key in told.items() if each == sequence), "follow_the_station"), language)


def _instruction(row: ChargingSession, view: ChargeView, language: str) -> str:
    action = view.guide.next_action
    if action == "plug_in" and view.start_sequence == StartSequence.UNKNOWN:
        return f"{say('plug_in', language)} {say('follow_the_station', language)}"
    if action == "watch" and row.metering != "live":
        return say(f"watch_{row.metering}", language)
    return say(action, language)
