"""The header with which the app says in which language it wants texts."""

from typing import Annotated

from fastapi import Header

AcceptLanguage = Annotated[str | None, Header(max_length=200, description="Such as `de`; English without it.")]
