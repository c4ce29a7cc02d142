"""Many searches at once, slow ones, and clients that leave."""

import contextlib
import http.client
import json
import random
import signal
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.running_service import TOKEN, RunningService, body, running_service, runs, wait_until
from tests.service.modules import ECHO, JSON_MODEL, echo

WAIT_FOR_FILE = (
    "import os, time, pathlib\n    pathlib.Path(os.environ['SRV_DIR'], 'started').touch()\n"
    "    while not pathlib.Path(os.environ['SRV_DIR'], 'go').exists(): time.sleep(0.01)"
)


@contextlib.contextmanager
def _running() -> Iterator[RunningService]:
    with running_service(api_workers="1", ENABLE_HTTPS="false") as running:
        running.module("echo", ECHO)
        running.module("waits", echo(fit=WAIT_FOR_FILE))
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningService]:
    with _running() as running:
        yield running


@pytest.fixture
def plain(shared: RunningService) -> RunningService:
    """A service over HTTP with one worker."""
    for name in ("started", "go"):
        (shared.srv / name).unlink(missing_ok=True)
    return shared


@pytest.fixture
def mortal() -> Iterator[RunningService]:
    """The same, for a test that ends it."""
    with _running() as running:
        yield running


def _connection(running: RunningService) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urllib.parse.urlsplit(running.url).netloc)


def _send_fit(running: RunningService, content: bytes) -> http.client.HTTPConnection:
    connection = _connection(running)
    connection.request("POST", "/fit", content, {"Authorization": TOKEN})
    return connection


def _answers(number: int, service: RunningService) -> tuple[Any, Any]:
    """What one of the mixed requests gets, and what it should get. Rows carry its number."""
    data, limit = f"id\n{number}\n{number}\n", {"limits": {"max_fit_time": "0.3"}}
    done = {"status": "success", "message": "/fit done successfully"}
    kind = number % 8
    if kind in (0, 1):
        return service.fit(data, "echo", f"m{number}"), {**done, "results": data}
    if kind == 2:
        service.fit(data, "learner", f"m{number}")
        answer = service.apply("id\n0\n", "learner", f"m{number}")
        return answer["results"], f'0\n"[{number}, {number}]"\n'
    if kind == 3:
        staged = service.fit(data, "echo", f"m{number}", params={"mode": "stage"})
        path = service.srv / "notebooks" / "data" / f"m{number}.csv"
        return (staged["status"], path.read_text()), ("staged", data)
    if kind == 4:
        return service.summary()["token"], "valid"
    if kind == 5:
        return service.post("/fit", b'{"data": ' + str(number).encode())["status"], "error"
    if kind == 6 and number % 3 == 0:
        return "max_fit_time" in service.fit(data, "sleeps", **limit)["message"], True
    if kind == 6:
        return f"user {number}" in service.fit(data, "raises")["message"], True
    return "(exit code 0)" in service.fit(data, "exits")["message"], True


def test_two_hundred_mixed_requests_are_all_answered_with_their_own(
    service: RunningService,
) -> None:
    service.module("echo", ECHO)
    service.module("learner", JSON_MODEL)
    service.module("sleeps", echo(fit="import time; time.sleep(60)"))
    service.module("exits", echo(fit="import os; os._exit(0)"))
    service.module("raises", echo(fit="raise ValueError(f'user {df.id[0]}')"))
    numbers = random.Random(5).sample(range(200), 200)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: _answers(number, service), numbers))
    assert [got for got, _ in results] == [expected for _, expected in results]


def test_summary_answers_while_a_fit_runs(plain: RunningService) -> None:
    connection = _send_fit(plain, json.dumps(body("a\n1\n", "waits")).encode())
    wait_until((plain.srv / "started").exists)
    assert plain.summary()["token"] == "valid"
    assert plain.request("/readyz") == (200, "ok")
    (plain.srv / "go").touch()
    assert json.load(connection.getresponse())["status"] == "success"
    connection.close()


