"""The OpenAPI document is complete: ids, summaries, examples that hold, and the problems of every operation."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest

from api.routes.app.problem_texts import TEXTS
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
async def document(app: App) -> dict[str, Any]:
    """Return the published document."""
    async with app.http as client:
        answer = await client.get("/v1/openapi.json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Yield every operation with its method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference into the document."""
    while "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def body_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """Return the documented example of an operation's body, if it has one: files have none."""
    shape = operation.get("requestBody", {"content": {}})["content"].get("application/json")
    return None if shape is None else resolved(document, shape["schema"])["examples"][0]


@pytest.mark.capability("A03")
def test_every_shape_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    """Generators make a class or file of each name: none is a module's path, and no two differ by their case only."""
    names = list(document["components"]["schemas"])
    assert [each for each in names if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", each)] == []
    assert len({each.lower() for each in names}) == len(names)


def test_the_document_is_the_whole_of_the_api(document: dict[str, Any]) -> None:
    """It is OpenAPI 3.1, served from /v1, with the operations that the app needs."""
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/v1"}]
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {
        "signIn", "refreshToken", "signOut", "getMe", "listLocations", "resolveConnector", "createQuote",
        "startChargingSession", "getChargingSession", "getActiveChargingSession", "listChargingSessions",
        "streamChargingSession", "stopChargingSession", "cancelChargingSession", "getReceipt",
        "getChargingSessionTimeline", "listNotices", "listReceipts", "getReceiptPdf", "resendReceipt",
    }  # fmt: skip


@pytest.mark.capability("A01")
def test_every_operation_is_described(document: dict[str, Any]) -> None:
    """Each has an id in camelCase, a short summary, a description and a tag (A01)."""
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["operationId"][0].islower(), where
        assert operation["operationId"].isalnum(), where
        assert 0 < len(operation["summary"]) <= 60, where
        assert operation["description"].endswith("."), where
        assert operation["tags"], where


@pytest.mark.capability("A01")
def test_every_body_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    """Requests and answers come with examples, and each example fits its own schema."""
    checked = 0
    for method, path, operation in operations(document):
        bodies = [operation.get("requestBody", {})]
        bodies += [each for status, each in operation["responses"].items() if status.startswith("2")]
        for body in bodies:
            content = body.get("content", {}).get("application/json")
            if content is None:
                continue
            schema = resolved(document, content["schema"])
            assert schema["examples"], f"{method} {path}"
            whole = schema | {"components": document["components"]}
            for example in schema["examples"]:
                jsonschema.validate(example, whole, cls=jsonschema.Draft202012Validator)
                checked += 1
    assert checked >= 20


@pytest.mark.capability("A01")
def test_every_operation_names_its_problems(document: dict[str, Any]) -> None:
    """Each tells its problems by status with an example of each code; those behind a sign-in tell 401."""
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        problems = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
        assert {"400", "422", "500", "503"} <= set(problems), where
        if "security" in operation:
            assert "401" in problems, where
        if method != "get":
            assert {"408", "413"} <= set(problems), where
        for status, each in problems.items():
            assert set(each["content"]) == {"application/problem+json"}, f"{where} {status}"
            examples = each["content"]["application/problem+json"]["examples"]
            assert examples, f"{where} {status}"
            assert all(example["value"]["status"] == int(status) for example in examples.values()), where
            assert set(examples) <= set(TEXTS), where


def needs_token(operation: dict[str, Any]) -> bool:
    """Say whether an operation works with an access token only; an empty alternative says that it need not."""
    return {} not in operation.get("security", [{}])


def test_only_signing_in_needs_no_access_token(document: dict[str, Any]) -> None:
    """The bearer token is asked for by all but signing in, joining, help, words, and what a signature opens."""
    open_to_all = {operation["operationId"] for _, _, operation in operations(document) if not needs_token(operation)}
    assert open_to_all == {
        "signIn", "refreshToken", "signOut", "signUp", "activateAccount", "resendActivation", "correctAddress",
        "requestPasswordReset", "resetPassword", "listNoticeTexts", "listWebhookEvents",
        "complainAsGuest",
        "listSupportContacts", "getBestContact",
        "listArticles", "getArticle", "listArticleRevisions", "getArticleRevision", "noteArticleOpened",
        "voteOnArticle", "getCode", "listHelpTopics",
    }  # fmt: skip


@pytest.mark.capability("A22")
def test_no_number_is_a_fraction(document: dict[str, Any]) -> None:
    """No field of any answer is a floating number: money and energy are integers, prices exact text (A22)."""
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Request"):
            continue
        for field, rule in schema.get("properties", {}).items():
            kinds = {rule.get("type"), *(each.get("type") for each in rule.get("anyOf", []))}
            assert "number" not in kinds, f"{name}.{field}"


@pytest.mark.capability("A22")
async def test_the_examples_of_money_are_whole(document: dict[str, Any]) -> None:
    """Money is always the pair of whole minor units and a currency."""
    amount = document["components"]["schemas"]["Amount"]
    assert amount["properties"]["amount_minor"]["type"] == "integer"
    assert set(amount["required"]) == {"amount_minor", "currency"}


async def test_every_protected_operation_refuses_strangers(document: dict[str, Any], anyone: httpx.AsyncClient) -> None:
    """Called without a token, each operation behind the sign-in answers 401, generated from the document (X4)."""
    for method, path, operation in operations(document):
        if not needs_token(operation):
            continue
        url = "/v1" + path.replace("{charging_session_id}", "chs_1")
        required = [each for each in operation.get("parameters", []) if each["in"] == "query" and each["required"]]
        query = {each["name"]: "1,1,2,2" for each in required}
        body = body_of(document, operation)
        answer = await anyone.request(method, url, params=query, json=body, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 401, f"{method} {path}: {answer.text}"


@pytest.mark.capability("A36")
async def test_every_operation_refuses_unknown_parameters(document: dict[str, Any], ada: Someone) -> None:
    """A parameter that is nowhere declared is a 400 that names it, on every operation, generated from the document."""
    for method, path, operation in operations(document):
        url = "/v1" + re.sub(r"{\w+}", "chs_1", path)
        required = [each for each in operation.get("parameters", []) if each["in"] == "query" and each.get("required")]
        query = {each["name"]: "1,1,2,2" for each in required} | {"of_nobody": "1"}
        body, key = body_of(document, operation), {"Idempotency-Key": f"key-{operation['operationId']}"}
        answer = await ada.http.request(method, url, params=query, json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown-query-parameter"), f"{method} {path}"
        assert answer.json()["facts"] == {"unknown": ["of_nobody"]}


async def test_every_operation_hides_another_drivers_charge(
    document: dict[str, Any], ada: Someone, bob: Someone, places: dict[str, str]
) -> None:
    """With the id of somebody else's charge each operation answers as for one that never was (X4)."""
    theirs = (await ada.start(places[POST])).json()
    asked = 0
    for method, path, operation in operations(document):
        if "{charging_session_id}" not in path:
            continue
        url = "/v1" + re.sub(r"\{[a-z_]+\}", "tml_1", path.replace("{charging_session_id}", theirs["id"]))
        body = body_of(document, operation)
        for more in ({}, {"If-None-Match": "*"}, {"Last-Event-ID": "1"}):
            headers = more | ({"Idempotency-Key": "key-2"} if method == "post" else {})
            answer = await bob.http.request(method, url, json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown-charging-session"), f"{method} {path}"
        asked += 1
    assert asked >= 6
    assert (await ada.http.get(theirs["url"])).json()["failure_code"] is None


async def test_the_documentation_page_is_there(anyone: httpx.AsyncClient) -> None:
    """People read the same document at /v1/docs."""
    answer = await anyone.get("/v1/docs")
    assert answer.status_code == 200
    assert "/v1/openapi.json" in answer.text
    assert "<script" not in answer.text
    assert "https://" not in re.sub(r"https://[\w.]*example(\.com)?\b", "", answer.text)
