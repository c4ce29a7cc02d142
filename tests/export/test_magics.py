import pytest

from app.export import magics
from app.export.magics import plain_python
from app.export.python import PythonError

PYTHON = [
    "x = '''\n%matplotlib inline\n!ls\n'''",
    "x = (7\n% 3)",
    "x = 7 \\\n% 3",
    "f'{x!r}' != '%s' % y",
    "# %time x",
    "x = 1;",
    "'\x0c\u2028' + \"é\"",
    "",
]

PLAIN = [
    ("%matplotlib inline\nx = 1", "# notebook only: %matplotlib inline\nx = 1"),
    (
        "%load_ext autoreload\n%autoreload 2",
        "# notebook only: %load_ext autoreload\n# notebook only: %autoreload 2",
    ),
    ("if a:\n    %config A.b = 1\nx", "if a:\n    pass  # notebook only: %config A.b = 1\nx"),
    ("frame?", "# notebook only: frame?"),
    ("frame.apply??\nx = 1", "# notebook only: frame.apply??\nx = 1"),
    ("%time x = f('%s')", "x = f('%s')"),
    ("if a:\n\t%time f()", "if a:\n\tf()"),
    ("é = %time f('ü')", "é = f('ü')"),
    ("%time f(1, \\\n  2)\ny", "f(1,    2)\n\ny"),
    ("%time f([1,\n2])", "f([1,\n2])"),
    ("%time %matplotlib inline", "# notebook only: %matplotlib inline"),
    ("\n%%time\nx = 1\n%time y = 2", "\n# notebook only: %%time\nx = 1\ny = 2"),
    (
        "%%capture --no-stderr\n\n%%time\nx",
        "# notebook only: %%capture --no-stderr\n\n# notebook only: %%time\nx",
    ),
    ("    x = 1\n    y = 2", "x = 1\ny = 2"),
    (">>> x = (1,\n...      2)", "x = (1,\n     2)"),
    ("/print x y", "print(x, y)"),
    ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2"),
]

REFUSED = [
    ("x = 1\n!pip install things", 2, "a shell command works in notebooks only: '!pip install things'"),
    ("x = !ls", 1, "a shell command works in notebooks only: 'x = !ls'"),
    ("!!ls", 1, "a shell command works in notebooks only: '!!ls'"),
    ("if a:\n    !ls", 2, "a shell command works in notebooks only: '!ls'"),
    ("%%bash\nls", 1, "%%bash works in notebooks only: '%%bash'"),
    ("%%time\n\n%%writefile x.py\nx", 3, "%%writefile works in notebooks only: '%%writefile x.py'"),
    ("%%capture out\nx", 1, "%%capture works in notebooks only: '%%capture out'"),
    ("%pip install things", 1, "%pip works in notebooks only: '%pip install things'"),
    ("%time a \\\n + b\n%env A=b", 3, "%env works in notebooks only: '%env A=b'"),
    ("x = %load_ext sql", 1, "%load_ext works in notebooks only: 'x = %load_ext sql'"),
    ("x = %time y = 1", 1, "%time works in notebooks only: 'x = %time y = 1'"),
    ("%time", 1, "%time works in notebooks only: '%time'"),
    ("x = 1\n%%time\ny", 2, "%%time works in notebooks only: '%%time'"),
    ("%unheard of", 1, "%unheard works in notebooks only: '%unheard of'"),
    ("x = 1\nget_ipython().system('ls')", 2, "get_ipython() exists in notebooks only"),
    ("import IPython\nIPython.get_ipython()", 2, "get_ipython() exists in notebooks only"),
    ("?", 1, "get_ipython() exists in notebooks only"),
]  # fmt: skip


@pytest.mark.parametrize("source", PYTHON)
def test_plain_python_stays_as_it_is(source):
    assert plain_python(source) == source


@pytest.mark.parametrize(("source", "expected"), PLAIN)
def test_plain_python_of_magics(source, expected):
    assert plain_python(source) == expected


@pytest.mark.parametrize(("source", "line", "reason"), REFUSED)
def test_plain_python_refuses_what_works_in_notebooks_only(source, line, reason):
    advice = "write it in Python or move it to a cell without a name"
    with pytest.raises(PythonError) as caught:
        plain_python(source)
    assert caught.value == PythonError(f"{reason}; {advice}", line)


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("x = 1\ndef f(:\n    pass", 2, "invalid syntax: 'def f(:'"),
        ("%time \\\n  f()\n\nx = = 1", 4, "invalid syntax: 'x = = 1'"),
        ("x = 1\x00", 1, "source code string cannot contain null bytes"),
        ("x = '\ud800'", 1, "'utf-8' codec can't encode character '\\ud800' in position 5: surrogates not allowed"),
    ],
    ids=["syntax", "after a continued magic", "null", "surrogate"],
)  # fmt: skip
def test_plain_python_names_the_line_of_an_error(source, line, reason):
    with pytest.raises(PythonError) as caught:
        plain_python(source)
    assert caught.value == PythonError(reason, line)


def test_plain_python_bounds_the_number_of_magics(monkeypatch):
    monkeypatch.setattr(magics, "TRANSFORM_LOOP_LIMIT", 3)
    assert plain_python("%time x\n" * 2) == "x\nx"
    with pytest.raises(PythonError, match="there are more than 3 magics"):
        plain_python("%time x\n" * 4)


def test_plain_python_refuses_what_no_compiler_can_nest():
    with pytest.raises(PythonError):
        plain_python("-" * 100_000 + "1")
