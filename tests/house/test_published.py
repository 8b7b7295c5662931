"""The published contract of the app API: it is fresh, breaks no app, and every error that it names has its page."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from api.routes.app.problem_texts import TEXTS
from tests.house.breaking import Comparer
from tests.house.pages import ERRORS, contract_text, errors_page, published
from tests.published import CONTRACT, current

Node = dict[str, Any]


@pytest.mark.capability("A02", "A32")
def test_no_app_that_was_built_against_the_contract_breaks() -> None:
    """Nothing that `docs/openapi/v1.json` promises is taken back within ``/v1``: add, never narrow."""
    assert Comparer(published(), current()).breaks() == [], "keep what apps rely on; a new shape needs a new name"


@pytest.mark.capability("A02")
def test_the_contract_is_fresh() -> None:
    """What was added is published too; ``make docs`` writes it."""
    assert CONTRACT.read_text(encoding="utf-8") == contract_text(current()), "stale: run `make docs`"


@pytest.mark.capability("A05")
def test_every_error_has_its_words_on_the_page() -> None:
    """``docs/errors.md`` has an anchor for every code there is; ``make docs`` writes it."""
    page = ERRORS.read_text(encoding="utf-8")
    assert page == errors_page(current()), "stale: run `make docs`"
    assert [code for code in TEXTS if f'<a id="{code.replace("_", "-")}"></a>' not in page] == []


def _document() -> Node:
    """Return a small contract with everything that the comparer looks at."""
    order = {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string", "maxLength": 10},
            "size": {"enum": ["s", "m"], "type": "string"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
    shown = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shown"}}}}
    limit = {"in": "query", "name": "limit", "required": False, "schema": {"type": "integer", "maximum": 9}}
    operation = {"operationId": "order", "parameters": [limit], "requestBody": body, "responses": {"200": shown}}
    schemas = {"Order": order, "Shown": copy.deepcopy(order)}
    return {"paths": {"/orders": {"post": operation}}, "components": {"schemas": schemas}}


def _operation(document: Node) -> Node:
    found: Node = document["paths"]["/orders"]["post"]
    return found


def _shape(document: Node, name: str) -> Node:
    found: Node = document["components"]["schemas"][name]
    return found


BREAKS: dict[str, tuple[Callable[[Node], object], str]] = {
    "operation": (lambda d: d["paths"].pop("/orders"), "POST /orders: removed"),
    "id": (lambda d: _operation(d).update(operationId="x"), "POST /orders: operationId changed from order"),
    "sign-in": (lambda d: _operation(d).update(security=[]), "POST /orders: needs a sign-in now"),
    "parameter": (lambda d: _operation(d).update(parameters=[]), "POST /orders: parameter query limit removed"),
    "must": (
        lambda d: _operation(d)["parameters"][0].update(required=True),
        "POST /orders: parameter query limit is required now",
    ),
    "bound": (
        lambda d: _operation(d)["parameters"][0]["schema"].update(maximum=5),
        "POST /orders query limit: maximum 9 became 5",
    ),
    "answer": (lambda d: _operation(d)["responses"].pop("200"), "POST /orders 200: answer removed"),
    "field": (lambda d: _shape(d, "Order")["properties"].pop("size"), "POST /orders body.size: removed"),
    "needed": (lambda d: _shape(d, "Order")["required"].append("size"), "POST /orders body.size: required now"),
    "null": (
        lambda d: _shape(d, "Order")["properties"].update(note={"type": "string"}),
        "POST /orders body.note: no longer takes null",
    ),
    "value": (
        lambda d: _shape(d, "Order")["properties"]["size"].update(enum=["s"]),
        "POST /orders body.size: values ['s', 'm'] against ['s']",
    ),
    "shown field": (lambda d: _shape(d, "Shown")["properties"].pop("note"), "POST /orders 200.note: removed"),
    "promise": (lambda d: _shape(d, "Shown")["required"].clear(), "POST /orders 200.id: no longer promised"),
    "shown null": (
        lambda d: _shape(d, "Shown")["properties"].update(id={"type": ["string", "null"]}),
        "POST /orders 200.id: may now be null",
    ),
    "shown type": (
        lambda d: _shape(d, "Shown")["properties"].update(id={"type": "integer"}),
        "POST /orders 200.id: may now be integer",
    ),
}


@pytest.mark.capability("A02")
@pytest.mark.parametrize(("change", "told"), BREAKS.values(), ids=BREAKS)
def test_each_kind_of_break_is_found(change: Callable[[Node], object], told: str) -> None:
    """Whatever single thing is taken back, exactly that is told."""
    new = _document()
    change(new)
    assert Comparer(_document(), new).breaks() == [told]


def test_what_is_added_breaks_nobody() -> None:
    """Operations, optional parameters and fields, values that requests may have, problems, wider bounds."""
    new = _document()
    new["paths"]["/more"] = {"get": {"operationId": "more", "responses": {}}}
    _operation(new)["parameters"].append({"in": "query", "name": "x", "required": False, "schema": {}})
    _operation(new)["responses"]["409"] = {}
    _shape(new, "Order")["properties"]["size"]["enum"].append("l")
    _shape(new, "Order")["properties"]["id"]["maxLength"] = 20
    for name in ("Order", "Shown"):
        _shape(new, name)["properties"]["more"] = {"type": "string"}
    _shape(new, "Shown")["required"].append("note")
    assert Comparer(_document(), new).breaks() == []
