"""What holds for one student and one lab of a course: its policy, and what the roster gives to a student beyond it."""

from dataclasses import dataclass, field
from datetime import datetime

from autograder.grading import policy, roster
from autograder.grading.course import Course
from autograder.grading.policy import DAY, LabPolicy, Policy
from autograder.grading.roster import Roster
from autograder.lab import lab_names


@dataclass(frozen=True)
class Rules:
    """A course's policy and roster."""

    policy: Policy = field(default_factory=Policy)
    roster: Roster = field(default_factory=Roster)

    def lab(self, lab: str) -> LabPolicy:
        return self.policy.lab(lab)

    @property
    def silent(self) -> bool:
        """Whether nothing is decided and nobody is named, so that nothing of it belongs in the gradebook."""
        return not self.roster.people and not any(lab.deadline for lab in self.policy.labs.values())

    def allowed(self, lab: str, student: str) -> int | None:
        """How many of the student's attempts count; None: all."""
        most = self.lab(lab).attempts
        return None if most is None else most + self.roster.person(student).extra_attempts

    def seconds_late(self, lab: str, student: str, handed_in: datetime | None) -> float:
        return self.lab(lab).seconds_late(handed_in, self.roster.person(student).extra_days)

    def days_late(self, lab: str, student: str, handed_in: datetime | None) -> int:
        """The days begun that cost something."""
        return self.lab(lab).late.days(self.seconds_late(lab, student, handed_in))

    def penalty(self, lab: str, student: str, earned: float, handed_in: datetime | None) -> float:
        """The points to take off."""
        return self.lab(lab).late.penalty(earned, self.seconds_late(lab, student, handed_in))

    def penalty_of_nbgrader(self, lab: str, student: str, earned: float, total_seconds_late: float) -> float:
        """The same by nbgrader's count of seconds, which knows the deadline but not the roster."""
        seconds = max(0.0, total_seconds_late - self.roster.person(student).extra_days * DAY)
        return self.lab(lab).late.penalty(earned, seconds)


def rules(course: Course) -> Rules:
    """What holds in the course; CourseError or ListError say where course.toml or roster.csv is wrong."""
    return Rules(policy.read(course, lab_names()), roster.read(course))
