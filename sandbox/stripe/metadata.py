"""Metadata of objects. Answers to https://docs.stripe.com/api/metadata."""

from sandbox.stripe.errors import Obj, bad_parameter

_MOST_KEYS, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


def merge_metadata(current: Obj, change: Obj | str | None) -> Obj:
    """Return ``current`` with ``change`` applied: an empty value unsets one key, an empty string all of them.

    Raises ``StripeFailure`` beyond 50 keys, 40 characters a key or 500 a value.
    """
    if change is None:
        return dict(current)
    if isinstance(change, str):
        return {}
    for key, value in change.items():
        if len(key) > _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            raise bad_parameter("Metadata key or value too long.", param=f"metadata[{key}]")
    merged = {key: value for key, value in {**current, **change}.items() if value != ""}
    if len(merged) > _MOST_KEYS:
        raise bad_parameter("Too many metadata keys.", param="metadata")
    return merged
