"""Logs of the live processes: one line of JSON for each event, with its facts."""

import json
import logging
import subprocess
import sys

from api.logs import JsonLines


def test_an_event_is_one_line_with_its_facts() -> None:
    """The name, when and how grave it was, and what was given along; line breaks of a partner break no line."""
    record = logging.makeLogRecord({"name": "api.x", "levelno": 20, "levelname": "INFO", "msg": "ocpi.exchanged"})
    record.__dict__ |= {"partner_id": "prt_1", "path": "a\nb", "nothing": None}
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert {name: told[name] for name in ("event", "level", "logger", "partner_id", "path")} == {
        "event": "ocpi.exchanged",
        "level": "info",
        "logger": "api.x",
        "partner_id": "prt_1",
        "path": "a\nb",
    }
    assert "nothing" not in told


def test_an_error_is_told_on_the_same_line() -> None:
    """With its traceback inside, and never in place of an event's own name."""
    try:
        raise RuntimeError("why")
    except RuntimeError:
        record = logging.getLogger("api.x").makeRecord("api.x", 40, "", 1, "app.failed", (), sys.exc_info())
    told = json.loads(JsonLines().format(record))
    assert told["event"] == "app.failed"
    assert "RuntimeError: why" in told["error"]


def test_only_our_own_events_are_written_and_only_from_the_level_on() -> None:
    """In a process of its own, since loggers belong to the whole process."""
    lines = (
        "import logging",
        "from api.logs import write_logs",
        "write_logs('info')",
        "logging.getLogger('api.a').info('one', extra={'n': 1})",
        "logging.getLogger('api.a').debug('two')",
        "logging.getLogger('httpx').info('three')",
        "logging.getLogger('clients.a').warning('four')",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter, fixed words
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["one", "four"]
