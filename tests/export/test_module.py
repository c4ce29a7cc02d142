import json

import nbformat
import pytest

from app.export.module import module_text
from app.export.notebook import ExportError
from tests.export.notebook_files import HEADER, code, markdown, raw, write


@pytest.fixture
def notebook(tmp_path):
    """Where a notebook can be written, in a folder whose name stays out of the module."""
    return tmp_path / "detect.ipynb"


def test_module_has_the_named_code_cells_in_order(notebook):
    write(
        notebook,
        markdown("# Detect", "mltkc_import"),
        code("import json\n\n", "mltkc_import"),
        code("json.dumps(1)"),
        raw("| makeresults", "mltkc_stage"),
        code("", "mltkc_stage"),
        code("  \n", "mltkc_init"),
        code("def init(df, param):\n    return '{{ nb }} <a> & ü'", "mltkc_init"),
        code("def init(df, param):\n    return 2\n", "mltkc_init"),
        code("HELPER = 1", "anything else"),
    )
    assert module_text(notebook) == HEADER.format(name="detect") + (
        "\n\n# %% mltkc_import\nimport json\n"
        "\n\n# %% mltkc_init\ndef init(df, param):\n    return '{{ nb }} <a> & ü'\n"
        "\n\n# %% mltkc_init\ndef init(df, param):\n    return 2\n"
        "\n\n# %% anything else\nHELPER = 1\n"
    )


def test_module_does_not_depend_on_outputs_counts_and_ids(notebook, tmp_path):
    cell = code("x = 1", "mltkc_import")
    plain = module_text(write(notebook, cell))
    ran = code("x = 1", "mltkc_import")
    ran.execution_count = 7
    ran.outputs = [nbformat.v4.new_output("stream", text="much")]
    assert module_text(write(tmp_path / "again" / "detect.ipynb", ran)) == plain


def test_module_of_empty_named_cells_is_the_header(notebook):
    assert module_text(write(notebook, code("", "mltkc_fit"))) == HEADER.format(name="detect")


def test_module_name_of_a_cell_stays_on_its_line(notebook):
    write(notebook, code("x = 1", "fit\nimport os\u2028\ud800"))
    assert "\n# %% fit import os  \nx = 1\n" in module_text(notebook)


@pytest.mark.parametrize("metadata", [{}, {"name": ""}, {"name": 5}, {"name": None}])
def test_notebook_without_named_code_cells_has_no_module(notebook, metadata):
    cell = {"cell_type": "code", "metadata": metadata, "source": "not Python at all"}
    notebook.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    )
    assert module_text(notebook) is None


def test_module_of_a_notebook_with_faults_elsewhere(notebook):
    cells = [
        {"cell_type": "code", "metadata": {}, "source": "x = 0"},
        {"cell_type": "code", "metadata": {"name": "a"}, "source": ["x = 1\r\n", "y = 2"], "id": 5},
        {"cell_type": "code", "metadata": {"name": "b"}, "source": "z = 3", "outputs": [{}]},
    ]
    text = json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}, indent=1
    )
    notebook.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    expected = "\n\n# %% a\nx = 1\ny = 2\n\n\n# %% b\nz = 3\n"
    assert module_text(notebook).endswith(HEADER.format(name="detect") + expected)


def test_module_of_an_old_notebook(notebook):
    cell = {
        "cell_type": "code",
        "metadata": {"name": "mltkc_fit"},
        "input": ["x = 1"],
        "outputs": [],
    }
    cell |= {"language": "python", "collapsed": False, "prompt_number": 3}
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [cell]}],
    }
    notebook.write_text(json.dumps(old))
    assert module_text(notebook) == HEADER.format(name="detect") + "\n\n# %% mltkc_fit\nx = 1\n"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("x = 1\n!ls", "line 2: a shell command works in notebooks only: '!ls'"),
        ("x = 1\n\ny = = 2", "line 3: invalid syntax: 'y = = 2'"),
        ("x = 1\nreturn x", "line 2: 'return' outside function"),
        ("\nfrom __future__ import annotations", "line 2: from __future__ imports must occur"),
    ],
)
def test_error_names_notebook_cell_and_line(notebook, source, place):
    write(
        notebook,
        markdown("# Fit"),
        code("import os", "a"),
        code(source, "mltkc_fit"),
        code("z", "c"),
    )
    with pytest.raises(ExportError) as caught:
        module_text(notebook)
    assert str(caught.value).startswith(f"{notebook}, cell 3 (mltkc_fit), {place}")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"cells": [\n  oops', "Expecting value: line 2 column 3 (char 14)"),
        (b"<<<<<<< HEAD\n", "Expecting value: line 1 column 1 (char 0)"),
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b"[1, 2]", ""),
        (b"\xff\xfe{}", ""),
        (b'{"nbformat": 99}', ""),
        (b'{"nbformat": 4, "cells": {}}', ""),
        (b'{"nbformat": 4, "cells": [1]}', ""),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 1}]}', ""),
    ],
)
def test_error_for_what_is_not_a_notebook(notebook, content, reason):
    notebook.write_bytes(content)
    with pytest.raises(ExportError) as caught:
        module_text(notebook)
    assert str(caught.value).startswith(f"{notebook}: is not a notebook: {reason}")


def test_error_for_a_notebook_that_is_not_there(notebook):
    with pytest.raises(ExportError, match=r"detect\.ipynb: cannot be read: No such file"):
        module_text(notebook)


@pytest.mark.parametrize(
    "name", ["my-model", "2nd", "my model", "class", "größe", "a.b", "__init__"]
)
def test_error_for_a_name_that_no_module_can_have(tmp_path, name):
    notebook = write(tmp_path / f"{name}.ipynb", code("x = 1", "mltkc_fit"))
    with pytest.raises(ExportError, match="cannot name a module; rename the notebook"):
        module_text(notebook)
