"""The routes of the DSDL container contract, and nothing else."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from starlette.requests import ClientDisconnect

from app import condition, links, stream
from app.auth import is_authorized
from app.exchange import SearchResponse
from app.jupyter import complaints
from app.settings import Settings
from app.workers import Workers

# The app and the version whose contract this is; the search head looks at them.
_IDENTITY = {"app": "Splunk App for Data Science and Deep Learning", "version": "5.2.4"}
_REFUSED_SECONDS, _REFUSED_BYTES = 10, 256 << 20
# Pictures hold scripts, and may be a user's own: they reach neither the service nor anything else.
_GRAPHICS_HEADERS = {
    "Content-Security-Policy": "sandbox allow-scripts allow-downloads; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data: blob:",
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_ICON = Path(__file__).parent / "favicon.ico"


@dataclass
class _Service:
    settings: Settings
    workers: Workers
    last_model: dict[str, Any] = field(default_factory=lambda: {"model": "no model exists"})

    def links_to_pictures(self) -> list[str]:
        """Fresh links to what the last search drew."""
        signing = links.key(self.settings.api_token), self.settings.link_seconds
        return [links.signed(name, *signing) for name in self.last_model.get("graphics", ())]

    def search(self, command: str, bare: dict[str, Any] | None = None) -> Response:
        return SearchResponse(command, self.workers, self.settings, self.last_model.update, bare)


async def _service(request: Request) -> _Service:
    service: _Service = request.app.state.service
    return service


Service = Annotated[_Service, Depends(_service)]


async def _condition(request: Request) -> list[condition.Entry]:
    service: _Service = request.app.state.service
    return await condition.entries(service.workers, service.settings.folders.srv)


async def _authenticate(request: Request, service: Service) -> None:
    values = [value for name, value in request.headers.raw if name == b"authorization"]
    if not is_authorized(values, service.settings.api_token):
        with contextlib.suppress(TimeoutError, ClientDisconnect):
            async with asyncio.timeout(_REFUSED_SECONDS):
                await _drain(request)
        detail = "Invalid token" if values else "No header with token"
        raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})


async def _drain(request: Request) -> None:
    """Take a body in: a client that is still sending does not read why it is refused."""
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > _REFUSED_BYTES:
            break


public = APIRouter()
private = APIRouter(dependencies=[Depends(_authenticate)])
private.include_router(stream.routes(lambda request: request.app.state.service.search, _condition))


def create_app(settings: Settings) -> FastAPI:
    """The service. Its workers run from its startup to its shutdown."""
    service = _Service(settings, Workers(settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.workers:
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    app.state.service = service
    app.state.stop_searches = service.workers.stopping.set
    app.include_router(public)
    app.include_router(private)
    return app


@private.post("/fit")
async def fit(service: Service) -> Response:
    return service.search("fit")


@private.post("/apply")
async def apply(service: Service) -> Response:
    return service.search("apply")


@private.get("/")
@private.get("/summary")
def summary(service: Service) -> Response:
    told = {**_IDENTITY, **service.last_model, "token": "valid"}
    if told.pop("graphics", None):
        told["graphics"] = service.links_to_pictures()
    if wrong := complaints.listed(service.settings.folders.notebooks):
        told["export_errors"] = wrong
    # JSON within a JSON string: that is how the search head reads it.
    return JSONResponse(json.dumps(told))


@private.post("/compute")
async def compute() -> Response:
    message = "/compute has been deprecated and disabled. Use /fit and /apply instead."
    return JSONResponse({"status": "deprecated", "message": message}, 410)


@public.api_route("/graphics/{name}", methods=["GET", "HEAD"])
async def graphics(
    name: str, request: Request, service: Service, expires: str = "", signature: str = ""
) -> Response:
    key = links.key(service.settings.api_token)
    if not (service.settings.public_graphics or links.is_valid(name, expires, signature, key)):
        await _authenticate(request, service)
    path = service.settings.folders.graphics / name
    if name.startswith(".") or path.name != name or not os.path.isfile(path):  # noqa: PTH113
        raise HTTPException(404)
    return FileResponse(path, headers=_GRAPHICS_HEADERS)


@public.get("/favicon.ico")
async def favicon() -> Response:
    return FileResponse(_ICON)


@public.get("/healthz")
async def healthz() -> Response:
    return PlainTextResponse("ok")


@public.get("/readyz")
async def readyz(service: Service) -> Response:
    return PlainTextResponse("ok") if service.workers.ready else PlainTextResponse("not ready", 503)
