import pytest

from app.hunting.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 漢\n\t", "plain ü 漢\n\t"),
        ("a\r\nb", "a\nb"),
        ("\x1b[31m\x07\r", "␛[31m␇␍"),
        ("\x7f\x9b31m", "␡\ufffd31m"),
        ("exe\u202egpj", "exe\ufffdgpj"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown
