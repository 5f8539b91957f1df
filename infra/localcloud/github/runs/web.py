"""Runs for the portal: `/-/OWNER/NAME/runs` of the forge's server, for whoever has the learner's token."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.messages import _

from ..git import GitFailed
from ..repository import NotThere
from .expressions import text_of
from .model import COMPLETED, Run
from .sources import SourcesError, read_sources
from .triggers import DISPATCH, foreign_events
from .workflow import Workflow, WorkflowError, read_workflow

if TYPE_CHECKING:
    from ..forge import Forge
    from ..repository import Repository
    from .runs import Runs

CHUNK = 1 << 18  # bytes of an artifact
SHOWN_RUNS = 60
SHOWN_LINES = 2_000  # of one step: its last
ACTS = ("rerun", "cancel", "approve", "reject")

Handler = Callable[[web.Request], Awaitable[Any]]


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class RunsWeb:
    """Answers in JSON."""

    def __init__(self, runs: "Runs", forge: "Forge") -> None:
        self._runs = runs
        self._forge = forge

    def routes(self) -> list[web.RouteDef]:
        root = "/-/{owner}/{name}/runs"
        return [
            web.get(root, self._guarded(self.listed)),
            web.get(root + r"/{number:\d{1,9}}", self._guarded(self.one)),
            web.get(root + r"/{number:\d{1,9}}/artifacts/{artifact}", self._guarded(self.artifact)),
            web.post(root + r"/{number:\d{1,9}}/{act}", self._guarded(self.act)),
            web.get("/-/{owner}/{name}/workflows", self._guarded(self.workflows)),
            web.post("/-/{owner}/{name}/dispatch", self._guarded(self.dispatch)),
        ]

    async def listed(self, request: web.Request) -> Any:
        """The newest runs."""
        repository = self._repository(request)
        found = [run for run in self._runs.runs if run.repository is repository]
        return {"runs": [_brief(run) for run in found[: -SHOWN_RUNS - 1 : -1]], "warning": self._runs.warning}

    async def one(self, request: web.Request) -> Any:
        """One run; with `job`, its place among the jobs, that job's logs as well."""
        run = self._run(request)
        found = {**run.to_json(), "artifacts": self._artifacts(run)}
        chosen = request.query.get("job", "")
        if chosen.isdigit() and len(chosen) < 6 and int(chosen) < len(run.jobs):
            steps = run.jobs[int(chosen)].steps
            found["jobs"][int(chosen)]["steps"] = [
                {**step.to_json(), "log": step.log[-SHOWN_LINES:], "cut": max(0, len(step.log) - SHOWN_LINES)}
                for step in steps
            ]
        return found

    async def artifact(self, request: web.Request) -> web.StreamResponse:
        """One artifact of a run that has ended, as a zip file."""
        run, name = self._run(request), request.match_info["artifact"]
        if name not in self._artifacts(run):
            raise Refusal(404, _("There is no artifact {name} of this run.").format(name=name))
        with tempfile.TemporaryFile() as file:
            try:
                await asyncio.to_thread(self._runs.artifacts.write_zip, f"{run.number}", name, file)
            except OSError as error:
                words = _("The artifact {name} cannot be packed: {why}.")
                raise Refusal(409, words.format(name=name, why=error.strerror)) from error
            response = web.StreamResponse(
                headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.zip"}
            )
            response.content_type, response.content_length = "application/zip", file.tell()
            await response.prepare(request)
            file.seek(0)
            while data := await asyncio.to_thread(file.read, CHUNK):
                await response.write(data)
        await response.write_eof()
        return response

    def _artifacts(self, run: Run) -> list[str]:
        """The names of what a run has left; none before it ends, as its jobs may still change them."""
        return self._runs.artifacts.names(f"{run.number}") if run.status == COMPLETED else []

    async def act(self, request: web.Request) -> Any:
        """`rerun` or `cancel` a run; `approve` or `reject` a job of it, `job` in the body by its place."""
        run, act = self._run(request), request.match_info["act"]
        if act not in ACTS:
            raise Refusal(404, _("A run knows {acts}.").format(acts=", ".join(ACTS)))
        try:
            if act == "rerun":
                run = await self._runs.rerun(run)
            elif act == "cancel":
                await self._runs.cancel(run)
            else:
                place = (await _body(request)).get("job")
                if not isinstance(place, int) or not 0 <= place < len(run.jobs):
                    raise Refusal(400, _("Name the job by its place among the jobs."))
                await self._runs.approve(run, run.jobs[place], act == "approve")
        except ValueError as error:
            raise Refusal(409, str(error)) from error
        return {"number": run.number}

    async def workflows(self, request: web.Request) -> Any:
        """The workflow files of the default branch: what starts them, and the inputs for those started by hand."""
        repository = self._repository(request)
        try:
            sources = await read_sources(repository, await repository.commit_of(repository.default_branch))
        except (NotThere, SourcesError):
            return {"workflows": []}
        found = []
        for path in sources.workflows():
            try:
                found.append(_described(read_workflow(path, sources.files[path])))
            except WorkflowError as error:
                found.append({"path": path, "name": path, "problem": f"{error.line}: {error.text}", "events": []})
        return {"workflows": found}

    async def dispatch(self, request: web.Request) -> Any:
        """Starts `workflow` (a path) on the branch `ref` with `inputs`."""
        body = await _body(request)
        workflow, ref, inputs = body.get("workflow"), body.get("ref", "main"), body.get("inputs", {})
        if not isinstance(workflow, str) or not isinstance(ref, str) or not isinstance(inputs, dict):
            raise Refusal(400, _("workflow and ref must be texts, inputs an object."))
        try:
            run = await self._runs.dispatch(self._repository(request), workflow, ref, inputs)
        except (ValueError, NotThere, GitFailed) as error:
            raise Refusal(422, str(error)) from error
        return {"number": run.number}

    def _repository(self, request: web.Request) -> "Repository":
        found = self._forge.find(f"{request.match_info['owner']}/{request.match_info['name']}")
        if found is None:
            raise Refusal(404, _("There is no such repository."))
        return found

    def _run(self, request: web.Request) -> Run:
        repository = self._repository(request)
        run = self._runs.find(int(request.match_info["number"]))
        if run is None or run.repository is not repository:
            raise Refusal(404, _("There is no such run any more."))
        return run

    def _guarded(self, answer: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def respond(request: web.Request) -> web.StreamResponse:
            try:
                access = self._forge.tokens.access(request.headers)
                if not is_local(request.host) or access is None or not access.writes:
                    raise Refusal(401, _("Only whoever has the learner's token may ask."))
                found = await answer(request)
                return found if isinstance(found, web.StreamResponse) else web.json_response(found)
            except Refusal as refusal:
                return web.json_response({"message": str(refusal)}, status=refusal.status)

        return respond


def _brief(run: Run) -> dict[str, Any]:
    found = run.to_json()
    keys = ("number", "name", "title", "event", "ref", "sha", "status", "conclusion", "run_number", "attempt", "actor")
    times = ("created_at", "started_at", "ended_at")
    return {key: found[key] for key in (*keys, *times)}


def _described(workflow: Workflow) -> dict[str, Any]:
    events = workflow.events.get(DISPATCH)
    inputs = events.get("inputs") if isinstance(events, Mapping) else None
    return {
        "path": workflow.path,
        "name": workflow.name,
        "events": list(workflow.events),
        "foreign": foreign_events(workflow),
        "by_hand": DISPATCH in workflow.events,
        "inputs": [
            _input(name, spec if isinstance(spec, Mapping) else {})
            for name, spec in (inputs if isinstance(inputs, Mapping) else {}).items()
        ],
    }


def _input(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    options = spec.get("options")
    return {
        "name": name,
        "type": str(spec.get("type", "string")),
        "description": str(spec.get("description", "")),
        "required": spec.get("required") is True,
        "default": text_of(spec.get("default")),
        "options": [text_of(one) for one in options] if isinstance(options, list) else [],
    }


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise Refusal(400, _("The body is not JSON.")) from None
    if not isinstance(body, dict):
        raise Refusal(400, _("The body must be a JSON object."))
    return body
