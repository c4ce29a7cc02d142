"""docker compose up, as on a laptop: log in with what it prints, search, stop, come back."""

import configparser
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from jupyter_server.auth import passwd_check

from tests.container import images
from tests.container.engine import composes, docker
from tests.container.live.containers import Container, lab_of
from tests.running_service import ROOT, TOKEN
from tests.service.modules import JSON_MODEL

PROJECT = "dsdl-hunt-test"
PROFILES = (
    "--profile",
    "prod",
    "--profile",
    "tls-files",
    "--profile",
    "batch",
    "--profile",
    "redis",
)


# Somebody without rights owns the folder of the project.
OWNER = (12345, 23456)


@dataclass
class Composed:
    """The project, started; `printed` is what first-start has told."""

    command: list[str]
    folder: Path
    environment: dict[str, str]
    container: Container
    printed: str = ""

    def __call__(self, *arguments: str, **changes: str) -> str:
        return self.run(*self.command, "--project-name", PROJECT, *arguments, **changes)

    def run(self, *command: str, **changes: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | changes,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self) -> None:
        self("up", "--detach", "--no-build")
        self.container.id = self("ps", "--quiet", "dev").strip()
        _trust(self.container)
        self.container.find().wait_ready()

    def up_too(self, service: str, **changes: str) -> str:
        """Starts a service of a profile; gives its container."""
        self(*PROFILES, "up", "--detach", "--no-build", service, **changes)
        return self(*PROFILES, "ps", "--quiet", service).strip()

    def told(self, pattern: str) -> str:
        return re.search(pattern, self.printed)[1]

    def request(self, path: str) -> tuple[int, str]:
        return self.container.request(path, authorization=self.told(r"token +(\S+)"))


def _free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


@pytest.fixture(scope="module", params=composes(), ids=" ".join)
def composed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Composed]:
    folder = tmp_path_factory.mktemp("project")
    for name in ("docker-compose.yml", "Makefile"):
        shutil.copy(ROOT / name, folder)
    os.chown(folder, *OWNER)
    ports = {"HUNT_PORT": _free_port(), "HUNT_JUPYTER_PORT": _free_port()}
    tags = {"HUNT_DEV_IMAGE": images.DEV, "HUNT_PROD_IMAGE": images.PROD}
    container = Container(srv=tmp_path_factory.mktemp("copied"))
    project = Composed(request.param, folder, {**os.environ, **ports, **tags}, container)
    try:
        project.up()
        project.printed = project("logs", "first-start")
        yield project
    finally:
        project(*PROFILES, "down", "--volumes", "--timeout", "10")


def _trust(container: Container) -> None:
    """Fetch the certificate out of the volume, as a user would."""
    folder = container.srv / "app" / "tls"
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + 30
    source = f"{container.id}:/srv/app/tls/cert.pem"
    while docker("cp", source, str(folder / "cert.pem"), check=False).returncode:
        assert time.monotonic() < deadline, container.logs()
        time.sleep(0.1)


def test_up_gives_a_service_that_takes_the_printed_token(composed: Composed) -> None:
    assert composed.request("/summary")[0] == 200
    assert composed.container.request("/summary", authorization="wrong")[0] == 401


def test_up_gives_a_jupyterlab_that_takes_the_printed_password(composed: Composed) -> None:
    jupyter = lab_of(composed.container, composed.told(r"password +(\S+)"))
    names = {entry["name"] for entry in jupyter.contents("GET", "").json()["content"]}
    assert "powershell_ioc.ipynb" in names
    assert jupyter.session.get(f"{jupyter.url}/lab").status_code == 200


def test_up_writes_an_env_file_for_the_owner_of_the_project(composed: Composed) -> None:
    env = composed.folder / ".env"
    assert (env.stat().st_uid, env.stat().st_gid, env.stat().st_mode & 0o777) == (*OWNER, 0o600)
    password = composed.told(r"password +(\S+)")
    values = dict(re.findall(r"^(\w+)=(.*)$", env.read_text(), re.MULTILINE))
    assert values["api_token"] == composed.told(r"token +(\S+)")
    assert f"is {password}, and this is its hash:\nJUPYTER_PASSWD=" in env.read_text()


def test_next_up_takes_the_env_file_and_keeps_models(composed: Composed, tmp_path: Path) -> None:
    module = tmp_path / "learner.py"
    module.write_text(JSON_MODEL.replace('os.environ["SRV_DIR"]', '"/srv"'))
    docker("cp", str(module), f"{composed.container.id}:/srv/app/model/learner.py")
    env, token = composed.folder / ".env", composed.told(r"token +(\S+)")
    written = env.read_text()
    assert f"api_token={token}" not in _variables(composed.container)
    composed("stop")
    composed.up()
    assert f"api_token={token}" in _variables(composed.container)
    assert env.read_text() == written
    assert composed.request("/summary")[0] == 200
    assert token not in composed("logs", "first-start").splitlines()[-2]
    assert "learner.py" in composed("exec", "-T", "dev", "ls", "/srv/app/model")


