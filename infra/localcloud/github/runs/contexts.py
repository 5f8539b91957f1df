"""The contexts of expressions that are evaluated before a job starts, and the environment that act makes more of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..events import Event
    from .model import Run

RETENTION_DAYS = "90"


def github(run: "Run", server_url: str) -> dict[str, Any]:
    """The context `github` of a run."""
    event = run.event
    full_name = event.repository.full_name
    return {
        "event": event.payload,
        "event_name": event.name,
        "ref": event.ref,
        "ref_name": ref_name(event.ref),
        "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
        "ref_protected": False,
        "sha": run.sha,
        "base_ref": _pull(event, "base"),
        "head_ref": _pull(event, "head"),
        "workflow": run.name,
        "workflow_ref": f"{full_name}/{run.workflow}@{event.ref}",
        "workflow_sha": run.sha,
        "repository": full_name,
        "repository_owner": full_name.partition("/")[0],
        "actor": event.actor,
        "triggering_actor": event.actor,
        "run_id": str(run.number),
        "run_number": str(run.run_number),
        "run_attempt": str(run.attempt),
        "server_url": server_url,
        "api_url": f"{server_url}/api/v3",
        "retention_days": RETENTION_DAYS,
    }


def variables(context: Mapping[str, Any]) -> dict[str, str]:
    """The variables that act takes for its own context `github`, and those that it does not know."""
    names = (
        *("repository", "repository_owner", "run_id", "run_number", "run_attempt", "ref", "ref_name", "ref_type"),
        *("base_ref", "head_ref", "server_url", "api_url", "retention_days", "workflow_ref", "workflow_sha"),
        *("triggering_actor",),
    )
    return {
        **{f"GITHUB_{name.upper()}": str(context[name]) for name in names},
        "SHA_REF": str(context["sha"]),  # what act calls GITHUB_SHA
        "RUNNER_NAME": "Camp",
        "RUNNER_ENVIRONMENT": "github-hosted",
    }


def ref_name(ref: str) -> str:
    for start in ("refs/heads/", "refs/tags/", "refs/pull/"):
        if ref.startswith(start):
            return ref[len(start) :]
    return ref


def _pull(event: "Event", side: str) -> str:
    pull = event.payload.get("pull_request")
    return str(pull[side]["ref"]) if isinstance(pull, dict) else ""
