"""The engine's calls, answered by a provider."""

import functools
import json
import traceback
from collections.abc import Callable
from typing import Any

from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from .. import planning
from ..client import Refused
from ..planning import empty, filled, refreshed, replacements
from ..problems import Failed, NoAnswer, Problem
from ..provider import Provider
from ..resource import Resource
from ..schema import Block
from ..values import Values
from . import wire

DOING = {"create": "creating", "update": "updating", "delete": "deleting", "read": "retrieving"}
Call = Callable[[Any, Any, Any], Any]


def answers(response: Any) -> Callable[[Call], Call]:
    """A call whose failures become diagnostics of this response."""

    def decorate(call: Call) -> Call:
        @functools.wraps(call)
        def guarded(self: Any, request: Any, context: Any) -> Any:
            try:
                return call(self, request, context)
            except Failed as error:
                return response(diagnostics=wire.diagnostics(error.problems))
            except Refused as error:
                return response(diagnostics=wire.diagnostics([Problem(error.said)]))
            except Exception as error:
                text = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
                problem = Problem("The local provider has failed: this is a fault of the camp, not of yours", text)
                return response(diagnostics=wire.diagnostics([problem]))

        return guarded

    return decorate


class Servicer(rpc.ProviderServicer):  # type: ignore[misc]
    """One provider, configured once in a command."""

    def __init__(self, provider: Provider, stop: Callable[[], None]) -> None:
        self._provider = provider
        self._stop = stop
        self._session: Any = None
        self._blocks: dict[str, Block] = {}

    def _resource(self, name: str) -> tuple[Resource, Block]:
        resource = self._provider.resources[name]
        if name not in self._blocks:
            self._blocks[name] = resource.block
        return resource, self._blocks[name]

    @answers(pb.GetMetadata.Response)
    def GetMetadata(self, request: Any, context: Any) -> Any:
        return pb.GetMetadata.Response(
            resources=[pb.GetMetadata.ResourceMetadata(type_name=one) for one in self._provider.resources],
            data_sources=[pb.GetMetadata.DataSourceMetadata(type_name=one) for one in self._provider.data_sources],
        )

    @answers(pb.GetProviderSchema.Response)
    def GetProviderSchema(self, request: Any, context: Any) -> Any:
        provider = self._provider
        return pb.GetProviderSchema.Response(
            provider=wire.schema(provider.block),
            provider_meta=wire.schema(Block()),
            resource_schemas={name: wire.schema(one.block, one.version) for name, one in provider.resources.items()},
            data_source_schemas={name: wire.schema(one.block) for name, one in provider.data_sources.items()},
        )

    @answers(pb.ValidateProviderConfig.Response)
    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:
        return pb.ValidateProviderConfig.Response()

    @answers(pb.ValidateResourceConfig.Response)
    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:
        resource, _block = self._resource(request.type_name)
        problems = resource.problems(wire.decoded(request.config))
        return pb.ValidateResourceConfig.Response(diagnostics=wire.diagnostics(problems))

    @answers(pb.ValidateDataResourceConfig.Response)
    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:
        block = self._provider.data_sources[request.type_name].block
        problems = planning.problems(block, wire.decoded(request.config))
        return pb.ValidateDataResourceConfig.Response(diagnostics=wire.diagnostics(problems))

    @answers(pb.ConfigureProvider.Response)
    def ConfigureProvider(self, request: Any, context: Any) -> Any:
        self._session = self._provider.configured(wire.decoded(request.config))
        return pb.ConfigureProvider.Response()

    @answers(pb.UpgradeResourceState.Response)
    def UpgradeResourceState(self, request: Any, context: Any) -> Any:
        """A state of another version of the tables: what is not known any more is dropped, what is new is null."""
        _resource, block = self._resource(request.type_name)
        state = json.loads(request.raw_state.json)
        return pb.UpgradeResourceState.Response(upgraded_state=wire.encoded(_fitted(block, state)))

    @answers(pb.ReadResource.Response)
    def ReadResource(self, request: Any, context: Any) -> Any:
        resource, block = self._resource(request.type_name)
        prior = wire.decoded(request.current_state)
        try:
            actual = resource.read(self._session, prior["id"], prior)
        except Refused as error:
            raise Failed(resource.explain(DOING["read"], prior, error)) from error
        if actual is None:
            return pb.ReadResource.Response(new_state=wire.encoded(None), private=request.private)
        importing = all(value is None or value == [] for name, value in prior.items() if name != "id")
        state = refreshed(block, prior, actual, importing)
        return pb.ReadResource.Response(new_state=wire.encoded(state), private=request.private)

    @answers(pb.PlanResourceChange.Response)
    def PlanResourceChange(self, request: Any, context: Any) -> Any:
        resource, block = self._resource(request.type_name)
        prior, proposed = wire.decoded(request.prior_state), wire.decoded(request.proposed_new_state)
        if proposed is None:
            return pb.PlanResourceChange.Response(planned_state=request.proposed_new_state)
        config = wire.decoded(request.config)
        planned = planning.planned(block, config, proposed, prior)
        paths = list(resource.plan(self._session, config, planned, prior))
        if prior is not None:
            paths += replacements(block, prior, planned)
            forgiven = resource.forgives(prior, planned)
            paths = [one for one in paths if one[0] not in forgiven]
        return pb.PlanResourceChange.Response(
            planned_state=wire.encoded(planned), requires_replace=[wire.path(one) for one in paths]
        )

    @answers(pb.ApplyResourceChange.Response)
    def ApplyResourceChange(self, request: Any, context: Any) -> Any:
        """What goes wrong leaves the state as it was: the model undoes what it could not finish. A resource
        whose creation got no answer is kept in the state by its id."""
        resource, block = self._resource(request.type_name)
        prior, planned = wire.decoded(request.prior_state), wire.decoded(request.planned_state)
        doing = "create" if prior is None else "delete" if planned is None else "update"
        try:
            if planned is None:
                resource.delete(self._session, prior)
                return pb.ApplyResourceChange.Response(new_state=wire.encoded(None))
            if prior is None:
                actual = resource.create(self._session, planned)
            else:
                actual = resource.update(self._session, planned, prior)
        except (Refused, Failed) as error:
            problems = (
                error.problems
                if isinstance(error, Failed)
                else [resource.explain(DOING[doing], planned or prior, error)]
            )
            kept = prior
            if isinstance(error, NoAnswer) and error.id:
                kept = filled(block, planned, {"id": error.id})
            return pb.ApplyResourceChange.Response(new_state=wire.encoded(kept), diagnostics=wire.diagnostics(problems))
        return pb.ApplyResourceChange.Response(new_state=wire.encoded(filled(block, planned, actual)))

    @answers(pb.ImportResourceState.Response)
    def ImportResourceState(self, request: Any, context: Any) -> Any:
        resource, block = self._resource(request.type_name)
        state = {**empty(block), "id": resource.import_id(self._session, request.id)}
        imported = pb.ImportResourceState.ImportedResource(type_name=request.type_name, state=wire.encoded(state))
        return pb.ImportResourceState.Response(imported_resources=[imported])

    @answers(pb.ReadDataSource.Response)
    def ReadDataSource(self, request: Any, context: Any) -> Any:
        source = self._provider.data_sources[request.type_name]
        config = wire.decoded(request.config)
        found = source.read(self._session, config)
        state = {name: found.get(name) for name in source.block.attributes}
        return pb.ReadDataSource.Response(state=wire.encoded({**empty(source.block), **state}))

    def MoveResourceState(self, request: Any, context: Any) -> Any:
        problem = Problem(f"{request.source_type_name} cannot become {request.target_type_name}")
        return pb.MoveResourceState.Response(diagnostics=wire.diagnostics([problem]))

    def GetFunctions(self, request: Any, context: Any) -> Any:
        return pb.GetFunctions.Response()

    def StopProvider(self, request: Any, context: Any) -> Any:
        """Ctrl-C: what is under way is finished, which takes no longer than its request."""
        return pb.StopProvider.Response()


def _fitted(block: Block, state: Values) -> Values:
    made = empty(block)
    for name in made:
        value = state.get(name, made[name])
        inner = block.blocks.get(name)
        if inner and isinstance(value, list):
            value = [_fitted(inner, one) for one in value]
        elif inner and isinstance(value, dict):
            value = {**empty(inner), **{key: value[key] for key in inner.attributes if key in value}}
        made[name] = value
    return made
