import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.spl import SplError
from app.spl.parser import Apply, Fit, Model, Summary, parse

CMD = ("ParentCommandLine",)


@pytest.mark.parametrize(
    ("search", "commands"),
    [
        (
            "| fit MLTKContainer algo=powershell_ioc ParentCommandLine into app:hunt",
            [
                Fit(
                    "MLTKContainer",
                    CMD,
                    params={"algo": "powershell_ioc"},
                    model=Model("hunt", "app"),
                )
            ],
        ),
        ("fit MLTKContainer ParentCommandLine", [Fit("MLTKContainer", CMD)]),
        ("FIT AITKContainer ParentCommandLine", [Fit("AITKContainer", CMD)]),
        (
            "| fit MLTKContainer y FROM x1 mode=stage x2 INTO Hunt AS out k = 5",
            [
                Fit(
                    "MLTKContainer",
                    ("x1", "x2"),
                    ("y",),
                    {"mode": "stage", "k": "5"},
                    Model("Hunt"),
                    "out",
                )
            ],
        ),
        ("fit MLTKContainer y ~ feature_* *", [Fit("MLTKContainer", ("feature_*", "*"), ("y",))]),
        ("fit MLTKContainer x by host", [Fit("MLTKContainer", ("x",), split_by="host")]),
        (
            'fit MLTKContainer algo="x y" delim="|" path="C:\\\\a b" "Command Line" x,y, z',
            [
                Fit(
                    "MLTKContainer",
                    ("Command Line", "x", "y", "z"),
                    params={"algo": '"x y"', "delim": '"|"', "path": '"C:\\\\a b"'},
                )
            ],
        ),
        (
            'fit MLTKContainer models=a,b "say \\"hi\\"" "a=b" c.d=e "from" \'q\' ""',
            [
                Fit(
                    "MLTKContainer",
                    ('say \\"hi\\"', "a=b", "c.d=e", "from", "q"),
                    params={"models": "a,b"},
                )
            ],
        ),
        ("| apply hunt", [Apply(Model("hunt"))]),
        (
            '  apply "APP:hunt" as out hidden=false ',
            [Apply(Model("hunt", "app"), {"hidden": "false"}, "out")],
        ),
        ("summary app:hunt", [Summary(Model("hunt", "app"))]),
        (
            "| fit MLTKContainer x into m\n| apply m | summary m",
            [
                Fit("MLTKContainer", ("x",), model=Model("m")),
                Apply(Model("m")),
                Summary(Model("m")),
            ],
        ),
    ],
)
def test_search_is_read_as_mltk_reads_it(search: str, commands: list[object]) -> None:
    assert parse(search) == commands


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ("", "there is a command missing in ''"),
        ("|", "there is a command missing in '|'"),
        ("fit MLTKContainer x | | apply m", "there is a command missing"),
        ("| rename a as b", "'rename' is a command that only Splunk has; here are: fit, apply"),
        ("| fit MLTKContainer x into m | table *", "'table' is a command that only Splunk has"),
        ("algo=x fit", "'algo' is a command that only Splunk has"),
        ("fit", "fit needs a name first, as in: fit MLTKContainer"),
        ("apply", "apply needs a name first, as in: apply hunt"),
        ("apply hidden=false", "apply needs a name first, as in: apply hunt"),
        ("fit LinearRegression y from x", "'LinearRegression' would run on the search head"),
        ("fit MLTKContainer algo=x into m", "fit needs the fields that the model works on"),
        ("fit MLTKContainer a b from c", "one field before 'from', and there are 2"),
        ("fit MLTKContainer a from b from c", "only one 'from'"),
        ("fit MLTKContainer x into a into b", "only one 'into'"),
        ("fit MLTKContainer x as", "'as' needs a name behind it"),
        ("fit MLTKContainer x into algo=y", "'into' needs a name behind it"),
        ("fit MLTKContainer x into ../m", "model '../m': use letters, digits and '_'"),
        ("fit MLTKContainer x into 1m", "model '1m': use letters"),
        ("fit MLTKContainer x into admin:m", "model 'admin:m': only app: can stand before"),
        ("fit MLTKContainer x into app:", "model 'app:': use letters"),
        ("fit MLTKContainer x delim=", "delim= has no value"),
        ('fit MLTKContainer x algo="y', 'a quote has no end: "y'),
        ("apply m x", "apply takes no fields, and there is 'x'"),
        ("summary m y from x", "summary takes no fields, and there is 'y'"),
        ("apply m into n", "apply has no 'into'"),
    ],
)
def test_search_that_cannot_run_is_an_error(search: str, message: str) -> None:
    with pytest.raises(SplError) as error:
        parse(search)
    assert message in str(error.value)


NAMES = st.text(st.characters(exclude_characters='"\\', exclude_categories=["Cs"]), min_size=1)


@given(st.lists(NAMES, min_size=1), NAMES, st.booleans())
def test_quoted_names_and_values_come_back(fields: list[str], value: str, pipe: bool) -> None:
    quoted = " ".join(f'"{name}"' for name in fields)
    search = f'{"|" * pipe} fit MLTKContainer delim="{value}" {quoted} into app:m'
    expected = Fit(
        "MLTKContainer", tuple(fields), params={"delim": f'"{value}"'}, model=Model("m", "app")
    )
    assert parse(search) == [expected]


@given(st.text())
def test_any_text_is_read_or_refused(search: str) -> None:
    try:
        parse(search)
    except SplError as error:
        assert str(error)


def test_fields_in_single_quotes_may_have_blanks() -> None:
    assert parse("fit MLTKContainer algo=x 'Parent Command, Line' into m") == [
        Fit("MLTKContainer", ("Parent Command, Line",), (), {"algo": "x"}, Model("m"))
    ]
