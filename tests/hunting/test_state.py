"""Saved state: whole after a round trip, refused with a message where it cannot be used."""

import json
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from app.hunting import state

VALUES = {"fields": ["a", "b"], "limit": 0.5, "none": None, "deep": {"é": [1, 2]}}
ARRAYS = {"trend": np.arange(6.0).reshape(2, 3), "names": np.array(["x", "yz"])}


def test_state_comes_back_whole(tmp_path: Path) -> None:
    path = state.save(tmp_path / "sub" / "outliers_my.model", "outliers", 3, VALUES, ARRAYS)
    loaded = state.load(tmp_path / "sub" / "outliers_my.model", "outliers", 3)
    assert path.name == "outliers_my.model.zip"
    assert loaded.values == VALUES
    assert loaded.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded.arrays[name], array)
    assert loaded.made_with["numpy"] == np.__version__


def test_numbers_of_numpy_become_plain_ones(tmp_path: Path) -> None:
    state.save(tmp_path / "m", "k", 1, {"count": np.int64(3), "share": np.float64(0.25)})
    assert state.load(tmp_path / "m", "k", 1).values == {"count": 3, "share": 0.25}


def test_estimator_scores_as_before(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(300, 3))
    forest = IsolationForest(n_estimators=10, random_state=1).fit(rows)
    state.save(tmp_path / "m", "k", 1, {}, estimators={"forest": forest})
    loaded = state.load(tmp_path / "m", "k", 1).estimators["forest"]
    np.testing.assert_array_equal(loaded.score_samples(rows), forest.score_samples(rows))


def test_nothing_saved_asks_for_a_fit(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no model 'm' is saved: run fit first"):
        state.load(tmp_path / "m", "k", 1)


@pytest.mark.parametrize(
    ("kind", "version", "message"),
    [
        ("other", 1, "saved with kind 'k', this model reads kind 'other': run fit again"),
        ("k", 2, "saved with version 1, this model reads version 2: run fit again"),
    ],
)
def test_state_of_another_model_is_refused(
    tmp_path: Path, kind: str, version: int, message: str
) -> None:
    state.save(tmp_path / "m", "k", 1, VALUES)
    with pytest.raises(state.StateError, match=message):
        state.load(tmp_path / "m", kind, version)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = state.save(tmp_path / "m", "k", 1, VALUES, ARRAYS)
    whole = path.read_bytes()
    for broken in (b"", b"{}", whole[:-30], whole[:60] + b"\0\0\0\0" + whole[64:]):
        path.write_bytes(broken)
        with pytest.raises(state.StateError, match=r"'m' is damaged .*run fit again"):
            state.load(tmp_path / "m", "k", 1)


def test_other_scikit_learn_is_refused_for_estimators(tmp_path: Path) -> None:
    forest = IsolationForest(n_estimators=2, random_state=1).fit([[0.0], [1.0]])
    path = state.save(tmp_path / "m", "k", 1, {}, estimators={"forest": forest})
    _edit(path, lambda about: about["made_with"].update({"scikit-learn": "0.1"}))
    with pytest.raises(state.StateError, match=r"made with scikit-learn 0\.1, here is"):
        state.load(tmp_path / "m", "k", 1)


def test_unknown_types_are_not_built(tmp_path: Path) -> None:
    path = state.save(tmp_path / "m", "k", 1, {}, estimators={"evil": subprocess.Popen})
    assert path.exists()
    with pytest.raises(state.StateError, match="not trusted"):
        state.load(tmp_path / "m", "k", 1)


def test_pickled_array_is_refused(tmp_path: Path) -> None:
    path = state.save(tmp_path / "m", "k", 1, VALUES)
    with zipfile.ZipFile(path, "a") as archive, archive.open("arrays/evil.npy", "w") as member:
        np.save(member, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(state.StateError, match="damaged"):
        state.load(tmp_path / "m", "k", 1)


def test_failed_save_leaves_the_old_state(tmp_path: Path) -> None:
    state.save(tmp_path / "m", "k", 1, VALUES)
    with pytest.raises(TypeError, match="object cannot be saved as JSON"):
        state.save(tmp_path / "m", "k", 1, {"x": object()})
    assert state.load(tmp_path / "m", "k", 1).values == VALUES
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.zip"]


def _edit(path: Path, change: object) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(members["about.json"])
    change(about)
    members["about.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
