"""docker compose up, as on a laptop: log in with what it prints, search, stop, come back."""

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

from tests.container import images
from tests.container.engine import compose, docker
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


@dataclass
class Composed:
    """The project in a folder of its own, started; `printed` is what first-start has told."""

    folder: Path
    environment: dict[str, str]
    printed: str
    container: Container

    def __call__(self, *arguments: str) -> str:
        return _compose(self.folder, self.environment, *arguments)

    def told(self, pattern: str) -> str:
        return re.search(pattern, self.printed)[1]

    def request(self, path: str, data: bytes | None = None) -> tuple[int, str]:
        return self.container.request(path, data, self.told(r"token +(\S+)"))


def _compose(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    command = [*compose(), "--project-name", PROJECT, *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    ports = {"HUNT_PORT": _free_port(), "HUNT_JUPYTER_PORT": _free_port()}
    tags = {"HUNT_DEV_IMAGE": images.DEV, "HUNT_PROD_IMAGE": images.PROD}
    environment = {**os.environ, **ports, **tags, "HUNT_UID": str(os.getuid())}
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "docker-compose.yml", folder)
    try:
        _compose(folder, environment, "up", "--detach", "--no-build")
        identity = _compose(folder, environment, "ps", "--quiet", "dev").strip()
        container = Container(id=identity, srv=tmp_path_factory.mktemp("copied"))
        _trust(container)
        container.find().wait_ready()
        printed = _compose(folder, environment, "logs", "first-start")
        yield Composed(folder, environment, printed, container)
    finally:
        _compose(folder, environment, *PROFILES, "down", "--volumes", "--timeout", "10")


def _trust(container: Container) -> None:
    """Fetch the certificate out of the volume, as a user would."""
    folder = container.srv / "app" / "tls"
    folder.mkdir(parents=True)
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


def test_up_writes_the_settings_that_the_next_up_reads(composed: Composed) -> None:
    settings = (composed.folder / ".env").read_text()
    token = composed.told(r"token +(\S+)")
    assert f"api_token={token}\n" in settings
    assert composed.told(r"password +(\S+)") in settings
    assert composed(*PROFILES, "config").count(token) >= 3  # dev, prod, batch


def test_down_and_up_keep_secrets_and_models(composed: Composed, tmp_path: Path) -> None:
    module = tmp_path / "learner.py"
    module.write_text(JSON_MODEL.replace('os.environ["SRV_DIR"]', '"/srv"'))
    docker("cp", str(module), f"{composed.container.id}:/srv/app/model/learner.py")
    composed("stop")
    composed("up", "--detach", "--no-build")
    composed.container.id = composed("ps", "--quiet", "dev").strip()  # .env is new to it
    composed.container.find().wait_ready()
    assert composed.request("/summary")[0] == 200
    assert composed.told(r"token +(\S+)") in composed("logs", "first-start")
    docker("exec", composed.container.id, "ls", "/srv/app/model/learner.py")


def test_files_for_the_dsdl_app_come_from_the_running_container(composed: Composed) -> None:
    command = ["make", "--silent", "-f", str(ROOT / "Makefile"), "dsdl-conf", "HOST=h.example.com"]
    environment = composed.environment | {"COMPOSE_PROJECT_NAME": PROJECT}
    subprocess.run(command, cwd=composed.folder, env=environment, check=True)
    written = composed.folder / "build" / "dsdl-conf"
    connection = (written / "passive" / "docker.conf").read_text()
    token = composed.told(r"token +(\S+)")
    assert f"api_token = {token}\n" in connection
    assert "jupyter_passwd = sha256:" in connection
    containers = (written / "passive" / "containers.conf").read_text()
    assert "api_url = https://h.example.com:" in containers
    assert (written / "managed" / "images.conf").exists()


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
    environment = composed.environment | given
    _compose(composed.folder, environment, *PROFILES, "up", "--detach", "--no-build", "tls-files")
    identity = _compose(
        composed.folder, environment, *PROFILES, "ps", "--quiet", "tls-files"
    ).strip()
    container = Container(id=identity, trusted=authority.cert_pem.bytes().decode()).find()
    container.wait_ready()
    assert container.request("/summary")[0] == 200


@pytest.fixture
def redis_image() -> Iterator[str]:
    """Debian's Redis: an image of Redis may be out of reach."""
    install = "apt-get update && apt-get install --yes --no-install-recommends redis-server"
    text = f"FROM {images.PROD}\nUSER 0\nRUN {install}\nENTRYPOINT []\n"
    tag = "dsdl-hunt-test:redis"
    docker("build", "--tag", tag, "-", input=text)
    yield tag
    docker("rmi", "--force", tag)


def test_redis_is_the_cache_that_containers_share(composed: Composed, redis_image: str) -> None:
    environment = composed.environment | {"HUNT_REDIS_IMAGE": redis_image}
    _compose(composed.folder, environment, *PROFILES, "up", "--detach", "--no-build", "redis")
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
