"""The language that an app runs, as a configuration and as Azure write it."""

from typing import Any

from ..values import Values

STACKS = {  # attribute of application_stack -> language in linuxFxVersion, worker runtime
    "python_version": ("Python", "python"),
    "node_version": ("Node", "node"),
    "java_version": ("Java", "java"),
    "powershell_core_version": ("PowerShell", "powershell"),
    "dotnet_version": ("DOTNET", "dotnet"),
}


def stacks_of(config: Values) -> list[Values]:
    """The blocks `application_stack` of an app that is being written."""
    sites = config["site_config"]
    site = sites[0] if isinstance(sites, list) and sites and isinstance(sites[0], dict) else {}
    stacks = site.get("application_stack")
    return [one for one in stacks if isinstance(one, dict)] if isinstance(stacks, list) else []


def to_linux_fx(stacks: Any) -> str:
    """`application_stack` as linuxFxVersion."""
    for stack in stacks or []:
        for name, (language, _runtime) in STACKS.items():
            if stack.get(name):
                isolated = name == "dotnet_version" and stack.get("use_dotnet_isolated_runtime")
                return f"{language}{'-ISOLATED' if isolated else ''}|{stack[name]}"
    return ""


def runtime_of(stacks: list[Values]) -> str | None:
    """The setting FUNCTIONS_WORKER_RUNTIME."""
    for stack in stacks or []:
        for name, (_language, runtime) in STACKS.items():
            if stack.get(name):
                isolated = name == "dotnet_version" and stack.get("use_dotnet_isolated_runtime")
                return runtime + ("-isolated" if isolated else "")
    return None


def from_linux_fx(fx: str) -> list[Values]:
    """linuxFxVersion as `application_stack`."""
    language, _bar, version = fx.partition("|")
    isolated = language.upper() == "DOTNET-ISOLATED"
    for name, (known, _runtime) in STACKS.items():
        if language.upper().replace("-ISOLATED", "") == known.upper():
            return [{**dict.fromkeys(STACKS), name: version, "use_dotnet_isolated_runtime": isolated}]
    return []
