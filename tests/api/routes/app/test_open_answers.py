"""Answers may grow: values and fields that an app does not know are within the contract; what goes is announced."""

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema
import pytest
from fastapi import APIRouter

from api.routes.app.guards import going
from api.routes.app.openapi_open import MORE, open_answers
from api.routes.app.problem_text import NextAction
from api.routes.app.problem_texts import TEXTS
from tests.api.routes.app.conftest import App, Someone
from tests.published import current

Node = dict[str, Any]
TOMORROW = "a_value_of_tomorrow"


def answer_shapes(document: Node) -> Iterator[tuple[str, Node]]:
    """Yield the schemas of all good JSON answers with their operation."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json")
                if status < "400" and content:
                    name = content["schema"]["$ref"].rpartition("/")[2]
                    yield operation["operationId"], document["components"]["schemas"][name]


def grown(document: Node, schema: Node, value: Any) -> Any:
    """Return an answer of a later version: a new field in every object, a new value in every list that may grow."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for each in schema.get("anyOf", []):
        if value is not None and each.get("type") != "null":
            return grown(document, each, value)
    if "x-extensible-enum" in schema:
        return TOMORROW
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        whole = {name: grown(document, known.get(name, {}), each) for name, each in value.items()}
        return whole if schema.get("additionalProperties") is False else whole | {TOMORROW: 1}
    if isinstance(value, list):
        return [grown(document, schema.get("items", {}), each) for each in value]
    return value


@pytest.mark.capability("A04")
def test_no_answer_promises_a_closed_list() -> None:
    """An ``enum`` below an answer would let strict clients break; shapes are either asked or answered, or both open."""
    document = current()
    for operation, schema in answer_shapes(document):
        for example in schema["examples"]:
            later = grown(document, schema, example)
            whole = schema | {"components": document["components"]}
            assert TOMORROW in str(later), operation
            jsonschema.validate(later, whole, cls=jsonschema.Draft202012Validator)


@pytest.mark.capability("A04")
def test_a_list_that_requests_and_answers_share_is_open_in_answers_only() -> None:
    """The request keeps its closed list, the answer gets a copy that says that more may come."""
    kind = {"type": "string", "enum": ["a", "b"]}
    shape = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"kind": {"$ref": "#/components/schemas/Kind"}},
    }
    schemas: Node = {"Kind": kind, "Asked": shape, "Shown": copy.deepcopy(shape)}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}}}
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shown"}}}}
    document: Node = {"paths": {"/x": {"post": {"requestBody": body, "responses": {"200": answer}}}}}
    document["components"] = {"schemas": schemas}
    open_answers(document)
    assert schemas["Kind"] == {"type": "string", "enum": ["a", "b"]}
    assert schemas["KindAnswer"] == {"type": "string", "x-extensible-enum": ["a", "b"], "description": MORE}
    assert schemas["Asked"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Shown"]
    assert schemas["Shown"]["properties"] == {"kind": {"$ref": "#/components/schemas/KindAnswer"}}


def test_no_example_has_a_field_that_is_not_described() -> None:
    """Answers may have more fields, but examples show only those of today: a mistyped one would be believed."""
    document = current()
    strict = copy.deepcopy(document["components"])
    for schema in strict["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    for operation, schema in answer_shapes(document | {"components": strict}):
        for example in schema["examples"]:
            errors = list(jsonschema.Draft202012Validator(schema | {"components": strict}).iter_errors(example))
            assert errors == [], operation


@pytest.mark.capability("A05")
async def test_the_type_of_every_problem_leads_to_its_words(app: App) -> None:
    """``/problems/{code}`` tells what it is and what to do; the list has all; a code that is none is 404."""
    async with app.http as client:
        everything = (await client.get("/problems")).text
        for code in TEXTS:
            wire = code.replace("_", "-")
            answer = await client.get(f"/problems/{wire}")
            assert answer.status_code == 200
            assert TEXTS[code].next_action.value in answer.text
            assert f'href="/problems/{wire}"' in everything
        assert (await client.get("/problems/never-heard-of")).status_code == 404
    assert {text.next_action for text in TEXTS.values()} <= set(NextAction)


@pytest.mark.capability("A32")
async def test_what_goes_is_announced(app: App, ada: Someone) -> None:
    """An operation declared as going says since when and until when; others say nothing."""
    router = APIRouter()

    @router.get("/old", **going(since=date(2026, 1, 1), until=date(2026, 12, 31)))
    async def old() -> str:
        return "still here"

    v1 = next(route for route in app.app.router.routes if getattr(route, "path", "") == "/v1")
    v1.app.include_router(router)  # type: ignore[attr-defined]  # the mount of the app API
    answer = await ada.http.get("/v1/old")
    assert answer.headers["Deprecation"] == "@1767225600"
    assert answer.headers["Sunset"] == "Thu, 31 Dec 2026 00:00:00 GMT"
    assert "Sunset" not in (await ada.http.get("/v1/me")).headers
