"""CLI-01, sessions of the D-commands: as a user types them one after the other in a shell, which their memory hangs on.

It is of the profile, the working directory and the configuration.
"""

from dataclasses import replace

from diraccert.certification.scenario import scenario

UPSTREAM = "tests/System/client_shortcommands.sh"


@scenario(
    "CLI-01a",
    title="sessions of two people of two organisations, each somewhere else, and a profile with another group's proxy",
    owner="cli",
    replaces=UPSTREAM,
    needs=("dcommands",),
    suites=("full",),
    limit=120,
    about=10,
)
def test_sessions(alice, carol, erin, at_shell, open_shell, unique, step):
    hers, other = at_shell(alice), at_shell(erin)
    with step("a session from the proxy at hand"):
        for shell in (hers, other):
            assert f"DIRAC group : {shell.user.group}" in shell.told("dinit -p", real=True)
            assert shell.says("dpwd") == [shell.home]
            assert shell.says("dgetenv group_name") == [shell.user.group]
    with step("there and back, each shell for itself"):
        hers(f"dmkdir {unique}").ok()
        hers(f"dcd {unique}").ok()
        assert hers.says("dpwd") == [f"{hers.home}/{unique}"]
        assert other.says("dpwd") == [other.home]
        assert "not a valid directory" in hers.refuses("dcd nowhere")
        assert hers.says("dpwd") == [f"{hers.home}/{unique}"]
        hers("dcd ..").ok()
        assert hers.says("dpwd") == [hers.home]
        hers(f"dcd {hers.home}/{unique}").ok()
        hers("dcd").ok()
        assert hers.says("dpwd") == [hers.home]
    with step("profiles of one's own, and a proxy of another group"):
        person = open_shell(replace(carol, proxy=f"{carol.folder}/proxy-of-this-shell.pem"))
        groups = {"plain": "dteam_user", "boss": "dteam_prod"}
        for name, group in groups.items():
            person.profile(name, group, f"{person.home}/{name}")
        assert {"[boss]", "[plain]"} <= set(person.says("dconfig"))
        assert person.says("dconfig boss.group_name") == ["group_name = dteam_prod"]
        for name, group in groups.items():
            assert f"DIRAC group : {group}" in person.told(f"dinit {name}")
            assert f"DIRAC group : {group}" in person.told("dirac-proxy-info")
            assert person.says("dpwd") == [f"{person.home}/{name}"]
            assert person.says("dgetenv default_se") == ["SE-1"]
        assert "unknown: nobody" in person.refuses("dinit nobody")
    with step("the end of a session"):
        person("dinit -D").ok()
        assert person.says("dpwd") != [f"{person.home}/boss"]


@scenario(
    "CLI-01f",
    title="the configuration is fetched once for a shell, asked for again after ten minutes, and nobody else's to read",
    owner="cli",
    needs=("dcommands",),
    suites=("full",),
    limit=120,
    about=12,
)
def test_cache(alice, at_shell, client, step):
    shell = at_shell(alice)
    unreachable = "-o /DIRAC/Configuration/Servers=dips://server:1/Configuration/Server"

    def told():
        return client.must(["stat", "-c", "%U %a %Y %s", shell.cache]).split()

    with step("cold"):
        client.must(["rm", "-f", shell.cache])
        assert shell.says(f"dls {shell.home}")
        first = told()
        assert first[:2] == ["alice", "600"]
    with step("warm: the configuration server is not asked"):
        assert shell.says(f"dls {shell.home} {unreachable}", real=True)
        assert told() == first
    with step("stale"):
        client.must(["touch", "-d", "11 minutes ago", shell.cache])
        stale = told()
        assert shell.says(f"dls {shell.home}")
        assert told() > stale


@scenario(
    "CLI-01g",
    title="the first command of a new user makes the commands' configuration, and works",
    owner="cli",
    needs=("dcommands",),
    suites=("full",),
    limit=60,
    about=5,
)
def test_first_use(alice, open_shell, step):
    for first in ("dinit -p", "dpwd"):
        with step(f"{first}, in a home without .dirac"):
            shell = open_shell(replace(alice, folder=f"{alice.folder}/{first.replace(' ', '')}"))
            done = shell(first, real=True)
            assert (done.rc, "Error" in done.text) == (0, False), done.text


@scenario(
    "CLI-01l",
    title="after a command that reached no configuration server the next one does its work",
    owner="cli",
    needs=("dcommands",),
    suites=("full",),
    limit=90,
    about=10,
)
def test_cache_of_nothing(alice, at_shell, client, step):
    shell = at_shell(alice)
    client.must(["rm", "-f", shell.cache])
    with step("no configuration server answers"):
        done = shell("dls / -o /DIRAC/Configuration/Servers=dips://server:1/Configuration/Server", real=True)
        assert "dteam" not in done.out
    with step("it is back"):
        done = shell("dls /", real=True)
        assert (done.rc, "Traceback" in done.text) == (0, False), done.text.strip().splitlines()[-1]
        assert "dteam" in done.out.split()


#: What another account of the machine puts where the commands of this shell look for their configuration.
FOREIGN = """
import pickle, sys
class Order:
    def __reduce__(self):
        return open, (sys.argv[2], "w")
with open(sys.argv[1], "wb") as file:
    pickle.dump(Order(), file)
"""


@scenario(
    "CLI-01n",
    title="the commands take no configuration that another account of the machine has left for them",
    owner="security",
    needs=("dcommands",),
    suites=("full",),
    limit=60,
    about=4,
)
def test_foreign_cache(alice, mallory, at_shell, client, step):
    shell = at_shell(alice)
    taken = f"{alice.folder}/taken"
    with step("mallory writes into /tmp"):
        client.must(["rm", "-f", shell.cache])
        client.must(["runuser", "-u", mallory.account, "--", "python3", "-c", FOREIGN, shell.cache, taken])
    try:
        with step("alice goes on"):
            shell("dpwd", real=True)
            assert client.run(["test", "-e", taken]).rc == 1, "what mallory wrote was carried out as alice"
    finally:
        client.must(["rm", "-f", shell.cache])
