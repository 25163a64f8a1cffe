"""Fixtures of scenarios of the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from diraccert.certification.product import CommandResult
from diraccert.certification.user import User
from diraccert.instances.host import Host

#: What stands for a person's shell: the D-commands look whether it lives. It ends with the scenario.
SHELL = "timeout 900 tail -f /dev/null >/dev/null 2>&1 & echo $!"


@dataclass(frozen=True)
class Shell:
    """Somebody at a shell, with a home of this scenario: ``shell("dls -l")`` answers the command's CommandResult."""

    user: User
    pid: str
    uid: str

    @property
    def cache(self) -> str:
        """The D-commands' copy of the configuration for this shell, on the client host."""
        return f"/tmp/DSession.configCache.{self.uid}.{self.pid}"

    @property
    def home(self) -> str:
        """Where in the catalogue the user's files are."""
        return f"/{self.user.vo}/user/{self.user.name[0]}/{self.user.name}"

    def __call__(self, command: str | Sequence[str], *, real: bool = False, stdin: str = "") -> CommandResult:
        """Run it; ``real`` as a process of its own, which what reads the home when it is imported needs."""
        keys = f"/home/{self.user.account}/.globus"
        certificate = {"X509_USER_CERT": f"{keys}/usercert.pem", "X509_USER_KEY": f"{keys}/userkey.pem"}
        shell = {"HOME": self.user.folder, "DCOMMANDS_PPID": self.pid}
        return self.user.run(command, real=real, stdin=stdin, env={**certificate, **shell})

    def says(self, command: str | Sequence[str], *, real: bool = False) -> list[str]:
        """The lines that a command prints, which must end with 0."""
        return self(command, real=real).ok().out.strip().splitlines()

    def told(self, command: str | Sequence[str], *, real: bool = False) -> str:
        """The same as one line, without what aligns it."""
        return " ".join(" ".join(self.says(command, real=real)).split())

    def refuses(self, command: str | Sequence[str], *, real: bool = False) -> str:
        """What a command says that must not end with 0, and must find words for it."""
        done = self(command, real=real)
        said = done.text.strip().splitlines() or ["it says nothing"]
        assert (done.rc != 0, "Traceback" in done.text) == (True, False), said[-1]
        return done.text

    def profile(self, name: str, group: str, home: str) -> None:
        """Write a profile of the D-commands, which uploads to SE-1."""
        options = {"group_name": group, "home_dir": home, "default_se": "SE-1"}
        self(["dconfig", *(f"{name}.{option}={value}" for option, value in options.items())]).ok()


@pytest.fixture
def open_shell(client: Host) -> Iterator[Callable[[User], Shell]]:
    """``open_shell(alice)``: alice at a shell of her own, in which she has not used the D-commands yet."""
    opened: list[str] = []

    def one(user: User) -> Shell:
        user.put("home.txt", "the folder is there\n")
        opened.append(client.must(["runuser", "-u", user.account, "--", "sh", "-c", SHELL]).strip())
        own = user
        if not user.proxy:
            # dinit writes the proxy anew, while other scenarios read that of the session: a shell has a copy
            own = replace(user, proxy=f"{user.folder}/proxy-of-{opened[-1]}.pem")
            session = user.interpreter.session(user.account, user.group)
            client.must(["cp", "--preserve", session, own.proxy])
        return Shell(own, opened[-1], client.must(["id", "-u", user.account]).strip())

    yield one
    client.run(["kill", *opened])


@pytest.fixture
def at_shell(open_shell: Callable[[User], Shell]) -> Callable[[User], Shell]:
    """``at_shell(alice)``: the same with a session in her home of the catalogue, whose uploads go to SE-1."""

    def one(user: User) -> Shell:
        shell = open_shell(user)
        shell.profile("work", user.group, shell.home)
        shell("dinit work").ok()
        return shell

    return one
