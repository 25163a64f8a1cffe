"""What scenarios ask of jobs, against answers of a system that is not there."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from diraccert.certification.jobs import Job, Jobs, jdl
from diraccert.certification.patience import wait_for
from diraccert.certification.product import ProductError


@dataclass
class Owner:
    """Answers calls from what it was given."""

    states: list[str] = field(default_factory=list)
    records: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    submitted: object = 7
    said: list[str] = field(default_factory=list)
    folder: str = "/f"

    def rpc(self, _service, method, _job):
        if method == "getJobLoggingInfo":
            return self.records
        return {"7": {"Status": self.states.pop(0), "MinorStatus": "m", "ApplicationStatus": "a"}}

    def call(self, _path, _method, text):
        self.said.append(text)
        return self.submitted


def test_a_description_quotes_texts_only():
    described = jdl(Executable='say "x"', Tags=["a", "b"], Parameters=3, Site=None)
    assert described == 'Executable = "say \\"x\\"";\nTags = {"a", "b"};\nParameters = 3;\n'


def test_a_job_carries_the_tag_of_its_scenario():
    owner = Owner()
    job = Jobs("wms01-3f2a", wait_for).submit(owner, Executable="/bin/true", Tags=["x"], StdError=None)
    assert job.id == 7
    assert 'Tags = {"wms01-3f2a", "x"};' in owner.said[0]
    assert "StdError" not in owner.said[0]


def test_an_answer_that_is_no_number_is_the_products():
    with pytest.raises(ProductError, match="no job's number"):
        Jobs("t", wait_for).submit(Owner(submitted=None), Executable="/bin/true")


def test_a_job_is_followed_to_what_is_wanted():
    assert Job(7, Owner(["Received", "Waiting"]), wait_for).reach("Waiting") == "Waiting"


def test_a_job_that_does_not_get_there_is_told_from_where_it_is():
    owner = Owner(["Received"] * 100)
    with pytest.raises(ProductError, match=r"for job 7 to be Done; last seen: it is Received \(m\)"):
        Job(7, owner, wait_for).reach("Done", limit=0.01)


def test_a_job_that_ends_otherwise_is_not_waited_for():
    owner = Owner(["Received", "Failed"], [("Failed", "No luck", "app", "2026-01-01 00:00:00", "JobPath")])
    with pytest.raises(ProductError, match=r"job 7 is Failed \(No luck; app\), not Running or Done"):
        Job(7, owner, wait_for).reach("Running", "Done")


def test_the_path_names_each_state_once_in_a_row():
    owner = Owner(
        records=[(status, "", "", "", "") for status in ("Received", "Checking", "Checking", "Waiting", "Checking")]
    )
    assert Job(7, owner, wait_for).path() == ["Received", "Checking", "Waiting", "Checking"]


def test_a_job_that_nobody_knows_is_the_products():
    with pytest.raises(ProductError, match="does not know job 8"):
        _ = Job(8, Owner(["Waiting"]), wait_for).status
