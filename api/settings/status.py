"""What an operator may set of the public status page: what is promised, where things live, where it is kept."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings

from api.domain.support.availability import StatusRules


class StatusSettings(BaseSettings):
    """Nothing is promised unless it is set."""

    status_file: Path | None = None
    """The snapshot that the page is served from; by default ``status.json`` in ``data_dir``.

    The worker writes it and the web processes read it: on several machines, put it where all see it. A web process that
    sees none reads the database while that answers.
    """
    status_probe_url: str | None = None
    """Where the worker asks whether the app API is ready; by default ``/readyz`` below ``public_url``."""
    slo_percent: Annotated[Decimal, Field(gt=0, lt=100)] | None = None
    """The share of a month in which the service promises to be there, such as 99.7; None: no promise is published."""
    hosting_region: str | None = None
    """Where the service and its data are hosted, in words for the public, such as ``Frankfurt am Main, Germany``."""
    status_incident_minutes: PositiveInt = 10
    """How long an incident that opened by itself stays open at least."""

    def status_rules(self, public_url: str) -> StatusRules:
        """Return what the status page promises, as services want it."""
        return StatusRules(
            slo_percent=self.slo_percent,
            hosting_region=self.hosting_region,
            shortest_incident=timedelta(minutes=self.status_incident_minutes),
            probe_url=self.status_probe_url or f"{public_url.rstrip('/')}/readyz",
        )

    def status_path(self, data_dir: Path) -> Path:
        """Return where the snapshot is."""
        return self.status_file or data_dir / "status.json"
