"""Routes of /v1, beside DSDL's: rows as they are, in chunks, for models with or without a fit.

A chunk is a request and a job of its own, with the same limits as POST /apply. Several may be in
flight; they are answered in any order.
"""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from starlette.types import Message, Receive, Scope, Send

from app.hunting import models
from app.rows import ENCODINGS

# Runs a search: the command, and what the worker has to know (engine.run).
Search = Callable[[str, dict[str, Any]], Response]
Condition = Callable[[Request], Awaitable[list[dict[str, str]]]]
_LIST = "delim"  # the option of models that take and give several values in a cell
_ANSWER = {
    "description": 'Always JSON. {"status": "success", "message": ..., "results": "<CSV text>"}: '
    "one row per row sent, in order, for models that annotate. "
    '{"status": "error", "message": ...}: why there are no results, and what to do.'
}
_CSV = {
    "requestBody": {
        "required": True,
        "description": "Rows, header first, UTF-8; Content-Encoding: gzip or zstd if packed.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    200: _ANSWER,
    401: {"description": "The token is missing or wrong."},
    415: {"description": "The Content-Encoding is none that is understood."},
    422: {"description": "A parameter is not as described here."},
}


class Observables(BaseModel):
    """What to look up: addresses, names, URLs, hashes."""

    observables: list[str] = Field(min_length=1, max_length=10_000)
    options: dict[str, str] = Field({}, description="options of the model ti_lookup")


def routes(search_with: Callable[[Request], Search], condition: Condition) -> APIRouter:
    """The routes. `search_with` gives what runs the searches of a request, `condition` how the
    service is."""
    router = APIRouter(prefix="/v1")

    @router.get("/models", summary="The models, with their options and columns")
    async def listed() -> list[dict[str, Any]]:
        return [described(name) for name in models.names()]

    @router.post(
        "/models/{algo}/{command}",
        summary="Fit a model, or apply one, to a chunk of rows",
        responses=_REFUSED,
        openapi_extra=_CSV,
    )
    async def run(
        request: Request,
        algo: str,
        command: Literal["fit", "apply"],
        model: Annotated[
            str,
            Query(
                pattern="^[A-Za-z0-9_-]{0,100}$",
                description="fit saves the model under this name, apply takes the one that was "
                "fitted under it. Without: `default` for fit, and for apply no fitted one",
            ),
        ] = "",
        field: Annotated[list[str], Query(description="fields to work on, in order")] = [],  # noqa: B006
        target: Annotated[list[str], Query(description="y of `y from x`")] = [],  # noqa: B006
        option: Annotated[list[str], Query(description="name=value")] = [],  # noqa: B006
        separator: Annotated[
            str, Query(description="joins several values of a cell, in rows and results")
        ] = "",
        only_new: Annotated[
            bool, Query(description="leave out the columns of the result that were sent")
        ] = False,
    ) -> Response:
        options = _options(option)
        if separator and _takes_lists(algo):
            options.setdefault(_LIST, separator)
        meta = _meta({**options, "algo": algo}, model, field, target)
        rows = {"meta": meta, "encoding": _encoding(request), "only_new": only_new}
        return search_with(request)(command, rows)

    @router.post(
        "/lookup",
        summary="What threat intelligence says about observables",
        responses={200: _ANSWER},
    )
    async def lookup(request: Request, wanted: Observables) -> Response:
        meta = _meta({**wanted.options, "algo": "ti_lookup"}, "", ["observable"], [])
        response = search_with(request)("apply", {"meta": meta, "encoding": "identity"})
        return _Prepared(_column("observable", wanted.observables), response)

    @router.get("/status", summary="How the service, providers, feeds and databases are")
    async def status(request: Request) -> list[dict[str, str]]:
        return await condition(request)

    @router.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return get_openapi(title="DSDL Hunt", version="1", routes=router.routes)

    return router


def described(name: str) -> dict[str, Any]:
    """What there is to know about a model of ours."""
    model = models.model(name)
    return {
        "model": name,
        "purpose": model.purpose,
        "rows": model.rows,
        "example": model.spl,
        "parameters": [
            {"name": entry.name, "default": entry.default, "meaning": entry.meaning}
            for entry in model.parameters
        ],
        "columns": [{"name": entry.name, "meaning": entry.meaning} for entry in model.columns],
    }


def _takes_lists(algo: str) -> bool:
    return algo in models.names() and _LIST in models.model(algo).options


def _options(given: list[str]) -> dict[str, str]:
    """Raises HTTPException for one that is not name=value."""
    options = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        if not (name and equals):
            raise HTTPException(422, f"option {entry!r:.120} is not name=value")
        options[name] = value
    return options


def _encoding(request: Request) -> str:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise HTTPException(415, f"Content-Encoding {encoding!r:.60} is not one of: {known}")
    return encoding


def _meta(
    params: dict[str, str], model: str, fields: list[str], targets: list[str]
) -> dict[str, Any]:
    """The options of a search as DSDL sends them."""
    options: dict[str, Any] = {
        "params": params,
        "args": [*targets, *fields],
        "algo_name": "MLTKContainer",
    }
    if fields:
        options["feature_variables"] = fields
    if targets:
        options["target_variable"] = targets
    if model:
        options["model_name"] = model
    return {"options": options, "feature_variables": fields, "target_variables": targets}


def _column(name: str, values: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([[name], *([value] for value in values)])
    return text.getvalue().encode("utf-8", "replace")


class _Prepared(Response):
    """A response to a body that is there already, instead of the client's."""

    def __init__(self, body: bytes, response: Response) -> None:
        super().__init__()
        self._request = body
        self._response = response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = [{"type": "http.request", "body": self._request}]

        async def received() -> Message:
            return messages.pop() if messages else await receive()

        await self._response(scope, received, send)
