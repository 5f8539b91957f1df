"""The tokens that a job with `id-token: write` may ask for, as GitHub's OIDC provider makes them."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import JobRun, Run

LIFETIME = 300
AUDIENCE = "api://AzureADTokenExchange"
ISSUER = "https://token.actions.githubusercontent.com"

MakeToken = Callable[[Mapping[str, Any]], str]


def may_ask(permissions: Any, job_permissions: Any) -> bool:
    """Whether the job's permissions, else the workflow's, let it ask for tokens."""
    found = permissions if job_permissions is None else job_permissions
    if isinstance(found, str):
        return found == "write-all"
    return isinstance(found, Mapping) and found.get("id-token") == "write"


def claims(run: "Run", job: "JobRun", github: Mapping[str, Any], audience: str, now: float) -> dict[str, Any]:
    """What a token says of the job that asks for it."""
    repository = str(github["repository"])
    if job.environment:
        subject = f"repo:{repository}:environment:{job.environment}"
    elif run.event.name == "pull_request":
        subject = f"repo:{repository}:pull_request"
    else:
        subject = f"repo:{repository}:ref:{run.event.ref}"
    copied = ("ref", "sha", "repository", "repository_owner", "actor", "workflow", "event_name", "run_id", "run_number")
    return {
        **{name: github[name] for name in copied},
        "iss": ISSUER,
        "aud": audience,
        "sub": subject,
        "job_workflow_ref": github["workflow_ref"],
        **({"environment": job.environment} if job.environment else {}),
        "iat": int(now),
        "nbf": int(now),
        "exp": int(now) + LIFETIME,
        "jti": f"{run.number}-{job.id}",
    }


def unsigned(found: Mapping[str, Any]) -> str:
    """A JSON Web Token without a signature."""
    return ".".join([_encoded({"alg": "none", "typ": "JWT"}), _encoded(found), ""])


def _encoded(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
