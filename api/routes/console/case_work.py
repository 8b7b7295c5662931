"""Working on a case: each step reads its own fields of a form and calls one service."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.errors import Invalid, NotFound
from api.domain.staff.roles import Permission
from api.domain.support.case import Priority
from api.domain.support.desk import MOST_SLOTS, Slot
from api.routes.console.acting import Acting
from api.routes.console.cases import CaseId
from api.routes.console.findings_filter import NONE
from api.routes.console.signed_in import Form, Posted, needs
from api.services.support import desk_levels, desk_links, desk_site, desk_steps, desk_talk, help_offers, visits

router = APIRouter(prefix="/cases")


class UnknownCaseStep(NotFound):
    """There is no such step."""


class MomentUnreadable(Invalid):
    """A field holds no moment. Fact: ``field``."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: the service behind it, and what it takes from a form."""

    do: Callable[..., Awaitable[Any]]
    read: Callable[[Form], Mapping[str, Any]] = lambda _: {}
    versioned: bool = True
    """Whether it takes something from what others do."""
    with_ports: bool = False


def moment_of(form: Form, field: str) -> datetime:
    """Return a moment typed as ``2026-11-26T14:30``, in UTC; raises MomentUnreadable."""
    try:
        told = datetime.fromisoformat(form[field])
    except ValueError as error:
        raise MomentUnreadable("moment_unreadable", field=field) from error
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told


def _texts(*names: str) -> Callable[[Form], Mapping[str, Any]]:
    return lambda form: {name: form[name] for name in names}


def _moment(form: Form, field: str) -> datetime | None:
    return moment_of(form, field) if form[field] else None


def _whole(form: Form, field: str) -> int:
    return int(form[field]) if form[field].isdecimal() and form[field].isascii() and len(form[field]) < 10 else -1


def _slots(form: Form) -> list[Slot]:
    places = [each for each in range(MOST_SLOTS) if form[f"starts_{each}"] or form[f"ends_{each}"]]
    return [Slot(moment_of(form, f"starts_{each}"), moment_of(form, f"ends_{each}")) for each in places]


def _visit(form: Form) -> Mapping[str, Any]:
    return {"slots": _slots(form), "participants": form["participants"].splitlines(), "text": form["text"]}


def _priority(form: Form) -> Mapping[str, Any]:
    to = next((each for each in Priority if each == form["to"]), Priority.NORMAL)
    return {"to": to, "reason": form["reason"]}


def _public(form: Form) -> bool:
    return form["public"] == "yes"


STEPS: Mapping[str, Step] = {
    "take": Step(desk_steps.take_case),
    "assign": Step(desk_steps.assign_case, lambda form: {"to": None if form["to"] in {"", NONE} else form["to"]}),
    "note": Step(desk_steps.write_note, _texts("text"), versioned=False),
    "attempt": Step(desk_steps.log_attempt, _texts("text", "article", "remote")),
    "priority": Step(desk_steps.change_priority, _priority),
    "expected": Step(desk_steps.set_expected, lambda form: {"at": moment_of(form, "at"), "reason": form["reason"]}),
    "answer": Step(desk_talk.answer_customer, _texts("text")),
    "ask": Step(desk_talk.ask_customer, _texts("text")),
    "said": Step(desk_talk.customer_said, _texts("text")),
    "resolve": Step(desk_talk.resolve_case, _texts("text")),
    "confirm": Step(desk_talk.confirm_by_phone),
    "reopen": Step(desk_talk.reopen_case, _texts("reason")),
    "escalate": Step(desk_levels.escalate, _texts("proposal", "reason")),
    "work": Step(desk_site.note_work, lambda form: {"text": form["text"], "public": _public(form)}),
    "verify": Step(
        desk_site.verify_work,
        lambda form: {"text": form["text"], "works": form["works"] == "yes", "public": _public(form)},
    ),
    "document": Step(
        desk_site.add_document,
        lambda form: {name: form[name] for name in ("name", "text", "address")} | {"public": _public(form)},
        versioned=False,
    ),
    "outside": Step(
        desk_site.ask_outside,
        lambda form: {name: form[name] for name in ("party", "reference", "text")} | {"asked_at": _moment(form, "at")},
    ),
    "outside-answer": Step(
        desk_site.outside_answered,
        lambda form: {"question": _whole(form, "question"), "text": form["text"], "answered_at": _moment(form, "at")},
    ),
    "visit": Step(visits.propose_visit, _visit, with_ports=True),
    "visit-accept": Step(
        visits.accept_by_phone, lambda form: {"visit_id": form["visit"], "slot": _whole(form, "slot")}
    ),
    "link": Step(desk_links.link_case, _texts("kind", "target"), versioned=False),
    "offer-help": Step(help_offers.offer_help, _texts("currency", "text"), with_ports=True),
    "merge": Step(desk_links.merge_case, _texts("into")),
}


@router.post("/{case_id}/do/{step}", dependencies=[needs(Permission.WORK_ON_CASES)])
async def take_step(
    case_id: CaseId, step: str, form: Posted, who: Acting, work: Work, ports: PortsDep, now: Now
) -> Response:
    """Take one step with a case."""
    found = STEPS.get(step)
    if found is None:
        raise UnknownCaseStep("unknown_case_step", step=step)
    facts = dict(found.read(form))
    if found.versioned:
        facts["version"] = _whole(form, "version")
    if found.with_ports:
        facts["ports"] = ports
    async with work() as db:
        await found.do(db=db, now=now, case_id=case_id, by=who, **facts)
    return RedirectResponse(f"/console/cases/{case_id}?told=done", 303)
