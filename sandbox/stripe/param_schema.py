"""Turn the SDK's request parameter types (``stripe.params.*``, TypedDicts) into JSON Schema.

They are generated from the same source as Stripe's API, at the pinned version, so a schema built from them refuses what
Stripe would refuse. Only building happens here; ``params`` applies the result to a request.
"""

import sys
import types
from functools import cache
from operator import attrgetter
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import typing_extensions
from stripe import params as sdk_params
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject

Schema = dict[str, Any]

_SCALARS: dict[Any, Schema] = {
    int: {"type": "integer"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
}
_OPTION_KEYS = frozenset(RequestOptions.__annotations__)
_NAMES = {"UntypedStripeObject": UntypedStripeObject}


@cache
def schema_for(type_name: str) -> Schema:
    """Return the JSON Schema (2020-12) of the parameter type ``type_name``, for example ``RefundCreateParams``."""
    definitions: Schema = {}
    root = _object_schema(attrgetter(type_name)(sdk_params), definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}


def _object_schema(cls: Any, definitions: Schema) -> Schema:
    hints = _hints(cls)
    required = sorted(name for name in cls.__required_keys__ if name in hints)
    return {
        "type": "object",
        "properties": {name: _schema(hint, definitions) for name, hint in hints.items()},
        "required": required,
        "additionalProperties": False,
    }


def _hints(cls: Any) -> dict[str, Any]:
    """Return the parameter types of a TypedDict without the request options (api_key, idempotency_key …)."""
    module = vars(sys.modules[cls.__module__])
    own = {name: hint for name, hint in cls.__annotations__.items() if name not in _OPTION_KEYS}
    # A bare class carries the filtered hints: the options name types that exist for type checkers only.
    holder = type("Holder", (), {"__annotations__": own})
    return typing_extensions.get_type_hints(holder, globalns=module, localns={**module, **_NAMES})


def _schema(hint: Any, definitions: Schema) -> Schema:
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if hint is Any or isinstance(hint, TypeVar):
        return {}
    if typing_extensions.is_typeddict(hint):
        return _reference(hint, definitions)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return _union(arguments, definitions)
    if origin in (list, typing_extensions.Sequence):
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is dict or origin is UntypedStripeObject:
        return {"type": "object", "additionalProperties": _schema(arguments[-1], definitions)}
    raise TypeError(f"no JSON Schema for the parameter type {hint!r}")


def _reference(hint: Any, definitions: Schema) -> Schema:
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}  # the name stands before the content: types may refer to themselves
        definitions[hint.__name__].update(_object_schema(hint, definitions))
    return {"$ref": f"#/$defs/{hint.__name__}"}


def _union(members: tuple[Any, ...], definitions: Schema) -> Schema:
    """Return the schema of a union; ``Literal | str`` is a closed list, except that ``""`` alone means "or empty"."""
    literals = [value for member in members if get_origin(member) is Literal for value in get_args(member)]
    others = [member for member in members if get_origin(member) is not Literal and member is not type(None)]
    if str in others and literals and literals != [""]:
        others.remove(str)
    elif str in others and literals:
        literals = []  # a string that may be empty
        return {"anyOf": [{"type": "string", "x-may-be-empty": True}, *_schemas(others, definitions, without=str)]}
    found: list[Schema] = [{"enum": literals}] if literals else []
    found += _schemas(others, definitions)
    return found[0] if len(found) == 1 else {"anyOf": found}


def _schemas(members: list[Any], definitions: Schema, *, without: Any = None) -> list[Schema]:
    unique: list[Schema] = []
    for member in members:
        if member is without:
            continue
        built = _schema(member, definitions)
        if built not in unique:
            unique.append(built)
    return unique
