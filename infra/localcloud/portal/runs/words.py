"""What the runs page's script says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "queued": _("queued"),
        "waiting": _("waits"),
        "in_progress": _("runs"),
        "success": _("succeeded"),
        "failure": _("failed"),
        "cancelled": _("cancelled"),
        "skipped": _("skipped"),
        "refused": _("refused"),
        "tolerated": _("failed, and may"),
        "number": _("#{number}"),
        "attempt": _("attempt {attempt}"),
        "about": _("{event} on {ref}, commit {sha}, by {actor}"),
        "took": _("{seconds} s"),
        "needs": _("after {needs}"),
        "rerun": _("Run again"),
        "cancel": _("Cancel"),
        "approve": _("Approve"),
        "reject": _("Reject"),
        "waitsFor": _("{job} waits for an approval of the environment {environment}."),
        "saidRerun": _("The run starts again."),
        "saidCancel": _("The run is being cancelled."),
        "saidApproved": _("Approved."),
        "saidRejected": _("Rejected."),
        "saidStarted": _("The run starts."),
        "annotations": _("Annotations"),
        "summary": _("Summary"),
        "artifacts": _("Artifacts"),
        "at": _("{path}, line {line}"),
        "noLog": _("Printed nothing."),
        "cut": _("{count} lines before these are not shown."),
        "jobs": _("Jobs"),
        "steps": _("Steps of {job}"),
        "environment": _("environment {environment}"),
        "runBy": _("Start {name}"),
        "branch": _("Branch"),
        "noWorkflows": _("No workflow here can be started by hand: that needs workflow_dispatch under on."),
    }
