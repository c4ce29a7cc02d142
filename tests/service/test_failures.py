"""Everything that goes wrong in a search is told to the search, and only to that one."""

import gzip
import io
import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from tests.running_service import TOKEN, RunningService, body, running_service, runs, wait_until
from tests.service.modules import ECHO, echo

START = "/fit: ERROR: unable to "


@pytest.fixture(scope="module")
def single() -> Iterator[RunningService]:
    """A service with one worker: what one search leaves behind, the next one meets."""
    with running_service(api_workers="1", MAX_JOB_SECONDS="30", MAX_BODY_MB="2") as running:
        running.module("echo", ECHO)
        yield running


def _works(running: RunningService) -> bool:
    return running.fit("a\n1\n", "echo") == {
        "status": "success",
        "message": "/fit done successfully",
        "results": "a\n1\n",
    }


def _error(running: RunningService, code: str, **more: Any) -> str:
    """What the search is told when the module `user` has this code."""
    running.module("user", code)
    answer = running.fit("a,b\n1,x\n", "user", **more)
    assert list(answer) == ["status", "message"]
    assert answer["status"] == "error"
    assert answer["message"].startswith(START)
    assert _works(running)
    return answer["message"].removeprefix(START)


@pytest.mark.parametrize(
    ("code", "what", "exception"),
    [
        (
            echo(init="return df['nope']"),
            "initialise the model (user.py, line 15, in init); the search sent the fields a, b",
            "KeyError: 'nope'",
        ),
        (
            echo(fit="raise ValueError('too few rows')"),
            "fit the model (user.py, line 15, in fit)",
            "ValueError: too few rows",
        ),
        (
            echo(fit="return fit_all(df)") + "def fit_all(df):\n    return 1 / 0\n",
            "fit the model (user.py, line 17, in fit > fit_all)",
            "ZeroDivisionError: division by zero",
        ),
        (
            echo(save="raise OSError('disk full')"),
            "save the model 'user_default' (user.py, line 15, in save)",
            "OSError: disk full",
        ),
        (
            echo(apply="raise SystemExit('bye')"),
            "apply the model (user.py, line 15, in apply)",
            "SystemExit: bye",
        ),
        (
            echo(apply="raise KeyboardInterrupt"),
            "apply the model (user.py, line 15, in apply)",
            "KeyboardInterrupt",
        ),
        (
            echo(apply="return {'x': [1], 'y': [1, 2]}"),
            "apply the model",
            "ValueError: All arrays must be of the same length",
        ),
        (
            "def init(df, param:\n    pass\n",
            "import the module 'user' (user.py, line 1)",
            "SyntaxError: '(' was never closed (user.py, line 1)",
        ),
        (
            "x = 1\nimport not_there\n",
            "import the module 'user' (user.py, line 2); package 'not_there' is not installed",
            "ModuleNotFoundError: No module named 'not_there'",
        ),
        (
            ECHO + "del fit\n",
            "import the module 'user'",
            "AttributeError: no fit(): name a cell mltkc_fit",
        ),
        (
            "class E(Exception):\n    def __str__(self): raise E\n" + echo(fit="raise E"),
            "fit the model (user.py, line 17, in fit)",
            "E: (its text raises E)",
        ),
        (
            "class E(Exception):\n    def __str__(self): raise SystemExit\n" + echo(fit="raise E"),
            "fit the model (user.py, line 17, in fit)",
            "E: (its text raises SystemExit)",
        ),
    ],
)
def test_error_in_user_code_names_step_function_and_line(
    single: RunningService, code: str, what: str, exception: str
) -> None:
    assert _error(single, code) == f"{what}. Ended with exception: {exception}"


SECOND = {"limits": {"max_fit_time": "0.3"}}
STOPPED = "it took longer than 0.3 s (max_fit_time) and was stopped in fit() of user.py, line "


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (echo(fit="import time; time.sleep(60)"), 15),
        (echo(fit="\n    while True: pass"), 16),
        (echo(fit="import re; re.match('(a+)+b', 'a' * 99)"), 15),
        (
            "def fit(model, df, param):\n  while True:\n    try:\n      while True: x = 1\n"
            "    except BaseException: pass\n" + ECHO.replace("def fit", "def _"),
            4,
        ),
    ],
    ids=["sleep in C", "loop in Python", "loop in C", "swallows exceptions"],
)
def test_error_of_a_module_past_its_time(single: RunningService, code: str, line: int) -> None:
    message = _error(single, code, **SECOND)
    assert message == f"fit the model: {STOPPED}{line}. Ended with exception: TimeoutError"


