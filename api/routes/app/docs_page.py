"""The documentation page at ``/v1/docs``: the OpenAPI document as plain HTML, without any script."""

import json
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

Node = dict[str, Any]
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{background:#f4f4f4;padding:.75rem;overflow:auto}"
    "h3{margin-top:2.5rem}td,th{text-align:left;vertical-align:top;padding:.15rem .75rem .15rem 0}"
)
_PREFIX = "#/components/schemas/"


def serve_page(app: FastAPI) -> None:
    """Serve the page beside the document; it is made once, when first asked for."""
    made: list[str] = []

    async def page(_request: Request) -> HTMLResponse:
        if not made:
            made.append(render(app.openapi()))
        return HTMLResponse(made[0])

    app.add_route("/docs", page, include_in_schema=False)


def html_page(title: str, body: str) -> str:
    """Return a whole page."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>{body}</body></html>'
    )


def render(document: Node) -> str:
    """Return the page of a document: a list of contents by tag, then every operation."""
    by_tag: dict[str, list[tuple[str, str, Node]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append((method, path, operation))
    info = document["info"]
    head = f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    head += "".join(f"<p>{_inline(each)}</p>" for each in info["description"].strip().split("\n\n"))
    head += '<p>The same as <a href="/v1/openapi.json">OpenAPI 3.1: /v1/openapi.json</a>; '
    head += '<a href="/problems">all problems</a>.</p>'
    contents, operations = [], []
    for tag, found in by_tag.items():
        links = (f'<li><a href="#{each["operationId"]}">{escape(each["summary"])}</a></li>' for _, _, each in found)
        contents.append(f"<li>{escape(tag)}<ul>{''.join(links)}</ul></li>")
        operations.append(f"<h2>{escape(tag)}</h2>" + "".join(_operation(document, *each) for each in found))
    return html_page(info["title"], f"{head}<ul>{''.join(contents)}</ul>{''.join(operations)}")


def _operation(document: Node, method: str, path: str, operation: Node) -> str:
    parts = [
        f'<h3 id="{operation["operationId"]}">{escape(operation["summary"])}</h3>',
        f"<p><code>{method.upper()} /v1{escape(path)}</code></p><p>{_inline(operation.get('description', ''))}</p>",
    ]
    if rows := "".join(map(_parameter, operation.get("parameters", []))):
        parts.append(f"<table><tr><th>parameter</th><th>in</th><th></th></tr>{rows}</table>")
    parts.append(_content(document, "Request", operation.get("requestBody", {})))
    for status, answer in operation["responses"].items():
        if status < "400":
            parts.append(_content(document, f"Answer {status}", answer))
    problems = [
        f'<tr><td>{status}</td><td><a href="/problems/{each["value"]["code"]}">{each["value"]["code"]}</a></td></tr>'
        for status, answer in operation["responses"].items()
        for each in answer.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
    ]
    return "".join(parts) + f"<details><summary>Problems</summary><table>{''.join(problems)}</table></details>"


def _parameter(parameter: Node) -> str:
    name, place = escape(parameter["name"]), escape(parameter["in"])
    must = " (required)" if parameter.get("required") else ""
    words = _inline(parameter.get("description", ""))
    return f"<tr><td><code>{name}</code>{must}</td><td>{place}</td><td>{words}</td></tr>"


def _content(document: Node, title: str, body: Node) -> str:
    content = body.get("content", {}).get("application/json")
    if content is None:
        return f"<p>{title}: {', '.join(map(escape, body['content']))}</p>" if body.get("content") else ""
    name = str(content["schema"].get("$ref", "")).removeprefix(_PREFIX)
    examples = document["components"]["schemas"].get(name, {}).get("examples", [])
    shown = "".join(f"<pre>{escape(json.dumps(each, indent=2, ensure_ascii=False))}</pre>" for each in examples[:1])
    return f"<p>{title}: {escape(name)}</p>{shown}"


def _inline(text: str) -> str:
    """Return words of the document as HTML, code in backquotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
