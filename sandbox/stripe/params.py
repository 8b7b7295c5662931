"""Check a request's parameters against the SDK's parameter types and coerce form strings to their types.

Refuses what Stripe refuses: unknown names, wrong types, values outside a closed list, missing names, empty values.
Answers to https://docs.stripe.com/api/errors; the schemas come from ``param_schema``.
"""

import re
from typing import Any

from sandbox.stripe.errors import Obj, StripeFailure, bad_parameter
from sandbox.stripe.param_schema import Schema, schema_for

_INTEGER = re.compile(r"^-?\d+$")
_BOOLEANS = {"true": True, "false": False}


def check_params(type_name: str, tree: Obj) -> Obj:
    """Return ``tree`` with every string coerced to its type.

    Raises ``StripeFailure`` (400, not kept by an idempotency key) for what the type does not allow.
    """
    schema = schema_for(type_name)
    coerced: Obj = _Check(schema["$defs"]).group(schema, tree, "")
    return coerced


class _Check:
    """One walk over a request; remembers the definitions its schema refers to."""

    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def value(self, schema: Schema, value: Any, path: str) -> Any:
        if "$ref" in schema:
            schema = self._definitions[schema["$ref"].rsplit("/", 1)[1]]
        if "anyOf" in schema:
            return self._any_of(schema["anyOf"], value, path)
        if "enum" in schema:
            return _one_of(schema["enum"], value, path)
        kind = schema.get("type")
        if kind == "object":
            return self.group(schema, value, path)
        if kind == "array":
            return self._list(schema, value, path)
        return _scalar(schema, value, path)

    def group(self, schema: Schema, value: Any, path: str) -> Obj:
        if not isinstance(value, dict):
            raise bad_parameter(f"{path} must be a group of parameters.", param=path)
        properties = schema.get("properties")
        if properties is None:
            return {name: self.value(schema["additionalProperties"], v, _join(path, name)) for name, v in value.items()}
        for name in value:
            if name not in properties:
                full = _join(path, name)
                raise bad_parameter(f"Unknown parameter: {full}.", code="parameter_unknown", param=full)
        for name in schema["required"]:
            if name not in value:
                full = _join(path, name)
                raise bad_parameter(f"Required parameter not given: {full}.", code="parameter_missing", param=full)
        return {name: self.value(properties[name], v, _join(path, name)) for name, v in value.items()}

    def _list(self, schema: Schema, value: Any, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(name.isdigit() for name in value):
            raise bad_parameter(f"{path} must be a list.", param=path)
        items = [value[name] for name in sorted(value, key=int)]
        return [self.value(schema["items"], item, f"{path}[{index}]") for index, item in enumerate(items)]

    def _any_of(self, choices: list[Schema], value: Any, path: str) -> Any:
        refusal: StripeFailure | None = None
        for choice in choices:
            try:
                return self.value(choice, value, path)
            except StripeFailure as failure:
                # The refusal worth telling is the one from the alternative of the value's own form.
                if refusal is None or isinstance(value, dict):
                    refusal = failure
        assert refusal is not None
        raise refusal


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _one_of(allowed: list[Any], value: Any, path: str) -> Any:
    if value in allowed:
        return value
    raise bad_parameter(f"Invalid {path}: must be one of {', '.join(map(str, allowed))}.", param=path)


def _scalar(schema: Schema, value: Any, path: str) -> Any:
    if not isinstance(value, str):
        raise bad_parameter(f"{path} must be a single value.", param=path)
    kind = schema.get("type")
    if kind == "string":
        if not value and not schema.get("x-may-be-empty") and not path.startswith("metadata["):
            raise bad_parameter(f"{path} is empty.", code="parameter_invalid_empty", param=path)
        return value
    if kind == "integer":
        if not _INTEGER.match(value):
            raise bad_parameter(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        return int(value)
    if kind == "boolean":
        if value not in _BOOLEANS:
            raise bad_parameter(f"Invalid boolean: {value}", param=path)
        return _BOOLEANS[value]
    return value