def test_error_past_its_time_in_apply(single: RunningService) -> None:
    single.module("slow", echo(apply="import time; time.sleep(60)"))
    answer = single.apply("a\n1\n", "slow", limits={"max_score_time": "0.2"})
    assert answer["message"] == (
        "/apply: ERROR: unable to apply the model: it took longer than 0.2 s (max_score_time) and "
        "was stopped in apply() of slow.py, line 15. Ended with exception: TimeoutError"
    )


def test_time_limit_of_the_service_caps_that_of_the_search() -> None:
    with running_service(MAX_JOB_SECONDS="1", ENABLE_HTTPS="false") as capped:
        capped.module("echo", ECHO)
        message = _error(capped, echo(fit="import time; time.sleep(60)"))
    assert "it took longer than 1 s (MAX_JOB_SECONDS) and was stopped" in message


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import os; os._exit(0)", "was ended by the module itself (exit code 0); a module must"),
        ("import os; os._exit(3)", "was ended by the module itself (exit code 3); a module must"),
        (
            "import os; os.fork() or os._exit(0); import time; time.sleep(0.3); os._exit(0)",
            "was ended by the module itself (exit code 0); a module must",
        ),
        (
            "import os; os.kill(os.getpid(), 9)",
            "was killed from outside (SIGKILL), most likely because memory ran out",
        ),
        ("import ctypes; ctypes.string_at(0)", "crashed (SIGSEGV) in fit() of user.py, line 15"),
        ("import os; os.abort()", "crashed (SIGABRT) in fit() of user.py, line 15"),
    ],
)
def test_error_of_a_module_that_ends_its_process(
    single: RunningService, code: str, what: str
) -> None:
    message = _error(single, echo(fit=code))
    assert message.startswith(f"fit the model: its process {what}")


@pytest.mark.parametrize(
    "code",
    [
        "x = []\n    while True: x.append(bytearray(10 ** 7))",
        "import numpy; numpy.ones(10 ** 10)",
        "x = [[]]\n    while True: x = [x, *x]",
    ],
)
def test_error_of_a_module_out_of_memory(single: RunningService, code: str) -> None:
    message = _error(single, echo(fit=code), limits={"max_memory_usage_mb": "150"})
    assert message.startswith("fit the model")
    assert "; send fewer rows or raise max_memory_usage_mb" in message
    assert "Ended with exception: MemoryError" in message


def test_worker_that_dies_between_searches_is_replaced(single: RunningService) -> None:
    for _ in range(3):
        (worker,) = single.workers()
        os.kill(worker, signal.SIGKILL)
        assert _works(single)


def test_module_that_leaves_a_thread_behind(single: RunningService) -> None:
    code = "import threading, time; threading.Thread(target=time.sleep, args=[1]).start()"
    single.module("user", echo(fit=code))
    assert single.fit("a\n1\n", "user")["status"] == "success"
    assert _works(single)


def test_memory_limit_ends_with_the_search(single: RunningService) -> None:
    _error(single, echo(fit="bytearray(10 ** 9)"), limits={"max_memory_usage_mb": "100"})
    single.module("user", echo(fit="bytearray(10 ** 9)"))
    assert single.fit("a\n1\n", "user")["status"] == "success"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "parse the body. Ended with exception: BodyError: Expecting value"),
        (b"nonsense", "parse the body. Ended with exception: BodyError: Expecting value"),
        (b'{"data": "a\\n1\\n', "parse the body. Ended with exception: BodyError: the text of da"),
        (b'{"data": "a\\n1\\n"}', "parse the body. Ended with exception: BodyError: meta is miss"),
        (b'{"data": "", "meta": {}}', "read the rows (data) as CSV. Ended with exception: Empty"),
        (
            b'{"data": "a\\n1,2\\n1,2,3\\n", "meta": {}}',
            "read the rows (data) as CSV. Ended with exception: ParserError",
        ),
        (b'{"data": "a", "meta": {}}', "import the module ''. Ended with exception: RefusedError"),
        (
            b'{"data": "a", "meta": {"options": {"params": 1}}}',
            "read the options of the search (meta). Ended with exception: RefusedError: params of",
        ),
    ],
)
def test_error_in_the_body(single: RunningService, content: bytes, message: str) -> None:
    answer = single.post("/fit", content)
    assert answer["status"] == "error"
    assert answer["message"].startswith(START + message)
    assert _works(single)


@pytest.mark.parametrize(
    "algo", ["", "..", "../echo", "echo ", "echo\n", "os.path", "/etc/passwd", "x" * 300, "é"]
)
def test_error_of_a_module_name(single: RunningService, algo: str) -> None:
    answer = single.fit("a\n1\n", algo)
    assert "RefusedError: th" in answer["message"]
    assert "echo" in answer["message"]


