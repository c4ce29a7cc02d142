from app.hunting import rehearsal


def test_rehearsal_is_the_same_every_time_and_most_of_it_is_encoded() -> None:
    lines = list(rehearsal.command_lines())
    assert lines == list(rehearsal.command_lines())
    assert sum(line.startswith("powershell -enc ") for line in lines) > len(lines) / 2


def test_rehearsal_raises_nothing() -> None:
    rehearsal.rehearse()
