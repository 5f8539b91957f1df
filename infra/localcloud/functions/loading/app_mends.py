"""How to mend an app that cannot be loaded: one rule an error, asked in order. Pure functions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _

from .unsupported import unsupported_type

Report = Mapping[str, Any]

FITTING_TYPES = {
    "httpTrigger": "func.HttpRequest",
    "http": "func.HttpResponse",
    "queueTrigger": "func.QueueMessage",
    "timerTrigger": "func.TimerRequest",
    "blobTrigger": "func.InputStream",
    "blob": "func.InputStream",
    "cosmosDBTrigger": "func.DocumentList",
    "cosmosDB": "func.DocumentList",
    "serviceBusTrigger": "func.ServiceBusMessage",
    "eventHubTrigger": "func.EventHubEvent",
    "eventGridTrigger": "func.EventGridEvent",
}


@dataclass(frozen=True)
class Rule:
    """Applies to errors of a type (empty: any) whose message matches; `mend` gets the match and the report."""

    types: tuple[str, ...]
    message: re.Pattern[str]
    mend: Callable[[re.Match[str], Report], str | None]


def mend_of(report: Report) -> str:
    """What to do about the error; a general word when no rule knows it."""
    for rule in RULES:
        if rule.types and report.get("type") not in rule.types:
            continue
        if (match := rule.message.search(str(report.get("message")))) and (text := rule.mend(match, report)):
            return text
    return _("Correct what the message says; the log has the whole traceback.")


def _setting(match: re.Match[str], report: Report) -> str | None:
    """A KeyError is a missing setting only when the environment was asked."""
    asked = f"{report.get('text')}\n{report.get('traceback')}"
    if not re.search(r"environ\b|\bin os\b|frozen os|/os\.py", asked):
        return None
    return _(
        'The app reads the setting {name} while it is imported, and there is none. Add "{name}" to Values in '
        "local.settings.json."
    ).format(name=match[1])


def _cannot_import(match: re.Match[str], report: Report) -> str:
    if "partially initialized module" in str(report.get("message")):
        return _("Two files import each other. Move what both need into a third file.")
    return _(
        "Check the spelling of {name} and that {module} has it. A file of yours named like a package hides the package."
    ).format(name=match[1], module=match[2])


def _annotation(match: re.Match[str], _report: Report) -> str:
    if found := re.match(r"(list|dict|tuple|set)\[(.*)\]", match[2]):
        typing_name = f"typing.{found[1].capitalize()}[{found[2]}]"
        return _("Write {typing_name} instead of {written}, and import typing.").format(
            typing_name=typing_name, written=match[2]
        )
    return _("Annotate {name} with one class such as str, bytes or the SDK's own, or not at all.").format(name=match[1])


def _fitting(match: re.Match[str], report: Report) -> str:
    annotation = re.search(r"annotation \"(\w+)\"", str(report.get("message")))
    if annotation and (text := unsupported_type(match[2], annotation[1])):
        return text
    fitting = FITTING_TYPES.get(match[2], "str")
    return _("Annotate {name} as {type}.").format(name=match[1], type=fitting)


def _says(text: Callable[[], str]) -> Callable[[re.Match[str], Report], str]:
    """A mend whose text takes the match's groups as {0}, {1}."""
    return lambda match, _report: text().format(*match.groups())


def _rule(types: str, message: str, mend: Callable[[re.Match[str], Report], str | None]) -> Rule:
    return Rule(tuple(types.split()), re.compile(message, re.DOTALL), mend)


