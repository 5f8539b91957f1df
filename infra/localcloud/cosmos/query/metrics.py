"""The headers that tell what a query took: `x-ms-documentdb-query-metrics` and `x-ms-cosmos-index-utilization`."""

import base64
import time
from typing import TYPE_CHECKING, Any

import orjson

from ..indexing import written
from .computed import HIDDEN, own_path
from .execution import Execution
from .question import Question

if TYPE_CHECKING:
    from ..container import Container

MILLI = 1000


def query_metrics(execution: Execution) -> str:
    """Times in ms, documents and bytes."""
    tally, page, compiled = execution.reader.tally, execution.page, execution.question.seconds
    total = time.perf_counter() - tally.started + compiled
    running = max(0.0, total - compiled)
    shown = {
        "totalExecutionTimeInMs": total * MILLI,
        "queryCompileTimeInMs": compiled * MILLI,
        "queryLogicalPlanBuildTimeInMs": 0.0,
        "queryPhysicalPlanBuildTimeInMs": 0.0,
        "queryOptimizationTimeInMs": 0.0,
        "VMExecutionTimeInMs": running * MILLI,
        "indexLookupTimeInMs": tally.lookups * MILLI,
        "instructionCount": 0,
        "documentLoadTimeInMs": tally.loading * MILLI,
        "systemFunctionExecuteTimeInMs": 0.0,
        "userFunctionExecuteTimeInMs": 0.0,
        "retrievedDocumentCount": tally.loaded,
        "retrievedDocumentSize": tally.loaded_size,
        "outputDocumentCount": len(page.rows),
        "outputDocumentSize": page.size,
        "writeOutputTimeInMs": 0.0,
        "indexUtilizationRatio": min(1.0, len(page.rows) / tally.loaded) if tally.loaded else 1.0,
    }
    return ";".join(f"{name}={value:.2f}" if isinstance(value, float) else f"{name}={value}"
                    for name, value in shown.items())  # fmt: skip


def index_metrics(container: "Container", question: Question) -> str:
    """The indexes that the query has used, and those that would have served it."""
    index, program = container.index, question.program
    named = [one.path for one in program.conditions]
    if len(program.order) == 1:
        named += [one.path for one in program.order]
    paths = {tuple(map(str, path)) for path in named if _is_plain(path)}
    used = sorted(one for one in paths if index.holds(one))
    wanted = sorted(one for one in paths if not index.includes(one))
    order = [(own_path(one.path), one.descending) for one in program.order]
    composite = [_composite(order)] if len(order) > 1 and index.serves_order(order) else []
    equal = sorted({tuple(map(str, one.path)) for one in program.conditions if one.op == "="})
    potential = []
    if not composite and len(equal) > 1 and not index.serves_order([(one, False) for one in equal]):
        potential = [_composite([(one, False) for one in equal])]
    told = {
        "UtilizedSingleIndexes": list(map(_single, used)),
        "PotentialSingleIndexes": list(map(_single, wanted)),
        "UtilizedCompositeIndexes": composite,
        "PotentialCompositeIndexes": potential,
    }
    return base64.b64encode(orjson.dumps(told)).decode("ascii")


def _is_plain(path: tuple[str | int, ...]) -> bool:
    """Whether the path is of properties that documents themselves have."""
    return all(isinstance(step, str) for step in path) and not str(path[0]).startswith(HIDDEN)


def _single(path: tuple[str, ...]) -> dict[str, Any]:
    return {
        "FilterExpression": "", "IndexSpec": written(path), "FilterPreciseSet": True, "IndexPreciseSet": True,
        "IndexImpactScore": "High",
    }  # fmt: skip


def _composite(order: list[tuple[Any, bool]]) -> dict[str, Any]:
    specs = [f"{written(tuple(map(str, path)), '')} {'DESC' if descending else 'ASC'}" for path, descending in order]
    return {"IndexSpecs": specs, "IndexPreciseSet": True, "IndexImpactScore": "High"}
