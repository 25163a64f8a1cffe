"""What one pytest process keeps for all its scenarios: the instance and the line to its warm interpreter."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pytest

from diraccert.certification.line import ExecLine, Line
from diraccert.certification.warm import BRIDGE, Warm
from diraccert.images.daemon import Daemon, connect
from diraccert.instances.instance import Instance
from diraccert.instances.up import find
from diraccert.model.errors import BadInput


@dataclass
class Slot:
    """The instance called ``name``, found when it is first asked for."""

    name: str
    run_id: str
    opened: list[Warm] = field(default_factory=list)

    @cached_property
    def daemon(self) -> Daemon:
        """The daemon that runs the instance."""
        return connect()

    @cached_property
    def instance(self) -> Instance:
        """The instance; BadInput when none was named, InfrastructureError when it does not stand."""
        if not self.name:
            raise BadInput("no instance is named", "give --cert-instance NAME; dirac-cert status lists them")
        return find(self.daemon, self.name)

    @cached_property
    def interpreter(self) -> Warm:
        """The warm interpreter on the client host."""
        warm = Warm(self._dial, self.run_id)
        self.opened.append(warm)
        return warm

    def _dial(self) -> Line:
        return ExecLine(self.instance.host("client").open(BRIDGE), "the warm interpreter")

    def close(self) -> None:
        """Hang up what was opened."""
        for warm in self.opened:
            warm.close()


SLOT = pytest.StashKey[Slot]()


def slot_of(config: pytest.Config) -> Slot:
    """The slot of this pytest process."""
    return config.stash[SLOT]