RULES = (
    _rule("IndentationError TabError", "", _says(lambda: _("Indent with four spaces a level, and never with tabs."))),
    _rule(
        "SyntaxError ValueError UnicodeDecodeError",
        "null bytes|unicode error|can't decode|Non-UTF-8|unknown encoding|encoding problem",
        _says(lambda: _("This file is not UTF-8 text. Save it as UTF-8: see Save as, or Encoding.")),
    ),
    _rule("SyntaxError", "", _says(lambda: _("Correct this line, or the end of the one before it."))),
    _rule(
        "ImportError", r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'", _cannot_import
    ),
    _rule("KeyError", r"^\"Can not parse ", _says(lambda: _("Write one of the values that the message lists."))),
    _rule("KeyError", r"^'([^']+)'$", _setting),
    _rule(
        "NameError",
        r"name '([^']+)' is not defined",
        _says(lambda: _("Import or define {0} above this line, or mend its spelling.")),
    ),
    _rule(
        "ValueError",
        r"Could not find top level function app instances",
        _says(
            lambda: _(
                "Write app = func.FunctionApp() at the left margin of function_app.py. A Blueprint by itself is not "
                "found: add app.register_functions(bp)."
            )
        ),
    ),
    _rule(
        "ValueError",
        r"More than one top level function app",
        _says(lambda: _("Keep one func.FunctionApp(); make the others func.Blueprint() and register them with it.")),
    ),
    _rule(
        "ValueError",
        r"Function (\S+) does not have a unique",
        _says(lambda: _("Two functions are called {0}. Rename one: its def, or its @app.function_name.")),
    ),
    _rule(
        "ValueError",
        r"Function (\S+) does not have a trigger",
        _says(lambda: _('Put one trigger above {0}, such as @app.route(route="{0}").')),
    ),
    _rule(
        "ValueError",
        r"A trigger was already registered",
        _says(lambda: _("A function has one trigger. Make a second function for the second one.")),
    ),
    _rule(
        "FunctionLoadError",
        r"parameters are declared in Python but not in the function's decorators: (\[.*\])",
        _says(
            lambda: _(
                "Name the parameters {0} as the decorators' arg_name says (an HTTP request: req), or take them out."
            )
        ),
    ),
    _rule(
        "FunctionLoadError",
        r"declared in the function's decorators but not in Python: (\[.*\])",
        _says(
            lambda: _(
                "Add the parameters {0} to the function, or rename one of them: arg_name and parameter are equal."
            )
        ),
    ),
    _rule("FunctionLoadError", r"binding (\S+) has invalid (?:non-type|Out) annotation (.*)$", _annotation),
    _rule("FunctionLoadError", r"has (invalid non-type return annotation) (.*)$", _annotation),
    _rule("FunctionLoadError", r'type of (\S+) binding "(\w+)" does not match', _fitting),
    _rule("FunctionLoadError", r'(return) annotation ".*" does not match binding type "(\w+)"', _fitting),
    _rule(
        "FunctionLoadError",
        r'binding (\S+) is declared to have the "out" direction',
        _says(lambda: _("Annotate {0} as func.Out[str], and give it its value with {0}.set(...).")),
    ),
    _rule(
        "FunctionLoadError",
        r'binding (\S+) is declared to have the "in" direction',
        _says(lambda: _("{0} comes in: annotate it without func.Out.")),
    ),
    _rule("FunctionLoadError", r'"context" parameter', _says(lambda: _("Write context: func.Context."))),
    _rule(
        "FunctionLoadError",
        r"return annotation should not be azure.functions.Out",
        _says(lambda: _("Annotate the return value with its own type, such as str.")),
    ),
    _rule(
        "FileNotFoundError",
        r"Could not find (\S+) in",
        _says(lambda: _("Make {0} in the app's folder, with app = func.FunctionApp() in it.")),
    ),
    _rule(
        "ValueError",
        r"Invalid file name",
        _says(lambda: _("PYTHON_SCRIPT_FILE_NAME is the name of a .py file in the app's folder.")),
    ),
    _rule(
        "TypeError",
        r"can not be type of FunctionRegister",
        _says(lambda: _("register_functions takes a func.Blueprint(), not a func.FunctionApp().")),
    ),
    _rule(
        "TypeError",
        r"unexpected keyword argument '([^']+)'",
        _says(lambda: _("Take {0} out, or spell it as the decorator does.")),
    ),
    _rule(
        "TimeoutError",
        r"not loaded after",
        _says(
            lambda: _(
                "Something at the left margin of the app takes too long, a request or a sleep: do it in a function."
            )
        ),
    ),
    _rule("SystemExit", "", _says(lambda: _("The app ends the process while it is imported. Take the exit out."))),
)
