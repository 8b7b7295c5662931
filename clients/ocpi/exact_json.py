"""JSON without loss: every number that is not whole becomes an exact ``Decimal``, and comes out as it went in.

Lives here: text to values and back. Does not live here: what the values mean (``v*/wire``). Numbers in OCPI are JSON
numbers with four or more decimals (2.2.1 chapter 16, number), so binary floating point is never good enough for them.
"""

from decimal import Decimal

import msgspec

from clients.ocpi.unreadable import NotJson

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def parse(body: bytes) -> object:
    """Decode a JSON body; raises NotJson for truncated text, NaN, bad UTF-8, absurd numbers and absurd nesting."""
    text = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        value: object = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotJson(f"body: {error}") from None
    except RecursionError:
        raise NotJson("body: nested too deeply") from None
    except ArithmeticError:
        raise NotJson("body: a number has an absurd exponent") from None
    return value


def dump(value: object) -> str:
    """Write a value from ``parse`` (or our own dicts with str, int, Decimal, bool, None) as compact JSON text."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeError as error:
        raise NotJson(f"text: {error}") from None
    except RecursionError:
        raise NotJson("body: nested too deeply") from None
