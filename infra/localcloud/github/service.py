"""The local GitHub as a service of the camp. It gives an app nothing: what it runs are the app's workflows."""

import re
import secrets
import string
import sys
from pathlib import Path

from localcloud.cloud import LEAN, CloudService, Finding, Opened, PortalOptions, answers
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess

from . import runner
from .program import REPOSITORIES, TOKEN, USUAL_PORT
from .tokens import LOGIN

SECRET = "github_token"
AZURE = "azure"  # whose file `outside.json` says what leads to it
LETTERS = string.ascii_letters + string.digits
OLDEST_GIT = (2, 31)  # configuration from the environment


class GitHubService(CloudService):
    name = "github"
    title = "GitHub"
    ports = {"github": USUAL_PORT}  # noqa: RUF012
    extras = ("runner", "act", "actionlint")
    keeps_folder = True
    secrets = {SECRET: lambda: "ghp_" + "".join(secrets.choice(LETTERS) for _each in range(36))}  # noqa: RUF012

    def portal(self, camp: Opened) -> PortalOptions:
        return PortalOptions(
            environment={
                "CAMP_GITHUB_URL": camp.url_of("github"),
                "CAMP_GITHUB_REPOSITORY": f"{LOGIN}/{camp.app.name}",
                TOKEN: camp.secrets[SECRET],
            }
        )

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        port, state = camp.port_of("github"), camp.state / self.name
        return [
            ServiceProcess(
                name=self.name,
                argv=[
                    *(sys.executable, "-m", "localcloud.github", "--port", str(port), "--state", str(state)),
                    *("--app", str(camp.app), "--outside", str(camp.state / AZURE / "outside.json")),
                    *("--web-url", camp.url_of("portal"), "--lifeline"),
                ],
                env={**LEAN, TOKEN: camp.secrets[SECRET]},
                ready=HttpProbe(port, "/healthz"),
                url=camp.url_of("github"),
                needs=(AZURE,) if AZURE in camp.services else (),
                folders=(state,),
            )
        ]

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("GitHub, for git: origin of {folder}").format(folder=camp.app.name), camp.url_of("github"))]

    def findings(self) -> list[Finding]:
        return [_git(), *runner.findings()]

    def data(self, state: Path) -> Path | None:
        return state / self.name / REPOSITORIES


SERVICE = GitHubService()


def _git() -> Finding:
    """Whether git is there, new enough, and can serve repositories."""
    seen = answers(["git", "--version"])
    found = re.search(r"(\d+)\.(\d+)", seen or "")
    ok = found is not None and (int(found[1]), int(found[2])) >= OLDEST_GIT
    text = seen or _("not found; the local GitHub needs it")
    if ok and not (Path(answers(["git", "--exec-path"]) or "") / "git-http-backend").exists():
        words = _("{version}, without git-http-backend (in some systems in the package git-daemon)")
        ok, text = False, words.format(version=seen)
    return Finding("git", ok, text, "https://git-scm.com/downloads", needed=False)
