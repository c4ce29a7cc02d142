"""python -m app.splunk"""

from app.splunk import hec
from app.splunk.__main__ import main


def test_search_prints_rows_as_csv(head, capsys):
    assert main(["search", "index=x rows=2", "--earliest=-1h"]) == 0
    assert capsys.readouterr().out == 'n,mv\n0,"a\nb"\n1,"a\nb"\n'
    assert head.requests[-1][1]["earliest_time"] == "-1h"


def test_search_that_is_refused_says_why(head, capsys):
    head.refuse = 403
    assert main(["search", "x"]) == 1
    assert "its role lacks the capability" in capsys.readouterr().err


def test_push_sends_a_file_or_a_folder(indexer, tmp_path, capsys):
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "a.log").write_text("one\ntwo\n")
    assert main(["push", str(folder / "a.log"), "--index", "hunt"]) == 0
    assert main(["push", str(folder)]) == 0
    assert capsys.readouterr().out == "2 events sent, 0 wait on disk\n" * 2
    assert indexer.seen() == ["one", "two"] * 2


def test_replay_sends_what_waits(indexer, capsys):
    indexer.trouble = [(503, 9)] * 8
    hec.push(["a line"])
    assert main(["replay"]) == 1
    assert main(["replay"]) == 0
    assert capsys.readouterr().out == "1 batches wait on disk\n0 batches wait on disk\n"
    assert indexer.seen() == ["a line"]