def test_client_that_leaves_cancels_its_search(plain: RunningService) -> None:
    connection = _send_fit(plain, json.dumps(body("a\n1\n", "waits")).encode())
    wait_until((plain.srv / "started").exists)
    connection.close()
    assert plain.fit("a\n1\n", "echo")["status"] == "success"
    plain.logged("the client went away")


def test_client_that_leaves_while_it_sends_cancels_its_search(plain: RunningService) -> None:
    host, port = urllib.parse.urlsplit(plain.url).netloc.split(":")
    head = (
        f"POST /fit HTTP/1.1\r\nHost: x\r\nAuthorization: {TOKEN}\r\nContent-Length: 999999\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as client:
        client.sendall(head.encode() + b'{"data": "' + b"a" * 10_000)
        time.sleep(0.05)
    assert plain.fit("a\n1\n", "echo")["status"] == "success"


def test_sigterm_lets_running_searches_end(mortal: RunningService) -> None:
    connection = _send_fit(mortal, json.dumps(body("a\n1\n", "waits")).encode())
    wait_until((mortal.srv / "started").exists)
    workers = mortal.workers()
    mortal.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    (mortal.srv / "go").touch()
    assert json.load(connection.getresponse())["results"] == "a\n1\n"
    connection.close()
    assert mortal.process.wait(20) == 0
    wait_until(lambda: not any(map(runs, workers)))


def test_sigterm_ends_searches_that_do_not_end(mortal: RunningService) -> None:
    connection = _send_fit(mortal, json.dumps(body("a\n1\n", "waits")).encode())
    wait_until((mortal.srv / "started").exists)
    began = time.monotonic()
    mortal.process.send_signal(signal.SIGTERM)
    message = json.load(connection.getresponse())["message"]
    connection.close()
    assert "run the search: the service is being stopped" in message
    assert mortal.process.wait(10) == 0
    assert time.monotonic() - began < 10


def test_workers_end_with_the_service(mortal: RunningService) -> None:
    workers = mortal.workers()
    mortal.process.kill()
    mortal.process.wait(20)
    wait_until(lambda: not any(map(runs, workers)))


def test_large_result_is_streamed(service: RunningService) -> None:
    service.module("big", echo(apply="return {'a': ['é' * 1000] * 5000}"))
    assert service.fit("a\n1\n", "big")["results"] == "a\n" + ("é" * 1000 + "\n") * 5000


def test_client_that_stops_reading_a_large_result(plain: RunningService) -> None:
    plain.module("big", echo(apply="return {'a': ['x' * 1000] * 50_000}"))
    connection = _send_fit(plain, json.dumps(body("a\n1\n", "big")).encode())
    response = connection.getresponse()
    assert response.read(10)
    response.close()
    connection.close()
    assert plain.fit("a\n1\n", "echo")["status"] == "success"


def test_bodies_sent_at_the_same_time_do_not_mix(service: RunningService) -> None:
    service.module("echo", ECHO)
    tables = [f"a,b\n{'x' * 5000 + str(n)},{n}\n" * 300 for n in range(4)]
    answers: dict[int, str] = {}

    def run(number: int) -> None:
        answers[number] = service.fit(f"a,b\n{tables[number]}", "echo")["results"]

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: f"a,b\n{tables[n]}" for n in range(4)}


def test_linear_algebra_of_a_search_leaves_the_cores_to_others(plain: RunningService) -> None:
    threads = (
        "import numpy, threadpoolctl; numpy.ones((300, 300)) @ numpy.ones((300, 300))\n"
        "    found = threadpoolctl.threadpool_info()\n"
        "    return [str([one['num_threads'] for one in found if one['user_api'] == 'blas'])]"
    )
    plain.module("algebra", echo(apply=threads))
    answer = plain.fit("a\n1\n", "algebra")["results"]
    assert set(answer.partition("\n")[2].strip()) <= set('"[1, ]')
    assert "1" in answer.partition("\n")[2]
