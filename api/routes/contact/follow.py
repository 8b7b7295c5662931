"""A case by its link, ``/help/contact/c/{secret}``: what became of it, and what its customer does."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.errors import Conflict, Invalid
from api.domain.support.case import CaseState
from api.domain.support.responsibility import responsibility_text
from api.models.support import SupportCase
from api.ports import Ports
from api.routes.contact.labels import event_label, state_labels
from api.routes.contact.pages import page
from api.routes.contact.upload import Upload, upload_of
from api.routes.contact.words import translator, wished_language
from api.routes.page_guard import caller_of
from api.services.support.advance import locked_case
from api.services.support.customer import SCORES, answer_survey, reply, take_customers_step
from api.services.support.files import add_file, download_as
from api.services.support.from_web import count_link_use
from api.services.support.links import case_id_of_link
from api.services.support.view import CaseView, case_view, file_of_case

router = APIRouter()
_PATH = "/c/{secret}"
_FILE_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"}


class CaseChanged(Conflict):
    """The case is not any more what the page showed."""


class StepUnknown(Invalid):
    """The page has no such button."""


@router.get(_PATH)
async def get_case(request: Request, secret: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Show a case."""
    await count_link_use(work=work, ports=ports, now=now, caller=caller_of(request))
    async with work() as db:
        case = await locked_case(db=db, case_id=await case_id_of_link(db=db, secret=secret))
        view = await case_view(db=db, case=case)
    return _page(request, view, secret)


@router.post(f"{_PATH}/reply")
async def post_reply(request: Request, secret: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Write, add a file, or both."""
    await count_link_use(work=work, ports=ports, now=now, caller=caller_of(request))
    upload = await upload_of(request)
    text = upload.fields.get("text", "")
    async with work() as db:
        case_id = await case_id_of_link(db=db, secret=secret)
        if upload.file is not None:
            name, content = upload.file.name, upload.file.content
            await add_file(db=db, ports=ports, now=now, case_id=case_id, name=name, content=content)
        if text.strip() or upload.file is None:
            await reply(db=db, now=now, case_id=case_id, text=text)
    return _back(request, ports, secret)


@router.post(f"{_PATH}/step")
async def post_step(request: Request, secret: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Confirm, reject or withdraw what the page showed."""
    await count_link_use(work=work, ports=ports, now=now, caller=caller_of(request))
    upload = await upload_of(request)
    step = upload.fields.get("step", "")
    if step not in {"confirm", "reject", "withdraw"}:
        raise StepUnknown("step_unknown")
    async with work() as db:
        case_id = await case_id_of_link(db=db, secret=secret)
        text, seen = upload.fields.get("text", ""), _seen(upload)
        await take_customers_step(db=db, now=now, case_id=case_id, step=step, text=text, seen=seen)
    return _back(request, ports, secret)


@router.post(f"{_PATH}/survey")
async def post_survey(request: Request, secret: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Answer the one question."""
    await count_link_use(work=work, ports=ports, now=now, caller=caller_of(request))
    score = (await upload_of(request)).fields.get("score", "")
    if score not in {str(each) for each in SCORES}:
        raise StepUnknown("step_unknown")
    async with work() as db:
        await answer_survey(db=db, now=now, case_id=await case_id_of_link(db=db, secret=secret), score=int(score))
    return _back(request, ports, secret)


@router.get(f"{_PATH}/files/{{file_id}}")
async def get_file(request: Request, secret: str, file_id: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Return a file to be saved."""
    await count_link_use(work=work, ports=ports, now=now, caller=caller_of(request))
    async with work() as db:
        file = await file_of_case(db=db, case_id=await case_id_of_link(db=db, secret=secret), file_id=file_id)
    headers = _FILE_HEADERS | {"Content-Disposition": download_as(file.name)}
    return Response(file.content, media_type=file.media_type, headers=headers)


def _seen(upload: Upload) -> Callable[[SupportCase], None]:
    """Return the check that the button was pressed on the case as it is."""

    def check(case: SupportCase) -> None:
        if upload.fields.get("version") != str(case.version):
            raise CaseChanged("case_changed")

    return check


def _back(request: Request, ports: Ports, secret: str) -> Response:
    language = wished_language(request)
    return RedirectResponse(f"{ports.policy.public_url}/help/contact/c/{secret}?lang={language}", 303)


def _page(request: Request, view: CaseView, secret: str) -> Response:
    language = wished_language(request, view.row.language)
    say = translator(language)
    return page(
        request,
        "follow.html",
        language=language,
        case=view.row,
        view=view,
        secret=secret,
        state=state_labels(say)[CaseState(view.row.state)],
        owner=responsibility_text(view.owner, view.operator, language),
        events=[(event, event_label(event, say)) for event in view.events],
        scores=list(SCORES),
    )
