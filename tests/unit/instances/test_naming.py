from __future__ import annotations

import pytest

from diraccert.images.build_plan import ImageSet
from diraccert.instances import up
from diraccert.instances.readiness import Unready
from diraccert.instances.status import State, state_of
from diraccert.model.errors import BadInput


@pytest.mark.parametrize(
    ("distribution", "name"),
    [
        ("8.0.86", "8-0-86-1a2b"),
        ("DIRAC==8.0.86,WebAppDIRAC==5.0.15", "dirac-8-0-86-webappdirac-5-0-15-1a2b"),
        ("", "dirac-1a2b"),
    ],
)
def test_a_default_name_is_a_name(distribution: str, name: str) -> None:
    made = up.default_name(ImageSet("1a2b3c4d5e6f7a8b", {}, distribution))
    assert made == name
    assert up._NAME.fullmatch(made)


@pytest.mark.parametrize("name", ["", "A", "-a", "a-", "a b", "a/b", "x" * 41])
def test_what_cannot_name_a_container_is_bad_input(name: str) -> None:
    with pytest.raises(BadInput, match="cannot name an instance"):
        up.claim(None, name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["running", "running"], State.RUNNING),
        (["running", "exited"], State.PARTLY),
        (["exited", "exited"], State.EXPIRED),
        (["created", "created"], State.PARTLY),
        (["created", "running"], State.PARTLY),
    ],
)
def test_the_state_of_an_instance_is_made_of_those_of_its_containers(states: list[str], state: State) -> None:
    assert state_of(dict(zip("ab", states, strict=True))) is state


def test_many_missing_things_are_counted() -> None:
    class Server:
        name = "server"

    assert str(Unready(Server(), tuple("abcde"), ended=False)) == "server awaits a; b; c and 2 more"  # type: ignore[arg-type]
    assert str(Unready(Server(), (), ended=True)) == "server ended"  # type: ignore[arg-type]
