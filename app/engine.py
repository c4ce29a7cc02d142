"""One job: the body of a search in, its answer out. Runs in a worker process.

The order of the steps is DSDL's. Every step that fails gives an answer that names it.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import orjson
import pandas as pd

from app import failures, frames, links, memory, modules, saved
from app.blackbox import BlackBox
from app.body import Body, BodyError
from app.duties import Duties
from app.failures import SearchError
from app.files import replacing
from app.meta import Options, read_options
from app.rows import Rows
from app.splunk import findings

_DESCRIPTION = 64_000
_DESCRIPTION_SECONDS = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What the search head gets; `describe` finds what /summary tells afterwards."""

    status: str
    message: str
    results: bytes | None = None
    graphics: dict[str, str] | None = None
    describe: Callable[[], dict[str, Any] | None] = lambda: None

    def json(self) -> Iterator[bytes]:
        """The body of the HTTP response."""
        told: dict[str, Any] = {"status": self.status, "message": self.message}
        if self.graphics is not None:
            told["graphics"] = self.graphics
        head = json.dumps(told).encode()
        if self.results is None:
            yield head
            return
        yield head[:-1] + b', "results": '
        yield from frames.json_string(self.results)
        yield b"}"


@dataclass(frozen=True)
class _Job:
    command: str
    duties: Duties
    box: BlackBox

    def step(self, what: str, frame: pd.DataFrame | None = None) -> AbstractContextManager[None]:
        """Do `what`, and know about it if it fails or ends the process."""
        self.box.note(step=what)
        columns = () if frame is None else frame.columns
        return failures.step(what, self.duties.folders.modules, columns)


@dataclass(frozen=True)
class _Search:
    frame: pd.DataFrame
    rows: int
    meta: dict[str, Any]
    options: Options
    only_new: bool = False

    @property
    def saved_name(self) -> str:
        return f"{self.options.algo}_{self.options.model_name}"


def run(
    command: str,
    chunks: Iterable[bytes],
    duties: Duties,
    box: BlackBox,
    bare: dict[str, Any] | None = None,
) -> Answer:
    """The answer to POST /<command> (fit or apply) with a body that comes in chunks.

    The body is DSDL's, or with `bare` the rows alone: what app.rows.Rows takes besides. Then a
    model need not be fitted, if it can do without: without a name it is a new one.
    """
    job = _Job(command, duties, box)
    box.begin()
    box.start_clock(duties.max_seconds, "MAX_JOB_SECONDS")
    before = memory.in_use()
    try:
        memory.limit(duties.max_memory_mb, before)
        with job.step("run the search"):
            search = _read(job, Rows(chunks, **bare) if bare else Body(chunks))
            _limit(job, search.options, before)
            if command == "fit":
                return _fit(job, search)
            fitted = not bare or "model_name" in search.meta["options"]
            return _apply(job, search) if fitted else _try(job, search)
    except SearchError as error:
        return Answer("error", error.message(command))
    finally:
        box.stop_clock()
        memory.unlimit()


def _read(job: _Job, body: Body | Rows) -> _Search:
    with job.step("read the rows (data) as CSV"):
        try:
            frame = frames.read(body)
        except BodyError:
            with job.step("parse the body"):
                raise
    with job.step("parse the body"):
        meta = body.meta()
    with job.step("read the options of the search (meta)"):
        only_new = isinstance(body, Rows) and body.only_new
        return _Search(frame, len(frame), meta, read_options(meta), only_new)


def _limit(job: _Job, options: Options, before: int) -> None:
    """From here on the search's own limits hold, as far as they are below the service's."""
    seconds, name = options.fit_seconds, "max_fit_time"
    if job.command == "apply":
        seconds, name = options.score_seconds, "max_score_time"
    if seconds is None or seconds > job.duties.max_seconds:
        seconds, name = job.duties.max_seconds, "MAX_JOB_SECONDS"
    job.box.start_clock(seconds, name)
    most = job.duties.max_memory_mb
    memory.limit(min(options.memory_mb or most, most), before)


def _fit(job: _Job, search: _Search) -> Answer:
    frame, meta, name = search.frame, search.meta, search.saved_name
    if search.options.mode == "stage":
        return _stage(job, search)
    module = _module(job, search, "init", "fit", "save", "apply")
    with job.step("initialise the model", frame):
        model = module.init(frame, meta)
    with job.step("fit the model", frame):
        module.fit(model, frame, meta)
    with (
        job.step(f"save the model {name!r}"),
        saved.saving(job.duties.folders.models, name),
    ):
        module.save(model, name)
    return _result(job, search, module, model)


