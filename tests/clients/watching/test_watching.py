"""Looking from outside and the file of the status page: the real ones do as their fakes."""

from pathlib import Path

import pytest

from api.ports.reach import NotReached
from api.ports.status_file import StatusFile
from clients.watching.reach import HttpReach
from clients.watching.status_file import AtomicStatusFile
from tests.fakes import FakeReach, FakeStatusFile


async def test_an_address_of_our_own_answers_or_not() -> None:
    """Both ways to look from outside tell nobody from somebody, as the port says."""
    fake = FakeReach()
    assert await fake.ask("http://app.test/readyz") == 200
    fake.answer = NotReached("not_reached", answer="made up")
    for port in (fake, HttpReach(timeout_seconds=1)):
        with pytest.raises(NotReached):
            await port.ask("http://127.0.0.1:9/readyz")


def test_the_status_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """What was published is read, by another process too; a text that cannot be written leaves the one before."""
    path = tmp_path / "below" / "status.json"
    writer: StatusFile = AtomicStatusFile(path)
    for port in (FakeStatusFile(), writer):
        assert port.published() is None
        port.publish(b"one")
        port.publish(b"two")
        assert port.published() == b"two"
    reader = AtomicStatusFile(path)
    assert reader.published() == b"two"
    writer.publish(b"three")
    assert reader.published() == b"three"
    assert [each.name for each in path.parent.iterdir()] == ["status.json"]
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match=r"status\.json"):
        writer.publish(b"four")
    assert reader.published() is None
    assert [each.name for each in path.parent.iterdir()] == ["status.json"]
