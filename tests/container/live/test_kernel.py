"""What a notebook finds when it runs in the DEV container's JupyterLab."""

import json
import uuid

import pytest
import websocket

from tests.jupyter.running_jupyter import RunningJupyter


@pytest.mark.parametrize(
    "code",
    [
        "from dsdlsupport import SplunkSearch, SplunkHEC, SplunkGenerateGraphicsObjects",
        "from dsdlsupport import SplunkSearch; SplunkSearch.SplunkSearch",
        "from dsdlsupport import SplunkHEC; SplunkHEC.SplunkHEC",
        "import msticpy; from msticpy.transform import base64unpack, iocextract",
        "import papermill, ipywidgets; ipywidgets.IntSlider()",
        "import matplotlib.pyplot as plt; plt.subplots()[0].savefig('/tmp/x.png')",
        "from app.hunting import powershell",
    ],
)
def test_kernel_can_run(jupyter: RunningJupyter, code: str) -> None:
    assert _status(jupyter, code) == {"status": "ok"}


def _status(jupyter: RunningJupyter, code: str) -> dict[str, str]:
    """Runs code in a kernel of its own; gives {"status": "ok"}, or which error it ended with."""
    headers = {"X-XSRFToken": jupyter.session.cookies["_xsrf"]}
    kernels = f"{jupyter.url}/api/kernels"
    kernel = f"{kernels}/{jupyter.session.post(kernels, json={}, headers=headers).json()['id']}"
    channels = websocket.create_connection(
        f"{kernel.replace('https', 'wss', 1)}/channels",
        cookie="; ".join(f"{name}={value}" for name, value in jupyter.session.cookies.items()),
        sslopt={"ca_certs": str(jupyter.certificate)},
        timeout=60,
    )
    try:
        channels.send(json.dumps(_request(code)))
        while (answer := json.loads(channels.recv()))["msg_type"] != "execute_reply":
            pass
    finally:
        channels.close()
        jupyter.session.delete(kernel, headers=headers)
    content = answer["content"]
    return {name: content[name] for name in ("status", "ename", "evalue") if name in content}


def _request(code: str) -> dict:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
    header |= {"username": "", "session": uuid.uuid4().hex}
    content = {"code": code, "silent": False, "store_history": False, "stop_on_error": True}
    return {"channel": "shell", "header": header, "content": content, "parent_header": {}} | {
        "metadata": {},
        "buffers": [],
    }
