import io
import tarfile

from app import __version__
from splunk_app import package
from tests.splunk_app.knowledge import APP, stanzas


def test_archive_is_the_same_at_every_build():
    assert package.archive(package.contents()) == package.archive(package.contents())


def test_archive_has_nothing_of_the_machine_that_builds():
    with tarfile.open(fileobj=io.BytesIO(package.archive(package.contents()))) as tar:
        entries = tar.getmembers()
    about = {(entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) for entry in entries}
    assert about == {(0, 0, "", "", 0)}
    assert {oct(entry.mode) for entry in entries if entry.isfile()} == {"0o644"}
    assert {entry.name.split("/")[0] for entry in entries} == {"dsdl_hunt"}


def test_archive_has_each_folder_before_its_files():
    with tarfile.open(fileobj=io.BytesIO(package.archive(package.contents()))) as tar:
        names = tar.getnames()
    parents = [name.rpartition("/")[0] for name in names]
    assert all(names.index(parent) < number for number, parent in enumerate(parents) if parent)


def test_version_is_that_of_the_service():
    files = package.contents()
    assert f"version = {__version__}\n".encode() in files["default/app.conf"]
    assert f'"version": "{__version__}"'.encode() in files["app.manifest"]


def test_package_has_licences_and_libraries_and_compressed_samples():
    files = package.contents()
    assert {
        "LICENSE",
        "README.md",
        "lib/splunklib/client.py",
        "LICENSE-splunk-sdk",
        "lookups/dsdl_hunt_sample_powershell_ioc.csv.gz",
    } <= set(files)
    assert not [
        name
        for name in files
        if name.startswith("lookups/dsdl_hunt_sample") and name.endswith(".csv")
    ]


def test_what_searches_need_is_there_in_all_apps():
    """Without this, `| hunt` is unknown wherever analysts search: it would be the app's alone."""
    shared = stanzas("default.meta", "metadata")
    kinds = ("commands", "searchbnf", "macros", "lookups", "props", "transforms")
    assert {kind: shared[kind]["export"] for kind in kinds} == dict.fromkeys(kinds, "system")
    assert shared.keys() >= {path.stem for path in (APP / "default").glob("*.conf")} & {*kinds}


def test_each_command_has_a_script_and_help():
    commands, helped = stanzas("commands.conf"), stanzas("searchbnf.conf")
    assert {f"{name}-command" for name in commands} == set(helped)
    assert {name for name, one in commands.items() if "is_risky" in one} == {"huntfit"}
    assert all((APP / "bin" / one["filename"]).is_file() for one in commands.values())


def test_write_names_the_version(tmp_path):
    path = package.write(tmp_path / "dist")
    assert path.name == f"dsdl_hunt-{__version__}.tar.gz"
    assert path.read_bytes() == package.archive(package.contents())
