"""Secrets at rest."""

import pytest

from api.services.roaming.sealing import SealBroken, derived_secret, digest, seal, unseal

KEY = bytes(range(32))


def test_a_sealed_token_is_read_back_and_never_looks_like_itself() -> None:
    """What is sealed comes back whole, is not visible in the sealed text, and looks different every time."""
    sealed = seal(KEY, "a-partner's-token-é", owner="prt_1")
    assert unseal([KEY], sealed, owner="prt_1") == "a-partner's-token-é"
    assert "token" not in sealed
    assert seal(KEY, "a-partner's-token-é", owner="prt_1") != sealed


@pytest.mark.parametrize(
    ("key", "owner", "spoil"),
    [
        (bytes(32), "prt_1", False),
        (KEY, "prt_2", False),
        (KEY, "prt_1", True),
    ],
)
def test_a_seal_opens_only_with_its_key_for_its_owner_and_unchanged(key: bytes, owner: str, spoil: bool) -> None:
    """Another key, another partner's row or a changed byte: nothing is read."""
    sealed = seal(KEY, "secret", owner="prt_1")
    if spoil:
        sealed = ("A" if sealed[0] != "A" else "B") + sealed[1:]
    with pytest.raises(SealBroken):
        unseal([key], sealed, owner=owner)


def test_garbage_is_no_seal() -> None:
    """What never was a sealed text is refused in the same way."""
    with pytest.raises(SealBroken):
        unseal([KEY], "not base64 at all", owner="prt_1")


def test_an_old_key_still_opens_what_it_sealed() -> None:
    """After a change of the secret key nothing has to be sealed anew at once; without the old key it stays shut."""
    old, new = bytes(32), KEY
    sealed = seal(old, "a-token", owner="prt_1")
    assert unseal([new, old], sealed, owner="prt_1") == "a-token"
    with pytest.raises(SealBroken):
        unseal([new], sealed, owner="prt_1")


def test_a_derived_secret_is_repeatable_per_purpose_and_key() -> None:
    """The same key and purpose give the same secret of 256 bits; any other does not."""
    secret = derived_secret(KEY, "command:1")
    assert derived_secret(KEY, "command:1") == secret
    assert len({secret, derived_secret(KEY, "command:2"), derived_secret(bytes(32), "command:1")}) == 3
    assert len(secret) == 43


def test_a_digest_is_sha_256() -> None:
    """The digest is the well-known SHA-256 in hexadecimal."""
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
