"""Keys of partners' objects."""

import pytest

from api.services.roaming.keys import UnusableId, child_key, connector_public_id, object_key


def test_keys_ignore_case_and_tell_owners_apart() -> None:
    """OCPI ids are compared without case and are unique within their owner only."""
    assert object_key("prt_1", "de", "cpo", "loc-a") == object_key("prt_1", "DE", "CPO", "LOC-A")
    others = {
        object_key("prt_1", "DE", "CPO", "A"),
        object_key("prt_2", "DE", "CPO", "A"),
        object_key("prt_1", "NL", "CPO", "A"),
        object_key("prt_1", "DE", "OTH", "A"),
    }
    assert len(others) == 4


def test_a_slash_in_an_id_makes_no_other_key() -> None:
    """``a/b`` with ``c`` and ``a`` with ``b/c`` are different EVSEs."""
    left = child_key(object_key("p", "DE", "CPO", "a/b"), "c")
    right = child_key(object_key("p", "DE", "CPO", "a"), "b/c")
    assert left != right


@pytest.mark.parametrize("bad", ["", "x" * 256, "a\x00b", "line\nbreak"])
def test_ids_that_nobody_can_mean_are_refused(bad: str) -> None:
    """Empty, endless and unprintable ids never reach the database."""
    with pytest.raises(UnusableId):
        object_key("p", "DE", "CPO", bad)


def test_a_connector_keeps_its_public_id() -> None:
    """The public id depends on the key alone, so it is the same after every pull."""
    key = child_key(child_key(object_key("p", "DE", "CPO", "L"), "E"), "1")
    assert connector_public_id(key) == connector_public_id(key)
    assert connector_public_id(key).startswith("con_")
    assert connector_public_id(key) != connector_public_id(key + "2")
