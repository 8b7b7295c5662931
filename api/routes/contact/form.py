"""The form ``/help/contact/``: whose case, about what, with what an address or a signed link fills in."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import Now, PortsDep, Work
from api.domain.errors import AppError
from api.domain.support.case import CaseKind
from api.domain.support.file_kinds import ALLOWED, MOST_BYTES, FileKindUnknown, FileTooLarge
from api.domain.support.forms import FORMS, Form, FormIncomplete, Topic, TopicUnknown
from api.routes.contact.labels import FIELDS, field_labels, kind_labels, topic_labels
from api.routes.contact.pages import page
from api.routes.contact.upload import Upload, upload_of
from api.routes.contact.words import translator, wished_language
from api.routes.page_guard import caller_of
from api.services.support.from_app import Wish
from api.services.support.from_web import Sent, known_of_charge, open_from_web

router = APIRouter()
_TRAP = "website"
"""A field that no person sees; who fills it in is no person."""
_OFFERED = ("topic", *FIELDS)
_LONGEST = 200


@router.get("/")
async def get_form(request: Request, work: Work, ports: PortsDep, now: Now) -> Response:
    """Show the form, filled in with what the address says, or a signed link knows."""
    query = request.query_params
    given = {name: query[name][:_LONGEST] for name in _OFFERED if name in query}
    token = query.get("charge", "")
    known = await known_of_charge(work=work, policy=ports.policy, token=token, now=now)
    return _page(request, Upload(known | given | {"charge": token, "token": ports.randomness.secret()}))


@router.post("/")
async def post_form(request: Request, work: Work, ports: PortsDep, now: Now) -> Response:
    """Open a case and show its number and the link that follows it; what is missing is named, and nothing is lost."""
    upload = await upload_of(request)
    if upload.fields.get(_TRAP, "").strip():
        return page(request, "done.html", case=None, link="")
    try:
        case, link = await open_from_web(work=work, ports=ports, now=now, sent=_sent(request, upload))
    except (FormIncomplete, TopicUnknown, FileTooLarge, FileKindUnknown) as wrong:
        return _page(request, upload, wrong=wrong)
    return page(request, "done.html", case=case, link=link)


def _kind(request: Request, upload: Upload) -> CaseKind:
    wished = upload.fields.get("kind") or request.query_params.get("kind", "")
    return next((kind for kind in FORMS if kind == wished), CaseKind.DRIVER)


def _sent(request: Request, upload: Upload) -> Sent:
    wish = Wish(
        kind=_kind(request, upload),
        topic=upload.fields.get("topic", ""),
        given={name: value for name, value in upload.fields.items() if name in FIELDS},
        shared=frozenset(upload.lists.get("share", ())),
        languages=(wished_language(request),),
    )
    token, charge = (upload.fields.get(name, "")[:_LONGEST] for name in ("token", "charge"))
    return Sent(wish, caller_of(request), token, charge, request.headers.get("user-agent", ""), upload.file)


def _page(request: Request, upload: Upload, *, wrong: AppError | None = None) -> Response:
    say = translator(wished_language(request))
    kind = _kind(request, upload)
    form = FORMS[kind]
    facts: dict[str, Any] = {
        "kind": kind,
        "kinds": kind_labels(say),
        "topics": [(topic, topic_labels(say)[topic]) for topic in form.topics if topic is not Topic.KEEPS_STOPPING],
        "fields": [(name, field_labels(say)[name], name in form.required) for name in _fields(form)],
        "given": upload.fields,
        "share": upload.lists.get("share", []),
        "wrong": _wrong(wrong, say),
        "accept": ",".join(ALLOWED),
        "most_mb": MOST_BYTES // (1024 * 1024),
    }
    return page(request, "form.html", status=422 if wrong else 200, **facts)


def _fields(form: Form) -> list[str]:
    """Return the fields that the page of an audience has, in one order for all."""
    every = {*form.required, *form.optional, *(name for names in form.by_topic.values() for name in names)}
    return [name for name in FIELDS if name in every]


def _wrong(wrong: AppError | None, say: Any) -> dict[str, str]:
    """Return what is wrong with which field, in words."""
    if wrong is None:
        return {}
    if isinstance(wrong, FileTooLarge):
        return {"file": say("This file is too large.")}
    if isinstance(wrong, FileKindUnknown):
        return {"file": say("We take pictures and PDFs only.")}
    if isinstance(wrong, TopicUnknown):
        return {"topic": say("Please choose what it is about.")}
    missing, unusable = wrong.facts["missing"], wrong.facts["unusable"]
    assert isinstance(missing, list)  # noqa: S101 - as it is raised
    assert isinstance(unusable, list)  # noqa: S101 - as above
    words = {name: say("Please fill this in.") for name in missing}
    return words | {name: say("Please check this.") for name in unusable}
