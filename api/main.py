"""The live web process: ``uvicorn api.main:app``. Settings come from the environment, ports from the wiring."""

import gc

from fastapi import FastAPI

from api.db import database_url, make_engine
from api.factory import create_app
from api.logs import write_logs
from api.settings import Settings
from api.wiring import build_ports


def build() -> FastAPI:
    """Return the live application; starts the embedded database if no other is named."""
    settings = Settings()
    write_logs(settings.log_level)
    engine = make_engine(database_url(settings), pool_size=settings.database_pool_size, role=settings.database_role)
    application = create_app(settings, build_ports(settings), engine)
    keep_for_good()
    return application


def keep_for_good() -> None:
    """Spare the collector what lives as long as the process, and look for cycles in what is younger less often.

    Partners' pushes make many short-lived objects and next to no cycles: by default a tenth of their time goes there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def __getattr__(name: str) -> FastAPI:
    """Build ``app`` when a server asks for it, so that importing this module touches nothing."""
    if name != "app":
        raise AttributeError(name)
    application = build()
    globals()["app"] = application
    return application