@pytest.mark.parametrize("command", ["fit", "apply"])
@pytest.mark.parametrize("model", ["../x", "a/b", "/srv/x", ".x", "a.b", "..", "x" * 300])
def test_error_of_a_model_name(single: RunningService, command: str, model: str) -> None:
    answer = getattr(single, command)("a\n1\n", "echo", model)
    assert answer["message"].startswith(
        f"/{command}: ERROR: unable to read the options of the search (meta). "
        f"Ended with exception: RefusedError: model name {model!r:.120}: use up to 100"
    )


def test_error_of_a_model_that_was_never_fitted(single: RunningService) -> None:
    single.module("user", echo(load="return open('/no/such/' + name)"))
    answer = single.apply("a\n1\n", "user", "hunt")
    assert answer["message"] == (
        "/apply: ERROR: unable to load the model 'user_hunt' (made by fit ... into hunt) "
        "(user.py, line 15, in load). Ended with exception: FileNotFoundError: "
        "[Errno 2] No such file or directory: '/no/such/user_hunt'"
    )


def test_body_that_is_too_large(single: RunningService) -> None:
    single.module("echo", ECHO)
    answer = single.fit("a\n" + "x" * 3_000_000, "echo")
    assert answer["message"] == (
        f"{START}take the body: send fewer rows or fields, or raise MAX_BODY_MB. "
        "Ended with exception: OverflowError: the body has more than 2 MiB"
    )
    assert _works(single)


def test_body_that_is_packed(single: RunningService) -> None:
    headers = {"Authorization": TOKEN, "Content-Encoding": "gzip"}
    request = urllib.request.Request(f"{single.url}/fit", gzip.compress(b"{}"), headers)
    with urllib.request.urlopen(request, context=single.trust()) as response:
        assert json.load(response)["message"] == (
            f"{START}take the body. Ended with exception: "
            "ValueError: it is packed (gzip): send it without Content-Encoding"
        )


def test_save_that_fails_leaves_the_model_before(single: RunningService) -> None:
    save = (
        "import os\n    path = os.environ['SRV_DIR'] + '/app/model/data/' + name"
        "\n    with open(path, 'w') as file: file.write('new' if model['rows'] == 1 else 'ha')"
        "\n    if model['rows'] == 2: raise ValueError"
        "\n    if model['rows'] == 3: os._exit(1)"
    )
    load = "import os; return open(os.environ['SRV_DIR'] + '/app/model/data/' + name).read()"
    single.module("user", echo(save=save, load=load, apply="return [model] * len(df)"))
    assert single.fit("a\n1\n", "user", "m")["status"] == "success"
    for data in ("a\n1\n1\n", "a\n1\n1\n1\n"):
        assert single.fit(data, "user", "m")["status"] == "error"
        assert single.apply("a\n1\n", "user", "m")["results"] == "0\nnew\n"


def test_rows_that_do_not_match_are_passed_on_and_logged(single: RunningService) -> None:
    single.module("fewer", echo(apply="return df.head(1)"))
    assert single.fit("a\n1\n2\n", "fewer")["results"] == "a\n1\n"
    single.logged("module fewer gave 1 rows for 2")


def test_log_has_tracebacks_but_no_rows_and_no_token(single: RunningService) -> None:
    single.module("user", echo(fit="raise ValueError(f'cannot use {df.a[0]}')"))
    answer = single.fit("a\nROW-CONTENT\n", "user")
    assert answer["message"].endswith("ValueError: cannot use ROW-CONTENT")
    text = single.logged("line 15, in fit\n    raise ValueError(f'cannot use")
    assert "Traceback" not in answer["message"]
    assert "ROW-CONTENT" not in text
    assert "a-token-for-tests" not in text


def test_module_sees_neither_token_nor_other_searches(single: RunningService) -> None:
    code = "import os; return [str('api_token' in os.environ) + str(globals().get('left'))]"
    single.module("user", echo(fit="global left; left = 1", apply=code))
    assert single.fit("a\n1\n", "user")["results"] == "0\nFalse1\n"
    assert single.apply("a\n1\n", "user")["results"] == "0\nFalseNone\n"


def test_changed_module_is_used_by_the_next_search(single: RunningService) -> None:
    single.module("user", echo(apply="from app.model.part import x; return [x]"))
    for value in (1, 2):
        single.module("part", f"x = {value}")
        assert single.fit("a\n1\n", "user")["results"] == f"0\n{value}\n"


