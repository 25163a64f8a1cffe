"""What was broken is undone, all of it, whatever happens."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from diraccert.model.errors import InfrastructureError
from diraccert.proving.breaking import COLD, RESTART, RESTORE, WARM, broken
from diraccert.proving.mutants import Edit, Mutant

MUTANTS = (
    Mutant("lost", "a word is another", 1, "WMS-01", "", edits=(Edit("a.py", "1", "2"),), restart=("A_B",)),
    Mutant("gone", "a file is gone", 1, "WMS-02", "", harm="break it", repair="mend it"),
)


class Host:
    def __init__(self, refuses: str = "") -> None:
        self.refuses, self.scripts = refuses, []

    def run(self, argv, stdin=None, limit=60):
        self.scripts.append(argv[2])
        return SimpleNamespace(rc=int(argv[2] == self.refuses), out="", err="refused")


def instance_of(host: Host) -> SimpleNamespace:
    return SimpleNamespace(host=lambda name: host)


def test_all_is_broken_and_then_undone_in_the_reverse_order() -> None:
    host = Host()
    with broken(instance_of(host), MUTANTS):
        assert host.scripts[0] == COLD
        assert host.scripts[-2:] == ["break it", RESTART]
        host.scripts.clear()
    assert host.scripts == [RESTORE, "mend it", WARM, RESTART]


@pytest.mark.parametrize("refused", [RESTORE, "mend it", WARM])
def test_what_cannot_be_undone_does_not_keep_the_rest_broken(refused: str) -> None:
    host = Host(refused)
    with pytest.raises(InfrastructureError, match="refused"), broken(instance_of(host), MUTANTS):
        host.scripts.clear()
    assert host.scripts == [RESTORE, "mend it", WARM, RESTART]


def test_a_mutant_that_cannot_be_applied_is_undone_too() -> None:
    host = Host("break it")
    with pytest.raises(InfrastructureError, match="gone could not be applied"), broken(instance_of(host), MUTANTS):
        pytest.fail("nothing may run on an instance that is half broken")
    assert host.scripts[-4:] == [RESTORE, "mend it", WARM, RESTART]
