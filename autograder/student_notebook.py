"""`python -m autograder.student_notebook SOURCE TARGET`: what `nbgrader generate_assignment` makes of one notebook,
without its database."""

import os
import platform
import sys
from pathlib import Path

from autograder.workarounds.jsonschema_links import without_link_grammar

# What JupyterLab writes when a kernel of this Python has started: with anything else, a notebook that was only opened
# counts as changed.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}


def main(source: Path, target: Path) -> None:
    """Reads the nbgrader source notebook and writes the student's; raises what nbgrader raises on bad cells."""
    without_link_grammar()
    import nbformat
    from nbgrader import preprocessors as steps  # type: ignore[import-untyped]

    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    resources = {"metadata": {"name": source.stem, "path": str(source.parent)}, "unique_key": source.stem}
    for step in (
        steps.LockCells,
        steps.ClearSolutions,
        steps.ClearOutput,
        steps.CheckCellMetadata,
        steps.ComputeChecksums,
        steps.ClearHiddenTests,
        steps.ClearMarkScheme,
        steps.ComputeChecksums,
        steps.CheckCellMetadata,
    ):
        notebook, resources = step().preprocess(notebook, resources)
    notebook.metadata["language_info"] = LANGUAGE
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    nbformat.write(notebook, fresh)  # type: ignore[no-untyped-call]
    os.replace(fresh, target)


def why(error: Exception) -> str:
    """One line: the first cause that says which cell field is wrong; nbgrader's own error names none."""
    cause = error.__context__ or error
    return f"{type(cause).__name__}: {getattr(cause, 'message', cause)}"


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except Exception as error:  # whatever nbgrader and nbformat raise on a notebook that is not right
        sys.exit(why(error))
