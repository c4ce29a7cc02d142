from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enrichment.expressions import ShapeError, compiled, is_true

DOCUMENT = {
    "n": 7,
    "word": "high",
    "when": 1735689600,
    "rows": [{"ioc": "203.0.113.5:80"}, {"ioc": "203.0.113.50:80"}, {"ioc": 5}, {}, "x"],
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("scale(n, `10`)", 70),
        ("scale(n, `5`)", 100),
        ("scale(n, `0`)", 0),
        ("scale(none, `5`)", 0),
        ("scale(n, none)", 0),
        ('pick(word, `{"high": 90}`)', 90),
        ('pick(none, `{"high": 90}`)', None),
        ("starting(rows, 'ioc', '203.0.113.5:')", [{"ioc": "203.0.113.5:80"}]),
        ("starting(rows, 'ioc', '5')", [{"ioc": 5}]),
        ("quote('a/b?c d')", "a%2Fb%3Fc%20d"),
        ("iso(when)", "2025-01-01T00:00:00Z"),
        ("iso(none)", ""),
        ("iso(`1e300`)", ""),
        ("rows[?ioc].ioc | [0]", "203.0.113.5:80"),
    ],
)
def test_expression_gives_its_value(expression: str, value: Any) -> None:
    assert compiled(expression)(DOCUMENT) == value


@pytest.mark.parametrize(
    "expression", ["sum(word)", "quote(n)", "max(rows)", "starting(n, 'a', 'b')"]
)
def test_expression_that_does_not_fit_the_answer_says_so(expression: str) -> None:
    with pytest.raises(ShapeError, match="does not fit it"):
        compiled(expression)(DOCUMENT)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("a..b", "'a..b' is no JMESPath expression (see column 2)"),
        ("a ~ b", "'a ~ b' is no JMESPath expression (see column 2)"),
        ("", "'' is no JMESPath expression (see column ?)"),
        ("a[0].lower(b)", "'a[0].lower(b)' calls lower(), which does not exist"),
        ("x && !a.b", "'x && !a.b': JMESPath takes !a.b for (!a).b; write !(a.b)"),
    ],
)
def test_compiled_refuses_what_cannot_work(expression: str, problem: str) -> None:
    with pytest.raises(ValueError) as raised:
        compiled(expression)
    assert str(raised.value) == problem


@pytest.mark.parametrize("value", [0, 0.0, True, "a", [0], {"a": None}])
def test_is_true_as_jmespath_has_it(value: Any) -> None:
    assert is_true(value)


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_is_true_not_for_what_is_empty(value: Any) -> None:
    assert not is_true(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abn"), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_expression_raises_nothing_but_shape_errors(document: Any) -> None:
    for text in (
        "scale(a, n)",
        "iso(a)",
        "starting(a, 'b', 'n')",
        "max(a[].b) >= `1`",
        "pick(b, a)",
    ):
        try:
            compiled(text)(document)
        except ShapeError:
            continue
