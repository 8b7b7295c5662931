"""What drivers are told of a charge, made once for each change and shared by all who ask or listen.

An answer is kept as the text of the poll, with a gap for the seconds that pass meanwhile. It is given out only while
``api/changes.py`` is certain that its version is the present one, and to nobody but its driver.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from api.changes import Changes, Mark, Seen
from api.models.charging import ChargingSession
from api.routes.app.charging_shapes import etag_of, shown_charge
from api.routes.app.etags import matches, not_modified, poll_headers
from api.services.charging.advance import UnknownCharge
from api.services.charging.quick_look import Look, Looks
from api.services.charging.view import charging_seconds, differs_from, metering_age
from api.services.work import Work

MOST_KEPT = 4_000
"""Charges per process whose answers are kept, some 3 kB each; the one made longest ago is forgotten first."""
MOST_LANGUAGES = 8
"""Answers of one charge, by what the app says of its language."""
_PASSING = re.compile(r'"metering_age_s":(?:\d+|null),"energy_wh":(\d+),"duration_s":(?:\d+|null),')
_OURS = re.compile(r'(?:W/)?"([a-z]{2,4}_[A-Za-z0-9_-]{1,255})-([1-9][0-9]{0,9})"', re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """One version of a charge in one language, ready to be sent at any moment."""

    driver_id: str
    version: int
    etag: str
    final: bool
    poll_after_s: int
    charge: ChargingSession
    differs_from: datetime | None
    before: bytes
    energy_wh: bytes
    behind: bytes

    def body(self, now: datetime) -> bytes:
        """Return the charge as JSON, as of ``now``."""
        age, seconds = _number(metering_age(self.charge, now)), _number(charging_seconds(self.charge, now))
        passing = b'"metering_age_s":%b,"energy_wh":%b,"duration_s":%b,' % (age, self.energy_wh, seconds)
        return self.before + passing + self.behind

    def response(self, now: datetime, if_none_match: str | None = None) -> Response:
        """Return what a poll is answered with."""
        if matches(if_none_match, self.etag):
            return not_modified(self.etag, self.poll_after_s)
        headers = poll_headers(self.etag, self.poll_after_s)
        return Response(self.body(now), media_type="application/json", headers=dict(headers))


class ChargeAnswers:
    """The answers of one process."""

    def __init__(self, work: Work, changes: Changes) -> None:
        """Keep where charges are read and what tells of their changes."""
        self._looks = Looks(work)
        self._changes = changes
        self._kept: OrderedDict[str, dict[str | None, Answer]] = OrderedDict()

    async def read(
        self, driver_id: str, charging_session_id: str, now: datetime, accept_language: str | None = None
    ) -> Answer:
        """Read a charge of the driver and keep the answer; raises ``UnknownCharge`` and what the database raises."""
        mark = self._changes.mark()
        look = await self.look(driver_id, charging_session_id)
        return self.answer_of(look, mark, now, accept_language)

    async def look(self, driver_id: str, charging_session_id: str) -> Look:
        """Read a charge of the driver; raises ``UnknownCharge`` and what the database raises."""
        look = await self._looks.of(charging_session_id)
        if look is None or look.charge.driver_id != driver_id:
            raise UnknownCharge("unknown_charging_session")
        return look

    def answer_of(self, look: Look, mark: Mark, now: datetime, accept_language: str | None) -> Answer:
        """Return the answer made of what was read after ``mark``, and keep it."""
        answer = _answer(look, now, accept_language)
        charge = look.charge
        self._changes.remember(charge.id, Seen(charge.driver_id, answer.etag, answer.poll_after_s), mark)
        kept = self._kept.pop(charge.id, {})
        if len(kept) >= MOST_LANGUAGES:
            kept.clear()
        kept[accept_language] = answer
        self._kept[charge.id] = kept
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return answer

    def news_for(
        self, seen: Seen, charging_session_id: str, if_none_match: str, now: datetime, accept_language: str | None
    ) -> Answer | None:
        """Return what is new to an app that has an older version, or None: then it is to be read.

        An app that has a newer one heard of a change before us.
        """
        answer = self._kept.get(charging_session_id, {}).get(accept_language)
        had = _OURS.fullmatch(if_none_match)
        if answer is None or had is None or had[1] != charging_session_id or int(had[2]) >= answer.version:
            return None
        if (answer.driver_id, answer.etag) != (seen.driver_id, seen.etag):
            return None
        return answer if answer.differs_from is None or now < answer.differs_from else None

    def is_current(self, answer: Answer) -> bool:
        """Say whether an answer certainly holds still."""
        seen = self._changes.recall(answer.charge.id)
        return seen is not None and seen.etag == answer.etag


def _answer(look: Look, now: datetime, accept_language: str | None) -> Answer:
    """Return the answer made of what was read."""
    charge = look.charge
    shown = shown_charge(charge, look.hold, now, accept_language)
    text = shown.model_dump_json()
    passing = _PASSING.search(text)
    assert passing is not None, "the shape of a charge has other fields now"  # noqa: S101 - a mistake of ours
    return Answer(
        driver_id=charge.driver_id,
        version=charge.version,
        etag=etag_of(charge.id, charge.version),
        final=shown.final,
        poll_after_s=shown.poll_after_s,
        charge=charge,
        differs_from=differs_from(charge, now),
        before=text[: passing.start()].encode(),
        energy_wh=passing[1].encode(),
        behind=text[passing.end() :].encode(),
    )


def _number(value: int | None) -> bytes:
    return b"null" if value is None else b"%d" % value


async def _answers(request: Request) -> ChargeAnswers:
    found = request.app.state.answers
    assert isinstance(found, ChargeAnswers)  # noqa: S101 - a wiring mistake
    return found


AnswersDep = Annotated[ChargeAnswers, Depends(_answers)]
