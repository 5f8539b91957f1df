"""The report engine, and what its answers mean."""

import os

import requests

ENGINE_TIMEOUT = 15  # seconds: the engine answers within ten


class EngineDown(Exception):
    """503, or no connection: no fault of any job."""


class EngineFailed(Exception):
    """This call failed; the next one may work."""


def report_about(topic: str) -> str:
    try:
        found = requests.post(
            f"{os.environ['REPORT_ENGINE_URL']}/reports", json={"topic": topic}, timeout=ENGINE_TIMEOUT
        )
    except requests.ConnectionError as error:
        raise EngineDown(str(error)) from error
    if found.status_code == 503:
        raise EngineDown(found.text)
    if found.status_code != 200:
        raise EngineFailed(found.text[:500])
    try:
        return found.json()["report"]
    except (ValueError, TypeError, KeyError) as error:
        raise EngineFailed(f"no report: {found.text[:200]}") from error
