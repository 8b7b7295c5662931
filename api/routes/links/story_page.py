"""The page behind a flight recorder link: for the hotline of an operator, so in English; no script, nothing loaded."""

from html import escape
from typing import Final

from api.services.owners.links import Opened
from api.services.owners.technical import Story

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:52rem;margin:1.5rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem}dt{font-weight:600}dd{margin:0 0 .3rem}"
    "time{font-variant-numeric:tabular-nums;color:#444}.bad{color:#9b1c1c;font-weight:600}"
    "table{border-collapse:collapse}th,td{text-align:left;padding:.15rem .75rem .15rem 0}"
)
_GONE: Final = "This link has run out, or was revoked. Ask for a new one."
_UNKNOWN: Final = "There is no such link."


def story_page(opened: Opened, our_name: str) -> str:
    """Return a charge's technical story as a page."""
    story = opened.story
    until = f"{opened.expires_at:%Y-%m-%d %H:%M} UTC"
    body = (
        f"<p>What {escape(our_name)} knows of one charge at your charger, without anything personal. All times are UTC;"
        f" this link works until {until}.</p>{_facts(story)}<h2>What happened</h2>{_steps(story)}"
        f"<h2>Meter</h2>{_readings(story)}"
    )
    return _page(f"Charge at {story.charger}", body, our_name)


def no_story_page(our_name: str, *, gone: bool) -> str:
    """Return the page of a link that works no more, or that we never made."""
    told = _GONE if gone else _UNKNOWN
    return _page("No timeline", f"<p>{told}</p>", our_name)


def _page(title: str, body: str, our_name: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} – {escape(our_name)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def _facts(story: Story) -> str:
    rows = (
        ("Charger", f"{story.charger}, connector {story.connector}"),
        ("Place", story.place),
        ("Asked for", f"{story.started_at:%Y-%m-%d %H:%M:%S}"),
        ("Stands", story.status.replace("_", " ")),
        ("Energy", f"{story.kwh:.3f} kWh"),
        ("Failed", (story.failure or "").replace("_", " ")),
        ("Ended by", (story.stopped_by or "").replace("_", " ")),
        ("Your session", ", ".join(story.session_ids)),
    )
    return f"<dl>{''.join(f'<dt>{name}</dt><dd>{escape(told)}</dd>' for name, told in rows if told)}</dl>"


def _steps(story: Story) -> str:
    lines = (
        f"<li{' class=bad' if step.bad else ''}><time>{step.at:%Y-%m-%d %H:%M:%S}</time> {escape(step.what)}"
        f"{': ' + escape(step.told) if step.told else ''}</li>"
        for step in story.steps
    )
    return f"<ol>{''.join(lines)}</ol>"


def _readings(story: Story) -> str:
    if not story.readings:
        return "<p>No reading came.</p>"
    rows = (
        f"<tr><td><time>{at:%H:%M:%S}</time></td><td>{kwh:.3f}</td><td>{'yes' if flows else 'no'}</td></tr>"
        for at, kwh, flows in story.readings
    )
    head = "<tr><th>UTC</th><th>kWh</th><th>Energy flows</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
