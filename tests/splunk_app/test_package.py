import io
import tarfile

from app import __version__
from splunk_app import package


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


def test_write_names_the_version(tmp_path):
    path = package.write(tmp_path / "dist")
    assert path.name == f"dsdl_hunt-{__version__}.tar.gz"
    assert path.read_bytes() == package.archive(package.contents())
