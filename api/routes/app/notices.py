"""What we told the driver."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, Work
from api.domain.language import LANGUAGES, language_of, wishes_of
from api.domain.notices.kinds import KINDS
from api.domain.notices.texts import text_keys, texts_of
from api.models.notice import NoticeRow
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import Moment, PublicId, Shape, example, problems, signed_in
from api.services.drivers.queries import driver_by_id
from api.services.notices.compose import words_of
from api.services.notices.queries import notices_of_driver, read_notices

router = APIRouter(tags=["Notices"])


class Notice(Shape):
    """One message in words, and the numbers in them."""

    id: str
    charging_session_id: str | None
    message: str = Field(description="The kind, as a push names it. New values may come.")
    text_key: str = Field(description="The key of the words, as pushes name them to the system.")
    title: str
    text: str
    detail: dict[str, Any]
    created_at: Moment
    read_at: Moment | None

    @classmethod
    def of(cls, row: NoticeRow, language: str) -> "Notice":
        """Return the shape of a notice in a language."""
        words = words_of(row, language)
        return cls(
            id=row.id,
            charging_session_id=row.charging_session_id,
            message=row.message,
            text_key=words.key,
            title=words.title,
            text=words.text,
            detail=row.detail,
            created_at=row.created_at,
            read_at=row.read_at,
        )


class Notices(Shape):
    """The newest messages first."""

    model_config = example(
        {
            "notices": [
                {
                    "id": "ntc_5d5d",
                    "charging_session_id": "chs_0a1b",
                    "message": "unplug",
                    "text_key": "unplug",
                    "title": "Don't forget to unplug",
                    "text": "Your car is still plugged in. Staying costs 4.80 EUR an hour now.",
                    "detail": {},
                    "created_at": "2026-03-02T10:15:00Z",
                    "read_at": None,
                }
            ]
        }
    )
    notices: list[Notice]


class NoticeWords(Shape):
    """Title and text of one key in one language; `{...}` are numbers that the app fills in."""

    title: str
    text: str


class NoticeTexts(Shape):
    """The words of every notice, for bundling with an app."""

    model_config = example(
        {
            "kinds": ["unplug"],
            "texts": {"unplug": {"en": {"title": "Don't forget to unplug", "text": "Your car is still plugged in."}}},
        }
    )
    kinds: list[str]
    texts: dict[str, dict[str, NoticeWords]]


@router.get(
    "/notices",
    operation_id="listNotices",
    summary="List what we told the driver",
    response_model=Notices,
    responses=signed_in(),
)
async def get_notices(
    response: Response, work: Work, driver: CurrentDriver, accept_language: AcceptLanguage = None
) -> Notices:
    """Return the newest fifty messages."""
    async with work() as db:
        mine = await driver_by_id(db, driver.driver_id)
        rows = await notices_of_driver(db=db, driver_id=driver.driver_id)
    language = language_of(*wishes_of(accept_language), mine.language)
    response.headers["Content-Language"] = language
    return Notices(notices=[Notice.of(row, language) for row in rows])


@router.post(
    "/notices/{notice_id}/read",
    operation_id="readNotices",
    summary="Note that a message was read",
    status_code=204,
    responses=signed_in(unknown_notice=404),
)
async def post_read(notice_id: PublicId, work: Work, now: Now, driver: CurrentDriver) -> Response:
    """Note that the driver has seen this message and all before it; what was not pushed of them yet is not any more."""
    async with work() as db:
        await read_notices(db=db, now=now, driver_id=driver.driver_id, notice_id=notice_id)
    return Response(status_code=204)


@router.get(
    "/notice-texts",
    operation_id="listNoticeTexts",
    summary="List the words of all messages",
    response_model=NoticeTexts,
    responses=problems(),
)
async def get_notice_texts() -> NoticeTexts:
    """Return the words by key and language; pushes name a key, and the app must have its words."""
    texts = {
        key: {name: NoticeWords(title=words[name][0], text=words[name][1]) for name in LANGUAGES}
        for key, words in ((key, texts_of(key)) for key in text_keys())
    }
    return NoticeTexts(kinds=list(KINDS), texts=texts)
