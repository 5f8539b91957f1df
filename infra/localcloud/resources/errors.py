"""What Resource Manager says when it refuses: a status, a code and a message, in Azure's words."""


class ResourceError(Exception):
    """A refusal; `code` is Azure's name for why, such as `ScopeLocked`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    @property
    def body(self) -> dict[str, object]:
        return {"error": {"code": self.code, "message": self.message}}


class EffectFailed(Exception):
    """Part of the local cloud could not make, change, read or take away what a resource stands for; says why."""


def bad(code: str, message: str) -> ResourceError:
    return ResourceError(400, code, message)


def missing_property(path: str) -> ResourceError:
    return bad("InvalidRequestContent", f"The required property '{path}' is missing.")


def group_not_found(name: str) -> ResourceError:
    return ResourceError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def parent_not_found(what: str) -> ResourceError:
    text = "Can not perform requested operation on nested resource. Parent resource '{what}' not found."
    return ResourceError(404, "ParentResourceNotFound", text.format(what=what))


def not_found(type_name: str, name: str, group: str | None) -> ResourceError:
    if type_name.endswith("/resourceGroups"):
        return group_not_found(name)
    under = f" under resource group '{group}'" if group else ""
    text = f"The Resource '{type_name}/{name}'{under} was not found. For more details please go to "
    return ResourceError(404, "ResourceNotFound", text + "https://aka.ms/ARMResourceNotFoundFix")


def conflict(code: str, message: str) -> ResourceError:
    return ResourceError(409, code, message)


def scope_locked(scope: str, doing: str, locked: list[str]) -> ResourceError:
    places = ",".join(sorted(locked))
    text = f"The scope '{scope}' cannot perform {doing} operation because following scope(s) are locked: '{places}'. "
    return conflict("ScopeLocked", text + "Please remove the lock and try again.")


def forbidden(principal: str, action: str, scope: str) -> ResourceError:
    text = (
        f"Caller is not authorized to perform action on resource.\nCaller: oid={principal}\nAction: '{action}'\n"
        f"Resource: '{scope}'\nIf role assignments, deny assignments or role definitions were changed recently, "
        "please observe propagation time."
    )
    return ResourceError(403, "ForbiddenByRbac", text)
