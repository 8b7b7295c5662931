"""What codes mean, and where topics lead: tables of rules, the same for everybody."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.domain.errors import NotFound
from api.domain.support.meanings import CHANGED_ON, VERSION, meanings_of
from api.domain.support.meanings_rows import Kind
from api.domain.support.topics import Topic
from api.routes.app.etags import NOT_MODIFIED, IfNoneMatch, etag_of, matches
from api.routes.app.help_articles import Spoken, public_headers
from api.routes.app.help_code_shapes import ShownCode, ShownTopic, Topics
from api.routes.app.shapes import problems

router = APIRouter(tags=["Help"])


class UnknownCode(NotFound):
    """No list of ours has this code. Facts: the ``version`` of the table, ``changed_on``."""


@router.get(
    "/help/codes/{code}",
    operation_id="getCode",
    summary="Tell what a code means",
    response_model=ShownCode,
    responses=NOT_MODIFIED | problems(unknown_code=404),
)
async def get_code(
    code: Annotated[str, Path(pattern="^[A-Za-z0-9_ .-]{1,60}$", examples=["EVSE_OCCUPIED"])],
    response: Response,
    spoken: Spoken,
    kind: Annotated[Kind | None, Query(description="Null: all lists that have it.")] = None,
    if_none_match: IfNoneMatch = None,
) -> ShownCode | Response:
    """Return meaning, cause and what to do, for a code of ours, of OCPI or of a charger, however it is spelled."""
    found = meanings_of(code, spoken, kind)
    if not found:
        raise UnknownCode("unknown_code", version=VERSION, changed_on=CHANGED_ON.isoformat())
    shown = ShownCode.of(found)
    headers = public_headers(etag_of(shown.model_dump_json().encode()), spoken)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return shown


@router.get(
    "/help/topics",
    operation_id="listHelpTopics",
    summary="Show what questions are about",
    response_model=Topics,
    responses=problems(),
)
async def get_topics(response: Response, spoken: Spoken) -> Topics:
    """Return each topic with who answers for it, what to read first, and where a case about it waits."""
    shown = Topics(topics=[ShownTopic.of(each, spoken) for each in Topic])
    response.headers.update(public_headers(etag_of(shown.model_dump_json().encode()), spoken))
    return shown
