"""Jobs of one scenario: submitted as its users submit them, followed by the records that the system keeps of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diraccert.certification.product import ProductError, shorten
from diraccert.certification.user import User

API = "DIRAC.Interfaces.API.Dirac:Dirac"
MONITORING = "WorkloadManagement/JobMonitoring"

#: States that a job leaves only when somebody asks for it.
FINAL = frozenset({"Done", "Failed", "Killed", "Deleted"})


def jdl(**fields: Any) -> str:
    """A job description: texts are quoted, numbers are not, sequences become lists; None leaves a field out."""
    return "\n".join(f"{name} = {_rendered(value)};" for name, value in fields.items() if value is not None) + "\n"


def _rendered(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, Sequence):
        return "{" + ", ".join(_rendered(each) for each in value) + "}"
    return str(value)


@dataclass(frozen=True)
class Record:
    """One logging record of a job: what it became, when (as the system tells it, UTC) and who said so."""

    status: str
    minor: str
    application: str
    time: str
    source: str


@dataclass(frozen=True)
class Job:
    """A job as its owner sees it."""

    id: int
    owner: User
    wait_for: Callable[..., Any]

    @property
    def states(self) -> dict[str, str]:
        """Status, MinorStatus and ApplicationStatus now."""
        answer = self.owner.rpc(MONITORING, "getJobsStates", [self.id])
        # the services that speak JSON have made the job's number a text
        found = {str(job): states for job, states in answer.items()}.get(str(self.id))
        if found is None:
            raise ProductError(f"JobMonitoring does not know job {self.id}", answer)
        return dict(found)

    @property
    def status(self) -> str:
        """The major status now."""
        return self.states["Status"]

    @property
    def minor(self) -> str:
        """The minor status now."""
        return self.states["MinorStatus"]

    def attribute(self, name: str) -> Any:
        """An attribute of the job, as JobMonitoring answers it."""
        return self.owner.rpc(MONITORING, "getJobAttribute", self.id, name)

    def parameters(self) -> dict[str, Any]:
        """The job's parameters."""
        answer = self.owner.rpc(MONITORING, "getJobParameters", [self.id])
        found = {str(job): parameters for job, parameters in answer.items()}.get(str(self.id), {})
        return dict(found)

    def records(self) -> list[Record]:
        """Its logging records in their order."""
        return [Record(*map(str, row)) for row in self.owner.rpc(MONITORING, "getJobLoggingInfo", self.id)]

    def path(self) -> list[str]:
        """The major statuses it went through, each once in a row."""
        statuses = [record.status for record in self.records()]
        return [status for at, status in enumerate(statuses) if at == 0 or statuses[at - 1] != status]

    def reach(self, *statuses: str, limit: float = 60.0) -> str:
        """Wait until the job has one of ``statuses`` and answer it.

        Raises ProductError when it does not come there in ``limit`` seconds, or ends in another final state.
        """
        wanted, spoken = frozenset(statuses), " or ".join(statuses)

        def there() -> str:
            states = self.states
            if states["Status"] not in wanted | FINAL:
                raise ProductError(f"it is {states['Status']} ({states['MinorStatus']})")
            return str(states["Status"])

        seen: str = self.wait_for(there, limit, f"job {self.id} to be {spoken}")
        if seen not in wanted:
            last = self.records()[-1]
            raise ProductError(f"job {self.id} is {seen} ({last.minor}; {last.application}), not {spoken}")
        return seen

    def output(self, name: str = "std.out") -> bytes:
        """The bytes of a file of the output sandbox, fetched now."""
        self.owner.call(API, "getOutputSandbox", self.id, self.owner.folder)
        return self.owner.read(f"{self.id}/{name}")


@dataclass(frozen=True)
class Jobs:
    """``jobs.submit(alice, Executable="/bin/true")``: jobs that only this scenario's JobAgent takes."""

    tag: str
    wait_for: Callable[..., Any]

    def description(self, **fields: Any) -> str:
        """The JDL of a job of this scenario; ``fields`` replace the usual ones, None leaves one out."""
        files = ["std.out", "std.err"]
        usual = {"JobName": self.tag, "StdOutput": files[0], "StdError": files[1], "OutputSandbox": files}
        tags = [self.tag, *fields.pop("Tags", ())]
        return jdl(**{**usual, **fields, "Tags": tags})

    def submit(self, owner: User, **fields: Any) -> Job:
        """Submit a job through the API with its input sandbox (paths on the client host); answers it."""
        answer = owner.call(API, "submitJob", self.description(**fields))
        if not isinstance(answer, int):
            raise ProductError(f"submitJob answered {shorten(answer)}, which is no job's number", answer)
        return self.known(owner, answer)

    def known(self, owner: User, number: int) -> Job:
        """A job of this scenario that was submitted otherwise."""
        return Job(number, owner, self.wait_for)
