import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export import ExportError, export_notebook
from app.export.files import check_notebook, orphans
from tests.export.notebook_files import code, markdown, model_text, write, write_model


@pytest.fixture
def notebook(tmp_path):
    return write_model(tmp_path / "notebooks" / "detect.ipynb")


@pytest.fixture
def output_dir(tmp_path):
    return tmp_path / "app" / "model"


def contents(folder):
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_export_writes_the_module_and_nothing_else(notebook, output_dir):
    assert export_notebook(notebook, output_dir) == output_dir / "detect.py"
    assert contents(output_dir) == {"detect.py": model_text("detect")}


def test_export_replaces_the_module_of_the_same_notebook(notebook, output_dir):
    export_notebook(notebook, output_dir)
    export_notebook(write_model(notebook, 2), output_dir)
    assert contents(output_dir) == {"detect.py": model_text("detect", 2)}


def test_export_leaves_a_module_alone_that_is_up_to_date(notebook, output_dir):
    before = export_notebook(notebook, output_dir).stat()
    assert export_notebook(notebook, output_dir).stat() == before


def test_export_makes_modules_that_others_may_read(notebook, output_dir):
    module = export_notebook(notebook, output_dir)
    assert stat.S_IMODE(module.stat().st_mode) & 0o444 == 0o444


def test_export_of_what_is_not_a_model_writes_nothing(tmp_path, output_dir):
    notebook = write(tmp_path / "01 explore.ipynb", markdown("# Explore"), code("!ls"))
    assert export_notebook(notebook, output_dir) is None
    assert not output_dir.exists()


@pytest.mark.parametrize(
    "text", ["x = 1\n", "", "#!/usr/bin/env python\n# coding: utf-8\n", model_text("other")]
)
def test_export_never_touches_a_module_that_it_did_not_make(notebook, output_dir, text):
    output_dir.mkdir(parents=True)
    (output_dir / "detect.py").write_text(text)
    with pytest.raises(ExportError, match=r"detect\.py was not made from it"):
        export_notebook(notebook, output_dir)
    assert contents(output_dir) == {"detect.py": text}


def test_export_to_a_place_that_cannot_be_written(notebook, output_dir):
    output_dir.parent.mkdir()
    output_dir.write_text("a file")
    with pytest.raises(ExportError, match=r"detect\.py: cannot be written: "):
        export_notebook(notebook, output_dir)


def test_check_passes_what_is_up_to_date(notebook, output_dir):
    export_notebook(notebook, output_dir)
    assert check_notebook(notebook, output_dir) == output_dir / "detect.py"


def test_check_names_what_is_missing(notebook, output_dir):
    with pytest.raises(ExportError) as caught:
        check_notebook(notebook, output_dir)
    assert str(caught.value) == f"{output_dir / 'detect.py'} is missing: export {notebook}"
    assert not output_dir.exists()


def test_check_names_what_is_out_of_date(notebook, output_dir):
    module = export_notebook(notebook, output_dir)
    write_model(notebook, 2)
    with pytest.raises(ExportError) as caught:
        check_notebook(notebook, output_dir)
    assert str(caught.value) == f"{module} is out of date: export {notebook}"
    assert contents(output_dir) == {"detect.py": model_text("detect")}


def test_orphans_are_generated_modules_without_their_notebook(tmp_path, notebook, output_dir):
    export_notebook(notebook, output_dir)
    export_notebook(write_model(tmp_path / "gone.ipynb"), output_dir)
    (output_dir / "by_hand.py").write_text("# Made from love by me\n")
    (output_dir / "copy_of_detect.py").write_text(model_text("detect"))
    (output_dir / "binary.py").write_bytes(b"\xff\x00")
    assert orphans(output_dir, [notebook]) == [output_dir / "gone.py"]


def test_orphans_of_a_folder_that_is_not_there(tmp_path):
    assert orphans(tmp_path / "nowhere", []) == []


fragments = st.sampled_from([
    "%time ", "%%time\n", "%matplotlib inline", "!ls", "x", " = ", "1", "\n", "\n    ", "if x:",
    "'", '"""', "(", ")", "\\\n", "?", "%", "\r\n", "# ", "\x0c", "\u2028", "é", "return ",
    "get_ipython()", "{{ x }}",
])  # fmt: skip
sources = st.lists(fragments | st.text(max_size=3), max_size=8).map("".join)
names = st.sampled_from([None, "mltkc_init", "mltkc_fit"]) | st.text(max_size=5)
cells = st.lists(st.tuples(sources, names), max_size=3)


@given(cells)
def test_export_is_deterministic_and_compiles_or_leaves_the_module_before_it(
    tmp_path_factory, cells
):
    folder = tmp_path_factory.mktemp("export")
    notebook = write_model(folder / "detect.ipynb")
    module = export_notebook(notebook, folder)
    write(notebook, *(code(source, name) for source, name in cells))
    try:
        exported = export_notebook(notebook, folder)
    except ExportError as error:
        assert str(error).startswith(f"{notebook}, cell ")
        exported = None
    if exported is None:
        assert module.read_text("utf-8") == model_text("detect")
        return
    content = module.read_bytes()
    compile(content, module, "exec", dont_inherit=True)
    assert content.endswith(b"\n")
    assert b"\r" not in content
    assert check_notebook(notebook, folder) == module
