"""The sandbox's shared clock: a small file that the service, the virtual CPO and the Stripe stand-in all read.

Holds ``real_anchor`` and ``virtual_anchor`` (Unix seconds) and ``factor``; jumping moves the virtual anchor. Jobs
that wait in PostgreSQL for a wall time are moved along, so that timers fire at the right virtual moment.
"""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

_SHIFT = """
UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - make_interval(secs => $1)
WHERE status = 'todo' AND scheduled_at > now() AND task_name IN ('fire_timer', 'watch_price')
"""
_WAKE = (
    "SELECT pg_notify('procrastinate_queue_v1#' || queue, json_build_object('type', 'job_inserted', 'job_id', 0)::text)"
    " FROM unnest(ARRAY['roaming', 'notices']) AS queue"
)
"""Our workers name their queues, so each listens to its queues' channels; timers wait in these."""


class ClockFile:
    """Sets and moves the sandbox's time."""

    def __init__(self, path: Path) -> None:
        """Use ``path``; nothing is written yet."""
        self.path = path

    def set(self, at: datetime, *, factor: float = 1.0) -> None:
        """Let the sandbox's clock show ``at`` now and run ``factor`` times as fast as the wall."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        anchors = {"real_anchor": time.time(), "virtual_anchor": at.timestamp(), "factor": factor}
        draft = self.path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(anchors))
        draft.replace(self.path)

    def now(self) -> datetime:
        """Return what the sandbox's clock shows."""
        anchors = json.loads(self.path.read_text())
        passed = (time.time() - anchors["real_anchor"]) * anchors["factor"]
        return datetime.fromtimestamp(anchors["virtual_anchor"] + passed, UTC)

    async def jump(self, seconds: float, connection: asyncpg.Connection) -> None:
        """Move the clock ahead by ``seconds``, and with it the jobs that wait for a timer."""
        self.set(datetime.fromtimestamp(self.now().timestamp() + seconds, UTC))
        await connection.execute(_SHIFT, seconds)
        await connection.execute(_WAKE)