def _variables(container: Container) -> list[str]:
    shown = docker("inspect", "--format", "{{json .Config.Env}}", container.id).stdout
    return json.loads(shown)


def test_files_for_the_dsdl_app_come_from_the_running_container(composed: Composed) -> None:
    command = " ".join([*composed.command, "--project-name", PROJECT])
    composed.run("make", "dsdl-conf", "HOST=hunt.example.com", f"COMPOSE={command}")
    written = composed.folder / "build" / "dsdl-conf"
    files = {str(path.relative_to(written)): _parsed(path) for path in written.rglob("*.conf")}
    port, jupyter_port = (composed.environment[name] for name in ("HUNT_PORT", "HUNT_JUPYTER_PORT"))
    assert files["passive/containers.conf"]["__dev__"] == {
        "api_url": f"https://hunt.example.com:{port}",
        "api_url_external": f"https://hunt.example.com:{port}",
        "jupyter_url": f"https://hunt.example.com:{jupyter_port}",
        "mode": "DEV",
        "cluster": "docker",
        "id": "dsdl-hunt-dev",
        "image": images.DEV,
        "runtime": "none",
    }
    for kind in ("passive", "managed"):
        connection = files[f"{kind}/docker.conf"]["connection"]
        assert connection["api_token"] == composed.told(r"token +(\S+)")
        assert passwd_check(connection["jupyter_passwd"], composed.told(r"password +(\S+)"))
    repositories = {image["repo"] for image in files["managed/images.conf"].values()}
    names = {image["image"] for image in files["managed/images.conf"].values()}
    assert (repositories, names) == ({""}, {images.DEV, images.PROD})
    assert files["passive/savedsearches.conf"]["MLTK Container Sync"]["disabled"] == "1"


def _parsed(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(path.read_text())
    return {name: dict(parser[name]) for name in parser.sections()}


def test_batch_runs_a_notebook_of_the_volume(composed: Composed) -> None:
    notebook = "notebooks/batch/daily_powershell_hunt.ipynb"
    composed(*PROFILES, "run", "--rm", "-T", "batch", "run", notebook)
    runs = composed("exec", "-T", "dev", "ls", "/srv/notebooks/runs/daily_powershell_hunt")
    assert any(name.endswith(".html") for name in runs.split())


def test_tls_files_are_served(composed: Composed, tmp_path: Path) -> None:
    authority = trustme.CA()
    pair = authority.issue_cert("127.0.0.1")
    pair.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    pair.private_key_pem.write_to_path(tmp_path / "key.pem")
    tmp_path.chmod(0o755)
    given = {"HUNT_PORT": _free_port(), "HUNT_TLS": str(tmp_path), "api_token": TOKEN}
    identity = composed.up_too("tls-files", **given)
    container = Container(id=identity, trusted=authority.cert_pem.bytes().decode()).find()
    container.wait_ready()
    assert container.request("/summary")[0] == 200


@pytest.fixture(scope="session")
def redis_image() -> Iterator[str]:
    """Debian's Redis: an image of Redis may be out of reach."""
    install = "apt-get update && apt-get install --yes --no-install-recommends redis-server"
    text = f"FROM {images.PROD}\nUSER 0\nRUN {install}\nENTRYPOINT []\n"
    tag = "dsdl-hunt-test:redis"
    docker("build", "--tag", tag, "-", input=text)
    yield tag
    docker("rmi", "--force", tag)


def test_redis_is_the_cache_that_containers_share(composed: Composed, redis_image: str) -> None:
    composed.up_too("redis", HUNT_REDIS_IMAGE=redis_image)
    count = "store = sources().store(); store.count('tried', 1); print(store.counted('tried'))"
    code = f"from app.enrichment.sources import sources; {count}"
    command = ["exec", "-T", "--env", "HUNT_TI_CACHE_REDIS=redis_url", "dev", "python", "-c", code]
    assert [composed(*command).strip() for _ in range(2)] == ["1", "2"]
    stored = composed(*PROFILES, "exec", "-T", "redis", "redis-cli", "dbsize")
    assert int(stored) > 0


def test_compose_limits_what_a_container_may_take(composed: Composed) -> None:
    limits = "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}"
    limits += " {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.LogConfig.Config}}"
    found = docker("inspect", "--format", limits, composed.container.id).stdout.strip()
    assert found == f"{8 << 30} 512 unless-stopped true map[max-file:5 max-size:10m]"
