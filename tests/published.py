"""The app API's published document, made without a database: what `make docs` writes and what tests compare."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from api.changes import Changes
from api.db import UnitOfWork
from api.routes.app.application import create_app_api
from api.settings import Settings
from tests.fakes import fake_ports

CONTRACT = Path(__file__).parents[1] / "docs" / "openapi" / "v1.json"


@cache
def _text() -> str:
    engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    settings = Settings(public_url="http://app.test")
    app = create_app_api(settings=settings, ports=fake_ports(), work=UnitOfWork(engine), changes=Changes(engine))
    return json.dumps(app.openapi())


def current() -> dict[str, Any]:
    """Return the document as the code says it now."""
    document: dict[str, Any] = json.loads(_text())
    return document
