"""Rare sessions: cutting, likelihoods by hand, learning in parts, and msticpy's own answers."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting import events, sessions
from app.hunting.sessions import bounds, parameters
from app.hunting.sessions.counts import OTHER
from app.hunting.sessions.cutting import cut

DATA = Path(__file__).parents[2] / "../shared/data/sessions.csv.gz"
OPTIONS = sessions.Options("command", ("user",), gap=60, duration=300)


def frame(rows: list[tuple[float, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["_time", "user", "command"])


def usual(users: int = 20) -> pd.DataFrame:
    """Every user runs a, b, c in sequence, once."""
    rows = [
        (1000.0 * user + n, f"u{user}", name)
        for user in range(users)
        for n, name in enumerate("abc")
    ]
    return frame(rows)


@pytest.mark.parametrize(
    ("times", "starts"),
    [
        ([0, 60, 120], [0]),
        ([0, 61], [0, 1]),
        ([0, 50, 100, 150, 200, 250, 300], [0]),
        ([0, 50, 100, 150, 200, 250, 301, 350], [0, 6]),
        ([10 * n for n in range(100)], [0, 31, 62, 93]),
        ([], []),
    ],
)
def test_sessions_end_at_pauses_and_at_the_longest_duration(times, starts) -> None:
    rows = frame([(float(time), "u", "a") for time in times])
    assert cut(rows, ["user"], "_time", 60, 300).first.tolist() == starts


def test_sessions_are_cut_by_their_keys_whatever_the_order_of_rows() -> None:
    rows = frame([(2, "b", "y"), (0, "a", "x"), (1, "a", "z"), (3, None, "w")])
    found = cut(rows, ["user"], "_time", 60, 300)
    assert sorted(found.ids) == [
        "a|1970-01-01T00:00:00.000Z",
        "b|1970-01-01T00:00:02.000Z",
        "|1970-01-01T00:00:03.000Z",
    ]
    assert [found.rows[found.session == n].tolist() for n in range(3)] == [[0], [1, 2], [3]]


def test_events_of_one_second_keep_their_order_in_searches_that_give_the_newest_first() -> None:
    oldest_first = frame([(1, "u", "a"), (2, "u", "b"), (2, "u", "c"), (3, "u", "d")])
    newest_first = oldest_first.iloc[::-1].reset_index(drop=True)
    for rows in (oldest_first, newest_first):
        learned = sessions.learn(rows, OPTIONS)
        assert dict(learned.counts.pairs)["b", "c"] == 1


def test_likelihood_of_a_window_is_its_smoothed_transitions() -> None:
    learned = sessions.learn(usual(20), OPTIONS)
    table = sessions.timeline(usual(1), OPTIONS, learned)
    # a, b, c, the start or the end, and an unknown command can follow: 3 + 2 more than were seen.
    step = math.log(21 / 25)
    own = math.log((20 + 2 * 5) / (5 * 20 + 2 * 25))
    assert table["session_log_likelihood"].tolist() == [pytest.approx(4 * step, abs=1e-6)]
    assert table["log_likelihood"].tolist() == [
        pytest.approx(min(3 * step, own + 2 * step), abs=1e-6)
    ]


def test_new_session_with_an_unusual_sequence_is_the_rarest() -> None:
    learned = sessions.learn(usual(50), OPTIONS)
    new = pd.concat(
        [usual(5), frame([(9e5, "u1", "c"), (9e5 + 1, "u1", "a"), (9e5 + 2, "u1", "x")])]
    )
    result = sessions.annotate(new, OPTIONS, learned)
    assert result.loc[result["rank"] == 1, "rarest_window"].tolist() == ["c > a > x"] * 3
    assert result["percentile"].tolist()[-1] == 0.0
    assert result["in_rarest_window"].tolist()[-3:] == [1, 1, 1]


def test_window_slides_and_its_events_are_marked() -> None:
    learned = sessions.learn(usual(50), OPTIONS)
    odd = frame([(n, "u", name) for n, name in enumerate("abcbbbabc")])
    result = sessions.annotate(odd, OPTIONS, learned)
    assert result["rarest_window"].unique().tolist() == ["c > b > b"]
    assert result["in_rarest_window"].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0]


def test_every_row_has_its_answer_in_place() -> None:
    rows = frame([(5, "u", "a"), (math.nan, "u", "b"), (6, "u", None), (7, "u", "c")])
    rows.index = pd.Index([7, 7, 3, 1])
    result = sessions.annotate(rows, OPTIONS, sessions.learn(rows, OPTIONS))
    assert list(result.index) == [7, 7, 3, 1]
    assert result["session_event"].tolist() == [1, pytest.approx(math.nan, nan_ok=True)] * 1 + [
        pytest.approx(math.nan, nan_ok=True),
        2,
    ]


def test_no_rows_are_no_sessions() -> None:
    empty = usual(1).head(0)
    learned = sessions.learn(empty, OPTIONS)
    assert len(sessions.annotate(empty, OPTIONS, learned)) == 0
    assert sessions.annotate(usual(1), OPTIONS, learned)["percentile"].tolist() == [0, 0, 0]


def test_learning_in_parts_counts_what_learning_at_once_counts() -> None:
    options = sessions.Options("command", ("user",), parameters="given", level="values")
    whole = usual(30).assign(given=lambda rows: '{"A": "' + rows["command"] + '"}')
    first = sessions.learn(whole.head(45), options)
    both = sessions.learn(whole.tail(45), options, first)
    assert both.counts == sessions.learn(whole, options).counts
    assert len(both.likelihoods) == 30
    assert len(first.likelihoods) == 15  # what was known is left alone


def test_parameters_tell_sessions_apart_that_have_the_same_commands() -> None:
    options = sessions.Options("command", ("user",), parameters="given", level="parameters")
    rows = usual(40).assign(given="-Identity x")
    rows.loc[4, "given"] = "-Identity x -ForwardingSmtpAddress y@example.com"
    result = sessions.annotate(rows, options, sessions.learn(rows, options))
    assert result.loc[result["rank"] == 1, "session_id"].unique().tolist() == [
        "u1|1970-01-01T00:16:40.000Z"
    ]


def test_learning_again_and_again_stays_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_COMMANDS", 30)
    monkeypatch.setattr(bounds, "MAX_PAIRS", 60)
    monkeypatch.setattr(bounds, "MAX_PARAMETERS", 30)
    options = sessions.Options("command", ("user",), parameters="given", level="values")
    learned = None
    for part in range(20):
        odd = frame([(5e5 + n, "v", f"odd-{part}-{n}") for n in range(40)])
        rows = pd.concat([usual(30), odd]).assign(given=f'{{"P{part}": "x"}}')
        learned = sessions.learn(rows, options, learned)
    counts = learned.counts
    assert len(counts.commands) == 30 + 3  # START, END and OTHER
    assert len([after for _, after in counts.pairs if after != OTHER]) <= 60
    assert sum(map(len, counts.parameters.values())) == 30
    assert len(counts.values) <= 30
    assert sum(counts.commands.values()) == 20 * (30 * (3 + 2) + 40 + 2)
    assert sum(counts.pairs.values()) == 20 * (30 * 4 + 41)
    assert counts.commands["a"] == counts.pairs["a", "b"] == 600


def test_bounded_model_ranks_sessions_as_the_whole_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(1)
    names = [f"c{n}" for n in np.minimum(rng.zipf(1.5, 20_000), 3000)]
    rows = frame([(20.0 * n, f"u{n % 3}", name) for n, name in enumerate(names)])
    rows["_time"] += 1000 * (rows.index // 30)  # sessions of ten commands
    unusual = frame([(9e7, "w", "c1"), (9e7 + 1, "w", "never"), (9e7 + 2, "w", "seen")])
    rows = pd.concat([rows, unusual])
    whole = sessions.timeline(rows, OPTIONS, sessions.learn(rows, OPTIONS))
    monkeypatch.setattr(bounds, "MAX_COMMANDS", 300)
    monkeypatch.setattr(bounds, "MAX_PAIRS", 2000)
    trimmed = sessions.timeline(rows, OPTIONS, sessions.learn(rows, OPTIONS))
    correlation = whole["log_likelihood"].corr(trimmed["log_likelihood"], method="spearman")
    assert correlation > 0.95


def test_long_commands_are_learned_by_a_digest_and_shown_whole() -> None:
    rows = usual(30).replace({"command": {"b": "b" * 5000}})
    learned = sessions.learn(rows, OPTIONS)
    assert max(map(len, learned.counts.commands)) == parameters.MAX_NAME
    table = sessions.timeline(rows, OPTIONS, learned)
    assert table["rarest_window"].str.contains("b" * 5000).all()
    other = rows.replace({"command": {"b" * 5000: "b" * 4999 + "c"}})
    assert (sessions.timeline(other, OPTIONS, learned)["percentile"] == 0).all()


def test_values_tell_sessions_apart_where_a_parameter_takes_few() -> None:
    rows = usual(40).assign(given='{"Enabled": "True"}')
    rows.loc[4, "given"] = '{"Enabled": "False"}'
    ranks = {}
    for level in ("parameters", "values"):
        options = sessions.Options("command", ("user",), parameters="given", level=level)
        table = sessions.timeline(rows, options, sessions.learn(rows, options))
        ranks[level] = (table["rank"] == 1).sum()
    assert ranks == {"parameters": 40, "values": 1}


def test_saved_model_answers_the_same(tmp_path: Path) -> None:
    options = sessions.Options("command", ("user",), parameters="given", level="values")
    rows = usual(30).assign(given='[{"Name": "A", "Value": "secret"}]')
    learned = sessions.learn(rows, options)
    path = sessions.save(tmp_path / "m", options, learned)
    assert sessions.load(tmp_path / "m")[0] == options
    pd.testing.assert_frame_equal(
        sessions.annotate(rows, *sessions.load(tmp_path / "m")),
        sessions.annotate(rows, options, learned),
    )
    assert b"secret" not in path.read_bytes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[{"Name": "Identity", "Value": "x"}, {"Name": "Force", "Value": true}]',
            {"Identity": "x", "Force": "true"},
        ),
        ('{"A": {"b": 1}}', {"A": '{"b": 1}'}),
        ("[1, 2]", {}),
        ("-Identity bob -Force", {"Identity": "bob", "Force": ""}),
        ("user=bob; role=admin", {"user": "bob", "role": "admin"}),
        ("[broken", {}),
        ("[" * 100_000, {}),
        ("", {}),
    ],
)
def test_parameters_are_read_from_json_and_from_text(text, expected) -> None:
    assert parameters.read(text) == expected


@given(st.text(max_size=300))
def test_parameters_of_any_text_are_names_with_values(text: str) -> None:
    assert all(isinstance(value, str) for value in parameters.read(text).values())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"event": "x"}, "event= names 'x'; the search has: _time, user, command"),
        ({"by": "user,host"}, "by= names 'host'; the search has: _time, user, command"),
        ({"time": "t"}, "time= names 't'"),
        ({"level": "values"}, "name their field with parameters="),
        ({"level": "all"}, "level='all' is none of command, parameters, values"),
        ({"window": "1"}, "window='1'"),
    ],
)
def test_wrong_options_are_named(given, message) -> None:
    with pytest.raises(ValueError, match=message):
        sessions.options(given, ["_time", "user", "command"])


def test_options_default_to_the_fields_of_the_search() -> None:
    assert sessions.options({}, ["_time", "user", "host", "command"]) == sessions.Options(
        "command", ("user", "host")
    )


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5e9, 1.5e9 + 0.25]),
        pd.Series(["1500000000", "1500000000.25"]),
        pd.Series(["2017-07-14T02:40:00Z", "2017-07-14T04:40:00.250+02:00"]),
        pd.to_datetime(pd.Series([1.5e9, 1.5e9 + 0.25]), unit="s"),
    ],
)
def test_times_are_read_in_every_shape(column: pd.Series) -> None:
    assert events.times(column).tolist() == [1_500_000_000_000_000_000, 1_500_000_000_250_000_000]


def test_what_is_no_time_is_none() -> None:
    found = events.times(pd.Series(["2017-07-14", "yesterday", None, "-1", "1e300"]))
    assert (found == events.NO_TIME).tolist() == [False, True, True, True, True]


def test_texts_of_numbers_do_not_depend_on_missing_ones() -> None:
    assert events.texts(pd.Series([443, 80])).tolist() == ["443", "80"]
    assert events.texts(pd.Series([443, np.nan])).tolist() == ["443", ""]


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")
@pytest.mark.parametrize("level", ["command", "parameters"])
def test_likelihoods_are_those_of_msticpy(level: str) -> None:
    model = pytest.importorskip("msticpy.analysis.anomalous_sequence.model")
    cmd = pytest.importorskip("msticpy.analysis.anomalous_sequence.utils.data_structures").Cmd
    rows = pd.read_csv(DATA)
    options = sessions.Options(
        "operation", ("user", "client_ip"), parameters="parameters", level=level
    )
    table = sessions.timeline(rows, options, sessions.learn(rows, options))
    found = cut(rows, ["user", "client_ip"], "_time", 120, 1200)
    assert len(found) == 400
    names = [{entry["Name"] for entry in json.loads(text)} for text in rows["parameters"]]
    of_row = [
        name if level == "command" else cmd(name=name, params=given)
        for name, given in zip(rows["operation"], names, strict=True)
    ]
    lists = [[of_row[row] for row in part] for part in np.split(found.rows, found.first[1:])]
    theirs = model.Model(lists)
    theirs.train()
    theirs.compute_rarest_windows(3, use_start_end_tokens=True, use_geo_mean=False)
    likelihoods = np.array(theirs.rare_window_likelihoods[3])
    long = ~np.isnan(likelihoods)  # msticpy leaves shorter sessions without an answer
    assert np.allclose(np.log(likelihoods[long]), table["log_likelihood"][long], atol=2e-6)


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")
def test_rarest_sessions_are_the_published_ones() -> None:
    rows = pd.read_csv(DATA)
    options = sessions.Options("operation", ("user", "client_ip"))
    table = sessions.timeline(rows, options, sessions.learn(rows, options))
    rarest = table.sort_values("rank").head(2)
    assert rarest[["session_start", "rarest_window"]].to_numpy().tolist() == [
        ["2020-03-26T22:40:30.000Z", "New-Mailbox > Set-Mailbox"],
        ["2020-04-17T21:00:31.000Z", "New-App > New-App"],
    ]
