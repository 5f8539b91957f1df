"""Makes docs/course-*.png: `.venv/bin/python docs/course.py`. It needs no running camp.

Grades a class of ten in a course of its own, with the commands of docs/course.md, and takes pictures of the report, of
formgrader, of a feedback page, and of the summary that a workflow writes, shown as GitHub shows Markdown.
"""

import asyncio
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from markdown_it import MarkdownIt
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from autograder.lab import find_lab
from autograder.mutants import mutated
from autograder.starters import solution_files

HERE = Path(__file__).parent
LAB = find_lab("1")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
VIEWPORT: ViewportSize = {"width": 1000, "height": 700}
PATIENCE = 60_000
ANSWER = "A client may stay a global: it holds no state of a conversation. A counter may not: the worker can be gone."
ROSTER = """student,first_name,last_name,email,extra_days
aiko,Aiko,Sato,aiko@example.org,
björn,Björn,Ek,bjorn@example.org,
chloé,Chloé,Martin,chloe@example.org,2
dmytro,Dmytro,Bondar,dmytro@example.org,
efua,Efua,Mensah,efua@example.org,
farid,Farid,Aziz,farid@example.org,
gita,Gita,Rao,gita@example.org,
hugo,Hugo,Lind,hugo@example.org,
mei,Mei,Lin,mei@example.org,
zoë,Zoë,Peters,zoe@example.org,
"""
POLICY = """
[lab.1-slack-bot]
deadline = 2026-10-31T23:59:00
late = "points"
per_day = 2
most = 10
attempts = 3
counts = "best"
"""
WORK = {  # student: the days of October on which they handed in, and the mutant; None is the solution
    "aiko": [(30, "no-challenge"), (31, None)],
    "björn": [(31, "always-hello")],
    "chloé": [(33, None)],
    "dmytro": [(33, "no-challenge")],
    "efua": [(29, "signature-not-checked")],
    "farid": [(31, None)],
    "gita": [(30, "no-challenge")],
    "hugo": [(31, "starter")],
    "zoë": [(31, None)],
}
STYLE = """
body { font: 16px/1.5 "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; margin: 24px; color: #1f2328 }
table { border-collapse: collapse } th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left }
tr:nth-child(2n) { background: #f6f8fa }
code { background: #eff1f3; padding: .2em .4em; border-radius: 6px; font-size: 85% }
"""


def camp(*arguments: object, environment: dict[str, str] | None = None, codes: tuple[int, ...] = (0,)) -> None:
    command = [sys.executable, "-m", "autograder.cli", *(str(one) for one in arguments)]
    done = subprocess.run(command, env={**os.environ, "CAMP_LANG": "en", **(environment or {})}, check=False)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")


def app(kind: str | None) -> dict[str, bytes]:
    """The files of the solution, of the starter or of a mutant."""
    if kind == "starter":
        return {path.name: path.read_bytes() for path in LAB.starter.iterdir() if path.suffix != ".toml"}
    if kind is None:
        return {file.as_posix(): (LAB.solution / file).read_bytes() for file in solution_files(LAB.solution)}
    with mutated(LAB, kind) as folder:
        return {file.as_posix(): (folder / file).read_bytes() for file in solution_files(folder)}


def hand_in(folder: Path, notebook: str) -> None:
    folder.mkdir()
    for student, attempts in WORK.items():
        for day, kind in attempts:
            stamp = f"202610{day}" if day <= 31 else f"202611{day - 31:02}"
            target = io.BytesIO()
            with zipfile.ZipFile(target, "w") as archive:
                for name, content in app(kind).items():
                    archive.writestr(f"{LAB.name}/{name}", content)
                archive.writestr(f"{LAB.name}/{LAB.name}.ipynb", notebook)
            (folder / f"{student}_{LAB.name}-{stamp}-101500.zip").write_bytes(target.getvalue())


def make_course(folder: Path) -> Path:
    """A course in which everybody is graded."""
    course = folder / "course"
    camp("course", "new", course)
    (course / "course.toml").write_text(POLICY, "utf-8")
    (course / "roster.csv").write_text(ROSTER, "utf-8")
    camp("course", "release", "1", "--course", course)
    notebook = (course / "release" / LAB.name / f"{LAB.name}.ipynb").read_text("utf-8")
    hand_in(folder / "handed in", notebook.replace("YOUR ANSWER HERE", ANSWER))
    camp("course", "collect", folder / "handed in", "--lab", "1", "--course", course)
    camp("course", "grade", "--lab", "1", "--course", course, "--seed", "7")
    camp("course", "feedback", "1", "--course", course)
    camp("course", "export", "--course", course)
    return course


def make_summary(folder: Path) -> Path:
    """What the workflow writes for a push that fails two checks, as a page."""
    places = {"GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "GITHUB_OUTPUT": str(folder / "output")}
    with mutated(LAB, "no-challenge") as work:
        camp("check", "1", "--app", work, "--sandbox", "--github", "--seed", "7", environment=places, codes=(1,))
    text = (folder / "summary.md").read_text("utf-8")
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    page = folder / "summary.html"
    page.write_text(f"<!DOCTYPE html><meta charset=utf-8><style>{STYLE}</style>{shown}", "utf-8")
    return page


@contextmanager
def formgrader(course: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "autograder.cli", "course", "open", "--no-browser", "--course", str(course)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()
            server.wait(30)


async def by_hand(page: Page, url: str) -> None:
    """To the reflection of a submission, by the links that an instructor clicks."""
    page.set_default_timeout(PATIENCE)
    await page.goto(url)
    await page.get_by_role("link", name="Submission #2").click()
    await page.locator("#reflection").wait_for()
    await page.locator("#reflection").scroll_into_view_if_needed()
    await page.wait_for_timeout(1_500)


async def picture(browser: Browser, url: Path | str, name: str, height: int = 700) -> None:
    page = await browser.new_page(viewport={"width": VIEWPORT["width"], "height": height})
    if isinstance(url, Path):
        await page.goto(url.as_uri())
    else:
        await by_hand(page, url)
    await page.screenshot(path=HERE / f"course-{name}.png")
    await page.close()
    print(HERE / f"course-{name}.png")


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="course-") as place:
        folder = Path(place)
        course = make_course(folder)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            await picture(browser, course / "reports" / LAB.name / "report.html", "report")
            await picture(browser, course / "feedback" / "dmytro" / LAB.name / "feedback.html", "feedback", 620)
            await picture(browser, make_summary(folder), "summary", 620)
            with formgrader(course) as url:
                await picture(browser, url, "formgrader")
            await browser.close()
        if keep := os.environ.get("KEEP"):
            shutil.copytree(course, keep)


if __name__ == "__main__":
    asyncio.run(main())
