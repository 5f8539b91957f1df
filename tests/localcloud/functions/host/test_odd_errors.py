"""Whatever an error's own code does, its call ends and is told of."""

import asyncio
from typing import Any

import pytest

ODD = """
class Mute(Exception):
    def __str__(self):
        raise ZeroDivisionError("mute")

class Leaving(Exception):
    def __str__(self):
        raise SystemExit(3)

class Number(Exception):
    def __str__(self):
        return 7

class Text(str):
    def __getitem__(self, _part):
        raise KeyError("no parts")
    def encode(self, *_arguments):
        raise KeyError("no bytes")

class Worded(Exception):
    def __str__(self):
        return Text("worded")

class Meta(type):
    @property
    def __name__(cls):
        raise KeyError("no name")
    def __repr__(cls):
        raise KeyError("no repr")

class Nameless(Exception, metaclass=Meta):
    pass

class MuteMeta(type):
    def __repr__(cls):
        raise SystemExit(8)

class Unseen(metaclass=MuteMeta):
    pass

class Hidden(Exception):
    @property
    def __traceback__(self):
        raise KeyError("hidden")
    @property
    def __cause__(self):
        raise SystemExit(4)

class NoNote:
    def __str__(self):
        raise SystemExit(5)
    __repr__ = __str__

class Noted(Exception):
    @property
    def __notes__(self):
        raise SystemExit(6)

def noted():
    error = ValueError("noted")
    error.__notes__ = ["fine", NoNote()]
    return error

def caused():
    error = ValueError("caused")
    error.__cause__ = Leaving()
    return error

def deep():
    error = ValueError("deep")
    for _number in range(20_000):
        outer = ValueError("deep")
        outer.__cause__ = error
        error = outer
    return error

def grouped():
    import builtins
    return getattr(builtins, "ExceptionGroup", lambda text, errors: errors[0])("grouped", [Mute(), Leaving()])

def misplaced():
    error = SyntaxError("misplaced")
    error.filename, error.lineno, error.text, error.offset = 5, NoNote(), b"x", "y"
    return error

def imported():
    return ModuleNotFoundError("imported", name=NoNote())

def halved():
    return ValueError("halved \\ud800")
"""
MADE = [
    "Mute()",
    "Leaving()",
    "Number()",
    "Worded()",
    "Nameless()",
    "Hidden()",
    "Noted()",
    "noted()",
    "caused()",
    "deep()",
    "grouped()",
    "misplaced()",
    "imported()",
    "halved()",
    "SystemExit(NoNote())",
    "KeyboardInterrupt()",
    "asyncio.CancelledError()",
    "StopIteration()",
]
SECONDS = 20


@pytest.mark.covers("Worker: an error is told of, whatever its own __str__, __repr__, notes or causes do")
async def test_every_call_ends_whatever_its_error_does(run_app: Any) -> None:
    functions = "".join(
        f"""
@app.route(route="sync/{number}")
def sync_{number}(req: func.HttpRequest) -> str:
    raise {made}

@app.route(route="async/{number}")
async def async_{number}(req: func.HttpRequest) -> str:
    raise {made}
"""
        for number, made in enumerate(MADE)
    )
    running = await run_app("import asyncio\n" + ODD + functions)
    pids = running.host.worker_pids
    for number, made in enumerate(MADE):
        for way in ("sync", "async"):
            answer = await asyncio.wait_for(running.ask(f"/api/{way}/{number}"), SECONDS)
            assert answer[:2] == (500, b""), (made, way)
    assert running.host.worker_pids == pids
    messages = [one["message"] for one in running.entries("invocation.finished")]
    assert "Mute: (its __str__ raised ZeroDivisionError)" in messages and "Worded: worded" in messages
    assert "Nameless: " in messages and "ValueError: halved \\ud800" in messages
    assert "in sync_0" in running.lines


@pytest.mark.parametrize("made", MADE)
async def test_every_load_ends_whatever_its_error_does(run_app: Any, made: str) -> None:
    running = await asyncio.wait_for(run_app(f"import asyncio\n{ODD}\nraise {made}\n"), SECONDS)
    [error] = running.host.errors
    assert error.startswith("Worker failed to index functions. ")
    assert (await running.ask("/"))[0] == 200


async def test_a_class_without_repr_as_an_annotation_is_told(run_app: Any) -> None:
    running = await run_app(
        ODD + '@app.route(route="x")\ndef x(req: func.HttpRequest, context: Unseen) -> str:\n    return ""\n'
    )
    assert "got (its __repr__ raised SystemExit)" in running.host.errors[0]


async def test_an_answer_that_cannot_be_sent_ends_the_call(run_app: Any) -> None:
    running = await run_app("""
        @app.route(route="digits")
        @app.generic_output_binding("out", "sendGrid")
        def digits(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set(10 ** 6000)
            return "x"
    """)
    assert (await asyncio.wait_for(running.ask("/api/digits"), SECONDS))[0] == 500
    assert "ValueError: Exceeds the limit" in running.lines


@pytest.mark.covers("Logging: half a character in a line is written out as Python spells it")
async def test_half_a_character_is_logged(run_app: Any) -> None:
    running = await run_app("""
        import logging

        @app.route(route="half")
        def half(req: func.HttpRequest) -> str:
            print("printed \\ud800")
            logging.info("logged \\udfff")
            return "fine"
    """)
    running.host.log.sink = lambda line, _level, _trace: line.encode()
    assert await running.text("/api/half") == "fine"
    assert "printed \\ud800" in running.lines and "logged \\udfff" in running.lines
