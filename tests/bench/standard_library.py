"""A container that does /fit as plainly as it can be done, to measure against.

One process: the body is parsed by json and pandas on the event loop, as a whole, and the result is
written by pandas and json. The model gives each row's number.

    python -m tests.bench.standard_library CERTIFICATE KEY
"""

import io
import json
import sys

import pandas as pd
import uvicorn
from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.get("/summary")
async def summary() -> Response:
    return Response("{}")


@app.post("/fit")
async def fit(request: Request) -> Response:
    body = json.loads(await request.body())
    frame = pd.read_csv(io.StringIO(body["data"]))
    result = pd.DataFrame(frame.index, columns=["index"])
    answer = {"status": "success", "results": result.to_csv(index=False)}
    return Response(json.dumps(answer))


class _Server(uvicorn.Server):
    async def startup(self, sockets: list | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"listening on https://127.0.0.1:{port}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    certificate, key = sys.argv[1:]
    _Server(
        uvicorn.Config(app, port=0, ssl_certfile=certificate, ssl_keyfile=key, log_level="warning")
    ).run()
