"""Cases on the wire: what an app sends to open one, and what its customer sees of it."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.domain.support.case import CaseKind, Channel
from api.domain.support.forms import FORMS, LONGEST_FIELD, LONGEST_TEXT, Topic, required_fields
from api.domain.support.responsibility import responsibility_text
from api.routes.app.shapes import Moment, PublicId, Shape, example
from api.services.support.view import CaseView, SeenEvent, SeenFile

Words = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
FieldText = Annotated[str, StringConstraints(max_length=LONGEST_FIELD, pattern=r"^[^\x00-\x1f\x7f]*$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
Shared = Literal["description", "name", "contact"]
_FILE = {
    "id": "cfl_77aa",
    "name": "display.jpg",
    "media_type": "image/jpeg",
    "size": 48211,
    "created_at": "2026-03-02T09:01:00Z",
}
_EVENT = {
    "id": 12,
    "at": "2026-03-02T09:00:00Z",
    "by": "customer",
    "kind": "opened",
    "text": "It stopped twice.",
    "detail": {"level": 1},
}
_LISTED = {
    "id": "cas_41f0",
    "number": "C12345-67894",
    "kind": "driver",
    "topic": "charging_session",
    "title": "It stopped twice.",
    "state": "open",
    "level": 1,
    "opened_at": "2026-03-02T09:00:00Z",
    "expected_at": "2026-03-05T09:00:00Z",
    "updated_at": "2026-03-02T09:00:00Z",
}
_CASE = _LISTED | {
    "version": 1,
    "description": "It stopped twice.",
    "priority": "normal",
    "sla_level": "standard",
    "charging_session_id": "chs_0a1b",
    "detail": {"charger": "DE*ABC*E7*013", "date": "2026-03-02"},
    "owner": {"who": "us", "operator": None, "text": "We take care of this."},
    "closed_at": None,
    "closed_as": None,
    "survey_score": None,
    "can": ["reply", "withdraw"],
    "timeline": [_EVENT],
    "attachments": [],
}


class NewCaseRequest(Shape):
    """What somebody needs help with. Name and address are those of the account."""

    model_config = example(
        {
            "kind": "driver",
            "topic": "charging_session",
            "description": "It stopped twice.",
            "charging_session_id": "chs_0a1b",
            "share_with_operator": ["description"],
            "fields": {},
        }
    )
    kind: CaseKind = CaseKind.DRIVER
    topic: str = Field(max_length=40, description="One of the topics of `GET /case-form`.")
    description: Words
    charging_session_id: PublicId | None = Field(default=None, description="Fills in charger, day and amount.")
    share_with_operator: list[Shared] = Field(
        default_factory=list, max_length=3, description="What the operator of the charger may be told beside the facts."
    )
    fields: dict[FieldName, FieldText] = Field(default_factory=dict, max_length=20, description="The rest of the form.")


class CaseForm(Shape):
    """What a case about a topic needs, and what is known already."""

    model_config = example(
        {
            "kind": "driver",
            "topic": "payment",
            "topics": ["payment", "other"],
            "required": ["description", "email", "date", "amount"],
            "known": {"email": "ada@example.com"},
            "contact_url": None,
        }
    )
    kind: str
    topic: str
    topics: list[str]
    required: list[str]
    known: dict[str, str] = Field(description="What need not be asked.")
    contact_url: str | None = Field(description="The same form in a browser, filled in from the charge.")

    @classmethod
    def of(cls, kind: CaseKind, topic: Topic, known: dict[str, str], url: str | None) -> "CaseForm":
        """Return the shape of a form."""
        form = FORMS[kind]
        needed = required_fields(form, topic, Channel.APP, holds_account=True)
        fields = form.fields(topic)
        return cls(
            kind=str(kind),
            topic=str(topic),
            topics=[str(each) for each in form.topics],
            required=needed,
            known={name: value for name, value in known.items() if name in fields},
            contact_url=url,
        )


class CaseEvent(Shape):
    """Something that happened to a case, or was said in it."""

    model_config = example(_EVENT)
    id: int
    at: Moment
    by: str = Field(description="`customer`, `us` (a person) or `service`.")
    kind: str = Field(description="New values may come.")
    text: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, seen: SeenEvent) -> "CaseEvent":
        """Return the shape of an event."""
        return cls(id=seen.id, at=seen.at, by=seen.by, kind=seen.kind, text=seen.text, detail=seen.detail)


class CaseFile(Shape):
    """A file in a case."""

    model_config = example(_FILE)
    id: str
    name: str
    media_type: str = Field(description="What the bytes are, whatever they were sent as.")
    size: int
    created_at: Moment

    @classmethod
    def of(cls, seen: SeenFile) -> "CaseFile":
        """Return the shape of a file."""
        return cls(id=seen.id, name=seen.name, media_type=seen.media_type, size=seen.size, created_at=seen.created_at)


class CaseOwner(Shape):
    """Who takes care of a case."""

    who: str = Field(description="`us` or `operator`.")
    operator: str | None
    text: str


class ListedCase(Shape):
    """A case in a list."""

    model_config = example(_LISTED)
    id: str
    number: str = Field(description="What people read out; with a check digit.")
    kind: str
    topic: str
    title: str
    state: str = Field(description="`open`, `waiting` (for the driver), `resolved` or `closed`.")
    level: int
    opened_at: Moment
    expected_at: Moment = Field(description="When we expect it to be solved.")
    updated_at: Moment


class Cases(Shape):
    """A driver's cases, the newest first."""

    model_config = example({"cases": [_LISTED]})
    cases: list[ListedCase]


class ShownCase(ListedCase):
    """A case with its public history."""

    model_config = example(_CASE)
    version: int
    description: str
    priority: str
    sla_level: str
    charging_session_id: str | None
    detail: dict[str, Any]
    owner: CaseOwner
    closed_at: Moment | None
    closed_as: str | None
    survey_score: int | None
    can: list[str] = Field(description="What the driver may do now. New values may come.")
    timeline: list[CaseEvent]
    attachments: list[CaseFile]

    @classmethod
    def of(cls, view: CaseView, language: str) -> "ShownCase":
        """Return the shape of a case."""
        row = view.row
        names = ("version", "description", "priority", "sla_level", "charging_session_id", "closed_at", "closed_as")
        same = {name: getattr(row, name) for name in (*names, *ListedCase.model_fields, "survey_score")}
        text = responsibility_text(view.owner, view.operator, language)
        hidden = {"asked_for"}
        return cls(
            **same,
            detail={name: value for name, value in row.detail.items() if name not in hidden},
            owner=CaseOwner(who=str(view.owner), operator=view.operator, text=text),
            can=list(view.can),
            timeline=[CaseEvent.of(each) for each in view.events],
            attachments=[CaseFile.of(each) for each in view.files],
        )


class NewReply(Shape):
    """What the driver writes."""

    model_config = example({"text": "It happened again."})
    text: Annotated[Words, Field(min_length=1)]


class CustomerStep(Shape):
    """What the driver decides."""

    model_config = example({"step": "reject", "text": "It stopped again."})
    step: Literal["confirm", "reject", "withdraw"]
    text: Words = ""


class SurveyAnswer(Shape):
    """How we did."""

    model_config = example({"score": 5})
    score: int = Field(ge=1, le=5, description="5 is best.")
