import re
from pathlib import Path

import pytest

from app import pictures
from app.pictures import page, png
from tests.pictures import samples


def hostile_scenes() -> list[pictures.Scene]:
    return [
        pictures.timeline(samples.events(50), "_time", "command_line", marked="odd"),
        pictures.tree(
            samples.processes(), "id", "parent", "image", "score", "odd", samples.HOSTILE
        ),
        pictures.graph(samples.processes(), "image", "id"),
        pictures.matrix(samples.processes(), "image", "id"),
    ]


def test_page_is_complete_in_itself() -> None:
    text = page.render(hostile_scenes())
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=", text)


def test_page_holds_no_element_that_the_data_brought() -> None:
    text = page.render(hostile_scenes())
    assert "<script>alert" not in text
    assert "<img" not in text
    assert len(re.findall("<script", text)) == len(re.findall("</script>", text)) == 3


def test_png_draws_formulas_and_markup_as_text() -> None:
    assert png.render(hostile_scenes()).startswith(b"\x89PNG\r\n")


def test_save_writes_a_page_and_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SRV_DIR", str(tmp_path))
    saved = pictures.save("hunt_one", *hostile_scenes())
    assert saved == ("hunt_one.html", "hunt_one.png")
    assert sorted(path.name for path in (tmp_path / "app" / "graphics").iterdir()) == list(saved)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x.html", "a" * 300, "x\n"])
def test_save_refuses_names_that_are_paths(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a picture"):
        pictures.save(name, *hostile_scenes())
