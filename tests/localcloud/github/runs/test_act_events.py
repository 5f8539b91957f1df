"""act's events become steps, logs and annotations."""

from typing import Any

from localcloud.github.runs.act_events import Heard, read_event
from localcloud.github.runs.masking import Masks
from localcloud.github.runs.model import Annotation, JobRun

STAR = "\N{WHITE MEDIUM STAR}"


def heard(masks: Masks | None = None, labels: tuple[str, ...] = ("Install", "Run pytest")) -> Heard:
    keys = ["0", "1", "2"][: len(labels)]
    raw: list[str] = []
    annotations: list[Annotation] = []
    return Heard(JobRun("a", "a"), masks or Masks(), "w.yml", keys, labels, raw, annotations, lambda: 100.0)


def output(key: str, text: str, stage: str = "Main") -> dict[str, Any]:
    return {"stepID": [key], "stage": stage, "raw_output": True, "msg": text + "\n"}


def step(key: str, stage: str = "Main", name: str = "x") -> dict[str, Any]:
    return {"stepID": [key], "stage": stage, "step": name, "msg": f"{STAR} Run {stage} {name}"}


def end(key: str, result: str, stage: str = "Main") -> dict[str, Any]:
    return {"stepID": [key], "stage": stage, "stepResult": result, "executionTime": 2_500_000_000, "msg": "end"}


def test_steps_begin_print_and_end() -> None:
    one = heard()
    for event in (
        step("0"),
        output("0", "\x1b[1mhello\x1b[0m"),
        end("0", "success"),
        {"jobResult": "success", "msg": ""},
    ):
        one.hear(event)
    one.finish(one.result or "")
    install = one.job.steps[1]
    assert (install.name, install.conclusion, install.log, install.seconds) == ("Install", "success", ["hello"], 2.5)
    assert [each.conclusion for each in one.job.steps] == ["skipped", "success", "skipped"]


def test_steps_before_and_after_are_added_in_their_place() -> None:
    one = heard()
    for event in (step("0", "Pre"), step("0"), step("1"), step("1", "Post"), step("0", "Post")):
        one.hear(event)
    names = [(each.number, each.name) for each in one.job.steps]
    assert names == [
        (1, "Set up job"),
        (2, "Pre Install"),
        (3, "Install"),
        (4, "Run pytest"),
        (5, "Post Run pytest"),
        (6, "Post Install"),
    ]


def test_the_exit_code_stands_last_even_if_output_comes_after_it() -> None:
    one = heard()
    for event in (
        step("0"),
        output("0", "early"),
        end("0", "failure"),
        {"stepID": ["0"], "stage": "Main", "level": "error", "msg": "exitcode '3': failure"},
        output("0", "late"),
    ):
        one.hear(event)
    assert one.job.steps[1].log == ["early", "late", "##[error]Process completed with exit code 3."]
    assert [note.text for note in one.annotations] == ["Process completed with exit code 3."]


def test_commands_become_annotations_summaries_and_masks() -> None:
    one = heard()
    command = {"stepID": ["0"], "stage": "Main", "msg": "..."}
    one.hear(step("0"))
    one.hear({**command, "command": "add-mask", "arg": "geheim"})
    one.hear({**command, "command": "warning", "arg": "geheim is out", "kvPairs": {"file": "a.py", "line": "3"}})
    one.hear({**command, "command": "group", "arg": "Words"})
    one.hear({**command, "command": "summary", "content": "# geheim\n"})
    one.hear({**command, "command": "set-output", "name": "x", "arg": "geheim-out"})
    assert one.annotations == [Annotation("warning", "*** is out", "a.py", 3)]
    assert one.job.steps[1].log == ["##[warning]*** is out", "##[group]Words"]
    assert one.summary == "# ***\n"
    assert one.raw == ["##[warning]geheim is out", "##[group]Words", "# geheim\n", "geheim-out"]


def test_what_composite_actions_do_is_their_steps_log() -> None:
    one = heard()
    inner = {"stepID": ["0", "5"], "stage": "Main", "step": "inner"}
    one.hear(step("0"))
    one.hear({**inner, "msg": f"{STAR} Run Main inner"})
    one.hear({**inner, "raw_output": True, "msg": "deep\n"})
    one.hear({**inner, "stepResult": "failure", "msg": "end"})
    assert one.job.steps[1].log == ["##[group]inner", "deep", "##[endgroup]"]
    assert one.job.steps[1].conclusion is None


def test_a_step_is_called_as_it_reads_once_evaluated() -> None:
    one = heard(Masks(["geheim"]), ("Say ${{ secrets.X }}",))
    one.hear(step("0", name="Say geheim loudly"))
    assert one.job.steps[1].name == "Say *** loudly"


def test_lines_without_end_and_nonsense_do_no_harm() -> None:
    assert read_event(b"no json") is None
    assert read_event(b"[1]") is None
    assert read_event(b"[" * 100_000) is None
    one = heard()
    for event in ({}, {"stepID": "x"}, {"stepID": [1], "msg": 3}, {"stepid": 3}, {"stepID": ["9"], "command": 4}):
        one.hear(event)
    for number in range(30_000):
        one.hear(output("0", "x" * 10 if number else "y" * 50_000))
    assert sum(len(each.log) for each in one.job.steps) <= 20_000
    assert max(len(line) for each in one.job.steps for line in each.log) <= 16_000
