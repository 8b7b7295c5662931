"""What the live processes say of themselves: one line of JSON for each event, on standard error.

An event is the dotted name that the code logs, with its facts beside it. Nothing else decides what is logged.
"""

import json
import logging
from datetime import UTC, datetime

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
OURS = ("api", "clients")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: when, how grave, from where, what, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; what JSON has no form for is shown as text."""
        facts = {name: value for name, value in vars(record).items() if name not in _USUAL and value is not None}
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "event": record.getMessage()}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(facts | line, default=str, ensure_ascii=False)


def write_logs(level: str) -> None:
    """Have our own events written from ``level`` (``info``, ``warning`` ...) on; others' loggers stay as they are."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    for name in OURS:
        logger = logging.getLogger(name)
        logger.setLevel(level.upper())
        logger.handlers = [handler]
        logger.propagate = False