def test_module_may_use_processes_of_its_own(single: RunningService) -> None:
    pool = "concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context('spawn'))"
    single.module(
        "user",
        "import concurrent.futures, multiprocessing\ndef double(x):\n    return 2 * x\n"
        + echo(apply=f"with {pool} as pool: return list(pool.map(double, df.a))"),
    )
    assert single.fit("a\n1\n2\n", "user")["results"] == "0\n2\n4\n"


def test_data_of_every_kind_survives(single: RunningService) -> None:
    data = 'a,b,a\n"q""uote, comma",é😀,\n"two\nlines",007,123456789012345678901234567890\n'
    expected = pd.read_csv(io.StringIO(data)).to_csv(index=False)
    content = body(data, "echo")
    for text in (json.dumps(content), json.dumps(content, ensure_ascii=False)):
        assert single.post("/fit", text.encode())["results"] == expected


@pytest.mark.parametrize(
    "code",
    [
        "import pandas; pandas.DataFrame.to_csv = None",
        "import os; os.chdir('/'); os.environ['LEFT'] = 'x'; os.umask(0o777)",
        "import sys; sys.path.insert(0, '/nowhere'); sys.modules['json'] = sys.modules['left'] = sys",
        (
            "import signal, locale, pandas\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "    locale.setlocale(locale.LC_ALL, 'C'); pandas.set_option('display.precision', 1)"
        ),
    ],
)
def test_what_a_module_changes_ends_with_its_search(single: RunningService, code: str) -> None:
    state = (
        "import json, locale, os, signal, sys\n    import pandas as pd\n    return [str([os.getcwd(),"
        "'LEFT' in os.environ, os.umask(0), sys.path[0], 'left' in sys.modules, json.__name__,"
        "locale.setlocale(locale.LC_ALL), signal.getsignal(signal.SIGTERM),"
        "pd.get_option('display.precision'), pd.DataFrame.to_csv is None])]"
    )
    single.module("state", echo(apply=state))
    before = single.fit("a\n1\n", "state")
    single.module("user", echo(fit=code))
    single.fit("a\n1\n", "user")
    assert before["status"] == "success"
    assert single.fit("a\n1\n", "state") == before


@pytest.mark.parametrize("ends", ["return None", "raise ValueError", "os._exit(1)"])
@pytest.mark.parametrize("more", ["", ", start_new_session=True"])
def test_children_of_a_module_end_with_its_search(
    single: RunningService, more: str, ends: str
) -> None:
    note = single.srv / "child"
    start = f"child = subprocess.Popen(['sleep', '1000']{more})"
    code = f"import os, subprocess; {start}; open({str(note)!r}, 'w').write(str(child.pid)); {ends}"
    single.module("user", echo(fit=code))
    single.fit("a\n1\n", "user")
    wait_until(lambda: not runs(int(note.read_text())))
    assert _works(single)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os; os._exit(3)", "its process was ended by the module itself (exit code 3)"),
        ("import time; time.sleep(60)", "it took longer than 5 s (the limit of summary())"),
    ],
)
def test_summary_that_ends_its_process_fails_no_search(
    single: RunningService, code: str, told: str
) -> None:
    single.module("user", echo(summary=code))
    assert single.fit("a\n1\n", "user")["results"] == "a\n1\n"
    assert told in str(single.summary()["model_summary"])
    assert _works(single)


@pytest.mark.parametrize(
    ("function", "code"),
    [
        ("fit", "import os, time; os.fork() and time.sleep(0.3)"),
        ("apply", "import os, time; os.fork() and time.sleep(0.3); return df"),
        ("summary", "import os, time; os.fork() and time.sleep(0.3)"),
    ],
)
def test_child_that_goes_on_as_its_parent_does_answers_nothing(
    single: RunningService, function: str, code: str
) -> None:
    single.module("user", echo(**{function: code}))
    assert single.fit("a\n1\n2\n", "user")["results"] == "a\n1\n2\n"
    assert _works(single)


def test_module_that_stops_its_process_is_ended(single: RunningService) -> None:
    message = _error(single, echo(fit="import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"))
    assert message.startswith("fit the model: its process was killed")


def test_token_shows_in_no_environment(single: RunningService) -> None:
    code = "return [b'a-token-for-tests' in open(f, 'rb').read() for f in FILES]"
    files = [f"/proc/{process}/environ" for process in (single.process.pid, "self")]
    single.module("user", echo(apply=code) + f"FILES = {files}")
    assert single.fit("a\n1\n", "user")["results"] == "0\nFalse\nFalse\n"
