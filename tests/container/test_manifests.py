"""The Kubernetes manifests and the Dockerfile: complete, strict, and of one piece."""

import re

import yaml

from app import __version__
from tests.running_service import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def _load(name: str) -> dict:
    return yaml.safe_load((FOLDER / name).read_text())


def _pod() -> dict:
    return _load("deployment.yaml")["spec"]["template"]["spec"]


def test_kustomization_names_every_manifest() -> None:
    manifests = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(_load("kustomization.yaml")["resources"]) == manifests


def test_manifests_select_the_pods_of_the_deployment() -> None:
    labels = _load("deployment.yaml")["spec"]["template"]["metadata"]["labels"]
    assert _load("deployment.yaml")["spec"]["selector"]["matchLabels"] == labels
    assert _load("service.yaml")["spec"]["selector"] == labels
    assert _load("network.yaml")["spec"]["podSelector"]["matchLabels"] == labels


def test_pod_has_no_rights() -> None:
    (container,) = _pod()["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert _pod()["securityContext"]["runAsNonRoot"] is True
    user = re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    given = _pod()["securityContext"]
    assert (str(given["runAsUser"]), str(given["runAsGroup"])) == user.groups()


def test_pod_mounts_every_volume() -> None:
    (container,) = _pod()["containers"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in _pod()["volumes"]}


def test_pod_ends_jobs_before_the_container_has_no_memory() -> None:
    (container,) = _pod()["containers"]
    values = {entry["name"]: entry["value"] for entry in container["env"]}
    jobs = int(values["api_workers"]) * int(values["MAX_JOB_MEMORY_MB"])
    assert jobs < int(container["resources"]["limits"]["memory"].removesuffix("Gi")) * 1024


def test_image_has_the_version_of_the_code() -> None:
    assert f"ARG VERSION={__version__}\n" in DOCKERFILE
