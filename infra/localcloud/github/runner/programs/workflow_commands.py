"""What a step says to the runner: `::error::`, `::warning::`, masks, and outputs."""

import os


def error(text: str) -> None:
    print(f"::error::{_one_line(text)}")


def warning(text: str) -> None:
    print(f"::warning::{_one_line(text)}")


def add_mask(text: str) -> None:
    """Hides a text in the log from now on."""
    if text:
        print(f"::add-mask::{_one_line(text)}")


def set_output(name: str, value: str) -> None:
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def _one_line(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
