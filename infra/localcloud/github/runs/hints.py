"""What to do about each message of actionlint."""

import re

from localcloud.messages import _


def hint_for(kind: str, message: str) -> str:
    """What to do about a message of this kind; empty when it says so itself."""
    for of, pattern, text in _hints():
        if of == kind and re.search(pattern, message):
            return text
    return ""


def _hints() -> tuple[tuple[str, str, str], ...]:
    """Kind, pattern of the message, and the hint; the first that fits counts."""
    return (
        (
            *("syntax-check", "could not parse as YAML"),
            _("Look at the line and the one above: spaces in front, a colon, a quote."),
        ),
        ("syntax-check", "unexpected key", _("Is the key misspelt, or does it stand too far to the left or right?")),
        ("syntax-check", "is required|is missing", _("Add the key at this place; the messages name it.")),
        ("syntax-check", "", _("Compare the form of this place with the workflow that the lab began with.")),
        ("events", "", _("Events that start a run here: push, pull_request, workflow_dispatch.")),
        ("permissions", "", _("contents: read is enough to read the repository, id-token: write for OIDC.")),
        ("job-needs", "does not exist", _("needs names the id of a job, the key under jobs, not its name.")),
        ("job-needs", "", _("Two jobs cannot wait for each other: take one needs away.")),
        ("id", "", _("Give each step of a job an id of its own, or none.")),
        ("glob", "", _("Filters are patterns: * is anything but a slash, ** anything.")),
        (
            "workflow-call",
            "could not read",
            _("Is the file in this commit? uses names it from the top: ./.github/workflows/NAME.yml."),
        ),
        ("workflow-call", "not following", _("uses names a file of this repository: ./.github/workflows/NAME.yml.")),
        ("workflow-call", "", _("Compare with and secrets with what the called file declares under on.workflow_call.")),
        ("runner-label", "", _("Take ubuntu-latest.")),
        ("matrix", "duplicate", _("Take one of the two away: equal jobs would run twice.")),
        ("matrix", "", _("exclude takes away combinations that the matrix has: write its names and its values.")),
        ("env-var", "", _("Letters, digits and _ make a name that a shell can use.")),
        ("shell-name", "", _("shell: bash, or leave it out.")),
        (
            "credentials",
            "",
            _("Keep it as a secret, with 'camp github secret set NAME', and write ${{ secrets.NAME }}."),
        ),
        ("action", "ref is missing", _("Add its version: uses: owner/name@version, such as actions/checkout@v5.")),
        ("action", "is retired|too old|runtime", _("Take its newest version, such as actions/checkout@v5.")),
        ("action", "missing input", _("Add it under with.")),
        ("action", "is not defined in action", _("The action ignores it. Is it misspelt?")),
        (
            *("expression", "potentially untrusted"),
            _('Whoever writes this text could run commands: put it in env of the step, and use it as "$NAME".'),
        ),
        ("expression", "format string", _("Count: {0} is the text behind the format, {1} the next one.")),
        ("expression", "number of arguments", _("The message shows what the function takes, in this order.")),
        ("expression", "undefined function", _("Is it misspelt? The message names all functions.")),
        ("expression", "undefined variable", _("Texts in expressions stand between single quotes.")),
        (
            *("expression", "is not allowed here"),
            _("This is decided before the job has secrets or env: use vars, needs or github."),
        ),
        ("expression", "while (?:lexing|parsing)", _("Between ${{ and }}: texts in single quotes, == to compare.")),
        (
            *("expression", "is not defined in object"),
            _("It is empty when the workflow runs. Is it misspelt, is there a step with this id?"),
        ),
        ("expression", "should not be evaluated in template", _("toJSON(...) makes a text of it.")),
        ("expression", "", _("Look at the types in the message: is it the value that you mean?")),
        ("if-cond", "constant", _("Take the if away, or ask for something: github.ref == 'refs/heads/main'.")),
        ("if-cond", "", _("What stands outside of ${{ }} makes a text of it, and a text is true.")),
        (
            *("deprecated-commands", ""),
            _('Write to the file instead: echo "name=value" >> "$GITHUB_OUTPUT"'),
        ),
    )
