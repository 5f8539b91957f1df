"""What comes after a lab: the next one, once every check of this one has passed."""

from autograder.lab import Lab, labs
from autograder.progress import LabProgress
from autograder.verdict import PASSED
from localcloud.messages import _


def whats_next(lab: Lab, known: LabProgress) -> str | None:
    """What a learner may do after `lab`, of which so much is `known`; None while a check of it has not passed."""
    if any(known.check(check.id).outcome != PASSED for check in lab.checks):
        return None
    done = _("You have finished Lab {number}. 'camp submit {number}' packs it, to hand in.").format(number=lab.number)
    following = next((one for one in labs() if one.number > lab.number), None)
    if following is None:
        return done
    then = _("Next is Lab {number}: {title} ({minutes} minutes). Stop the camp by Ctrl-C, then: camp up --lab {number}")
    return done + "\n" + then.format(number=following.number, title=following.title, minutes=following.minutes)