def _apply(job: _Job, search: _Search) -> Answer:
    name = search.saved_name
    module = _module(job, search, "load", "apply")
    with (
        job.step(f"load the model {name!r} (made by fit ... into {search.options.model_name})"),
        saved.loading(job.duties.folders.models, name),
    ):
        model = module.load(name)
    return _result(job, search, module, model)


def _try(job: _Job, search: _Search) -> Answer:
    """Apply a model that was not fitted."""
    module = _module(job, search, "init", "apply")
    with job.step("initialise the model", search.frame):
        model = module.init(search.frame, search.meta)
    try:
        return _result(job, search, module, model)
    except SearchError as error:
        if not error.what.startswith("apply"):
            raise
        hint = "if this model has to be fitted first, name one that was: model=<name>"
        raise SearchError(f"{error.what}; {hint}", error.ended_with) from None


def _stage(job: _Job, search: _Search) -> Answer:
    path = job.duties.folders.staged / f"{search.options.model_name}.csv"
    with job.step(f"stage the rows in {path}"):
        with replacing(path) as file:
            file.write(frames.write(search.frame))
        with replacing(path.with_name(f"{search.options.model_name}.json")) as file:
            file.write(json.dumps(search.meta).encode())
    message = f"Model data staged successfully in {path} - no model was built yet."
    return Answer("staged", message)


def _module(job: _Job, search: _Search, *functions: str) -> ModuleType:
    algo = search.options.algo
    with job.step(f"import the module {algo!r}"):
        module = modules.load(algo, job.duties.folders.modules)
        for function in functions:
            if not callable(getattr(module, function, None)):
                raise AttributeError(f"no {function}(): name a cell mltkc_{function}")
    return module


def _result(job: _Job, search: _Search, module: ModuleType, model: Any) -> Answer:
    with job.step("apply the model", search.frame):
        result = pd.DataFrame(module.apply(model, search.frame, search.meta))
    if len(result) != search.rows:
        log.warning(
            "module %s gave %d rows for %d: the search head will attach them to the wrong events",
            search.options.algo,
            len(result),
            search.rows,
        )
    graphics, drawn = (
        _drawn(job, search, module, model, result) if search.options.plot else (None, [])
    )
    if graphics is not None:
        result = result.assign(picture=graphics.get("page", ""))
    with job.step("write the result as CSV"):
        text = frames.write(_new(result, search) if search.only_new else result)
    with job.step("send the findings to Splunk (hec=true)"):
        findings.push(result, search.frame, search.meta, search.saved_name)
    message = f"/{job.command} done successfully"
    return Answer("success", message, text, graphics, lambda: _describe(job, module, model, drawn))


def _new(result: pd.DataFrame, search: _Search) -> pd.DataFrame:
    """The columns that were not sent; all if there is no other, which would leave no rows."""
    new = ~result.columns.isin(search.frame.columns)
    return result.loc[:, new] if new.any() else result


def _drawn(
    job: _Job, search: _Search, module: ModuleType, model: Any, result: pd.DataFrame
) -> tuple[dict[str, str], list[str]]:
    """Links to the picture of a search, and its file names; why there is none does not fail it.

    A module may say by itself what to draw: plot(model, df, result, param) gives the scenes.
    """
    try:
        with job.step("draw the picture"):
            from app import pictures  # only here: what draws takes a second to import

            if plot := getattr(module, "plot", None):
                scenes = plot(model, search.frame, result, search.meta)
            else:
                options = search.meta["options"]["params"]
                scenes = pictures.of_result(search.options.algo, search.frame, result, options)
            saved_as = pictures.save(search.saved_name, *scenes)
    except SearchError as error:
        return {"error": f"unable to {error.what}: {error.ended_with}"}, []
    signing = job.duties.link_key, job.duties.link_seconds
    links_to = {kind: links.signed(file, *signing) for kind, file in saved_as._asdict().items()}
    return links_to, list(saved_as)


def _describe(job: _Job, module: ModuleType, model: Any, drawn: list[str]) -> dict[str, Any]:
    """What /summary tells. A module may have no summary, or a broken one: no search fails by it."""
    job.box.note(step="describe the model")
    job.box.start_clock(_DESCRIPTION_SECONDS, "the limit of summary()")
    memory.limit(job.duties.max_memory_mb, memory.in_use())
    description: dict[str, Any] = {"model": "", "model_summary": None, "graphics": drawn}
    try:
        description["model"] = str(model)[:_DESCRIPTION]
        summary = orjson.dumps(
            module.summary(model),
            default=str,
            option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY,
        )
        if len(summary) > _DESCRIPTION:
            description["model_summary"] = f"{summary[:_DESCRIPTION].decode(errors='ignore')}..."
        else:
            description["model_summary"] = json.loads(summary)
    except BaseException as error:
        log.warning("summary of module %s: %s", module.__name__, type(error).__name__)
    return description
