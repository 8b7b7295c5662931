"""Which language the app asks for: the header ``Accept-Language``, phones list the best first."""

from typing import Annotated

from fastapi import Header

AcceptLanguage = Annotated[str | None, Header(max_length=200, description="Such as `de`; English without it.")]


def wishes_of(accept_language: str | None) -> list[str]:
    """Return the languages of an Accept-Language header in its order; phones list the best first."""
    return [part.split(";")[0].strip() for part in (accept_language or "").split(",")]
