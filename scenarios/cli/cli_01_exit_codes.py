"""CLI-01, what the D-commands return."""

from diraccert.certification.scenario import scenario


@scenario(
    "CLI-01h",
    title="what does not work ends with another exit code than 0",
    owner="cli",
    needs=("dcommands", "dips"),
    suites=("full",),
    limit=120,
    about=8,
)
def test_exit_codes(alice, at_shell, unique, step):
    shell = at_shell(alice)
    alice.put("a.txt", "a\n")
    shell(f"dmkdir {unique}").ok()
    shell(f"dput a.txt {unique}/a.txt").ok()
    commands = (
        "dls not-there",
        "dsize not-there",
        f"dmkdir /gridpp/{unique}",
        f"drmdir {unique}",
        "dchmod 700 not-there",
        f"dchmod 999 {unique}/a.txt",
        "dchown alice not-there",
        "dchgrp dteam_user not-there",
        "dmeta add not-there colour=red",
        "dmeta rm not-there colour",
        f"dfind . no_{unique.replace('-', '_')}=1",
        "dkill 999999999",
    )
    with step(f"{len(commands)} commands that cannot do what they are asked for"):
        ended = {command: shell(command) for command in commands}
        wrong = {command: done.text.strip()[-100:] for command, done in ended.items() if done.rc == 0}
        assert wrong == {}
