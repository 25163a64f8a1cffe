"""What points at the component at fault."""

from __future__ import annotations

from diraccert.certification.evidence import culprit
from diraccert.model.run import LogExcerpt, Step


def test_a_command_that_raises_points_at_its_module_and_not_at_who_else_logged_errors() -> None:
    step = Step(
        at=0.0,
        seconds=1.0,
        what="dave: dirac-rss-query-db add resource status",
        ok=False,
        detail='File "/x/DIRAC/ResourceStatusSystem/scripts/dirac_rss_query_db.py", line 427, in main ValueError',
    )
    other = LogExcerpt(component="WorkloadManagement/OptimizationMind", why="3 error(s) in this window", lines=("x",))
    assert culprit([step], [other]) == "ResourceStatus/dirac_rss_query_db"
    assert culprit([], [other]) == "WorkloadManagement/OptimizationMind"
