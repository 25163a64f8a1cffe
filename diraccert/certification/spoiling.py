"""The mark of an instance that a run has left as nobody may build upon, such as one without its users' files.

It stays so for whoever wants to look at what failed; the next run resets it.
"""

from __future__ import annotations

from diraccert.instances.instance import Instance

MARK = "/run/dirac-cert/spoiled"
HOST = "server"


def mark(instance: Instance) -> None:
    """From now on the instance is reset before the next run; its own containers' end removes the mark, too."""
    instance.host(HOST).must(["touch", MARK])


def is_marked(instance: Instance) -> bool:
    """Whether it has to be reset before it is used."""
    return instance.host(HOST).run(["test", "-e", MARK]).rc == 0


def clear(instance: Instance) -> None:
    """It was reset."""
    instance.host(HOST).must(["rm", "-f", MARK])
