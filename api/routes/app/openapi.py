"""The OpenAPI document, completed: FastAPI drops every null from examples and documents problems as plain JSON.

Lives here: putting back the whole examples of the shapes, and the schema of the problem document that all operations
refer to. What an operation may answer stands beside the operation.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.routes.app.openapi_open import open_answers
from api.routes.app.problems import Problem
from api.routes.app.shapes import Shape, problems

_BODY_PROBLEMS = {
    status: each for status, each in problems(body_too_large=413, body_too_slow=408).items() if status in (408, 413)
}
_REFERENCE = "#/components/schemas/{model}"


def publish(app: FastAPI) -> None:
    """Let ``app`` publish the completed document; it is made once, when first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents for changing the document


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        servers=app.servers,
    )
    schemas = document["components"]["schemas"]
    _, problem = models_json_schema([(Problem, "serialization")], ref_template=_REFERENCE)
    schemas.update(problem["$defs"])
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method != "get":  # what BodyBounds refuses before the operation is asked
                operation["responses"] |= {str(status): each for status, each in _BODY_PROBLEMS.items()}
    for shape in _shapes(Shape):
        extra = shape.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and "examples" in extra and shape.__name__ in schemas:
            schemas[shape.__name__]["examples"] = extra["examples"]
    open_answers(document)
    return document


def _shapes(base: type[Shape]) -> Iterator[type[Shape]]:
    """Yield every shape there is."""
    for shape in base.__subclasses__():
        yield shape
        yield from _shapes(shape)
