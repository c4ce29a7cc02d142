"""Secrets in files."""

import os
from pathlib import Path

import pytest

from app.secrets import files
from app.secrets.errors import NotHereError


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"key", "key"),
        (b"key\n", "key"),
        (b"key\r\n\r\n", "key"),
        (b" key with spaces \n", " key with spaces "),
        (b"\xef\xbb\xbfkey", "key"),
        ("schlüssel".encode(), "schlüssel"),
        (b"two\nlines\n", "two\nlines"),
    ],
)
def test_read_gives_the_text_without_line_ends_after_it(
    tmp_path: Path, content: bytes, secret: str
) -> None:
    (tmp_path / "key").write_bytes(content)
    assert files.read(tmp_path / "key").reveal() == secret


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"secret \xff\xfe", "is not UTF-8 text"),
        (b"x" * 65_537, "is longer than 65536 bytes"),
    ],
)
def test_read_tells_what_is_wrong_with_a_file(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(NotHereError) as caught:
        files.read(path)
    assert str(caught.value) == f"'{path}' {why}"


def test_read_tells_that_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match="cannot be read: No such file or directory"):
        files.read(tmp_path / "key")
    with pytest.raises(NotHereError, match="cannot be read: Is a directory"):
        files.read(tmp_path)


def test_read_follows_a_kubernetes_rotation(tmp_path: Path) -> None:
    """Kubernetes swaps a link to a folder of all values."""
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "key").write_text(version)
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "key").symlink_to("data/key")
    assert files.read(tmp_path / "key").reveal() == "one"
    (tmp_path / "next").symlink_to("two")
    os.replace(tmp_path / "next", tmp_path / "data")  # noqa: PTH105
    assert files.read(tmp_path / "key").reveal() == "two"
