"""CLI-01: the D-commands, as a user types them one after the other in a shell: what they print, what they return.

Their memory of a session (profile, working directory) and of the configuration hangs on the shell that starts them.
"""

import csv
import json
from dataclasses import replace

from diraccert.certification.scenario import scenario

CATALOGUE = "DataManagement/FileCatalog"
CONTENT = bytes(range(256)) * 8
UPSTREAM = "tests/System/client_shortcommands.sh"
#: Until then a job that no pilot had could be deleted, but not killed (release notes of 8.0.50).
KILLS_WAITING = ">=8.0.50"


def squeezed(lines):
    """The text of lines without what aligns it."""
    return " ".join(" ".join(lines).split())


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
            assert f"DIRAC group : {shell.user.group}" in squeezed(shell.says("dinit -p", real=True))
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
            assert f"DIRAC group : {group}" in squeezed(person.says(f"dinit {name}"))
            assert f"DIRAC group : {group}" in squeezed(person.says("dirac-proxy-info"))
            assert person.says("dpwd") == [f"{person.home}/{name}"]
            assert person.says("dgetenv default_se") == ["SE-1"]
        assert "unknown: nobody" in person.refuses("dinit nobody")
    with step("the end of a session"):
        person("dinit -D").ok()
        assert person.says("dpwd") != [f"{person.home}/boss"]


@scenario(
    "CLI-01b",
    title="files of two organisations: uploaded, listed, measured, copied, read back, given other rights, removed",
    owner="cli",
    replaces=UPSTREAM,
    needs=("dcommands", "dips"),
    suites=("full",),
    limit=240,
    about=30,
)
def test_files(alice, erin, at_shell, unique, step):
    for user in (alice, erin):
        with step(f"{user.name} of {user.vo}"):
            life_of_files(at_shell(user), f"cert-{unique}", step)


def life_of_files(shell, name, step):
    """Some files in a new folder, from their upload to their end."""
    user, folder = shell.user, f"{shell.home}/{name}"

    def replicas(lfn):
        return sorted(
            user.rpc(CATALOGUE, "getReplicas", [f"{folder}/{lfn}"], False)["Successful"].get(f"{folder}/{lfn}", {})
        )

    def names(path="."):
        return sorted(line.split()[-1] for line in shell.says(f"dls {path}")[1:])

    def mode(lfn):
        return next(line for line in shell.says("dls -l") if line.endswith(f" {lfn}")).split()[0]

    with step("upload"):
        for path, content in {"a.txt": b"hello\n", "b.bin": CONTENT, "d/one": b"1\n", "d/below/two": b"22\n"}.items():
            user.put(path, content)
        shell(f"dmkdir {name}").ok()
        shell(f"dcd {name}").ok()
        shell("dput a.txt").ok()
        shell("dput -D SE-2 b.bin other.bin").ok()
        assert (replicas("a.txt"), replicas("other.bin")) == (["SE-1"], ["SE-2"])
        assert "already exists" in shell.refuses("dput a.txt")
        assert "does not exist" in shell.refuses("dput not-there")
        assert "NOSE" in shell.refuses("dput -D NOSE b.bin")
        shell("dmkdir tree").ok()
        shell("dput -r d tree").ok()
        shell("dput b.bin a.txt tree").ok()
    with step("list and measure"):
        assert names() == ["a.txt", "other.bin", "tree"]
        assert names("tree") == ["a.txt", "b.bin", "d"]
        assert names("tree/d") == ["below", "one"]
        assert names(f"{folder}/tree/d/below") == ["two"]
        _, *rows = shell.says("dls -l")
        sizes = {row.split()[-1]: int(row.split()[4]) for row in rows}
        assert sizes == {"a.txt": 6, "other.bin": len(CONTENT), "tree": 0}
        assert {tuple(row.split()[2:4]) for row in rows} == {(user.name, user.group)}
        assert shell.says("dls -l -S")[1].split()[-1] == "other.bin"
        assert shell.says("dls -l -S -r")[-1].split()[-1] == "other.bin"
        assert shell.says("dls -L other.bin")[-1].split() == ["SE-2", f"{folder}/other.bin"]
        assert shell.says("dsize a.txt") == [f"lfn: {folder}/a.txt", "Size: 6"]
        assert f"Logical Size: {2 * len(CONTENT) + 17:,} Files: 6" in squeezed(shell.says("dsize"))
    with step("copy"):
        assert shell.says("dreplicas a.txt")[1].split()[0] == "SE-1"
        shell("drepl -D SE-2 a.txt").ok()
        assert replicas("a.txt") == ["SE-1", "SE-2"]
        assert sorted(line.split()[0] for line in shell.says("dreplicas a.txt")[1:]) == ["SE-1", "SE-2"]
        assert "No such file" in shell.refuses("drepl -D SE-2 not-there")
        assert "No such file" in shell.refuses("dreplicas not-there")
    with step("read back"):
        user.put("elsewhere/here.txt", "a folder to download into\n")
        shell("dget other.bin elsewhere").ok()
        assert user.read("elsewhere/other.bin") == CONTENT
        shell("dget -r tree elsewhere").ok()
        assert user.read("elsewhere/tree/d/below/two") == b"22\n"
        assert user.read("elsewhere/tree/b.bin") == CONTENT
        assert "No such file" in shell.refuses("dget not-there")
        assert "must be a directory" in shell.refuses("dget a.txt not-there")
    with step("rights"):
        shell("dchmod 640 a.txt").ok()
        assert mode("a.txt") == "-rw-r-----"
        shell("dchmod -R 750 tree").ok()
        assert mode("tree") == "drwxr-x---"
        shell("dcd tree").ok()
        assert {mode("b.bin"), mode("a.txt")} == {"-rwxr-x---"}
        shell("dcd ..").ok()
        prod = user.group.replace("_user", "_prod")
        shell(f"dchgrp {prod} a.txt").ok()
        assert (
            user.rpc(CATALOGUE, "getFileMetadata", [f"{folder}/a.txt"])["Successful"][f"{folder}/a.txt"]["OwnerGroup"]
            == prod
        )
        shell(f"dchgrp {user.group} a.txt").ok()
    with step("remove"):
        shell("drm -D SE-2 a.txt").ok()
        assert replicas("a.txt") == ["SE-1"]
        shell("drm a.txt").ok()
        assert names() == ["other.bin", "tree"]
        user.put("list", f"{folder}/other.bin\n\ntree/b.bin\n")
        assert "2 object(s) removed in total" in squeezed(shell.says("drm -F list"))
        assert names() == ["tree"]
        assert "non-existent file" in shell.refuses("drm -F no-list")
        shell("drm -r tree").ok()
        assert names() == []
        shell("dcd ..").ok()
        shell(f"drmdir {name}").ok()
        assert shell.refuses(f"dcd {name}")


@scenario(
    "CLI-01c",
    title="metadata are set, listed, searched by and removed",
    owner="cli",
    replaces=UPSTREAM,
    needs=("dcommands", "dips"),
    suites=("full",),
    limit=120,
    about=10,
)
def test_metadata(alice, at_shell, metadata_field, unique, step):
    shell = at_shell(alice)
    run, colour = metadata_field("run", "int"), metadata_field("colour", "VARCHAR(64)", of="-f")
    folder = f"{shell.home}/cert-{unique}"
    with step("two files"):
        shell(f"dmkdir {folder}").ok()
        shell(f"dcd {folder}").ok()
        for name in ("red.txt", "blue.txt"):
            alice.put(name, name)
            shell(f"dput {name}").ok()
    with step("fields"):
        listed = squeezed(shell.says("dmeta -I"))
        assert run in listed
        assert colour in listed
        assert "illegal metadata type" in shell.refuses(f"dmeta -i f {unique}=colour")
    with step("set and list"):
        shell(f"dmeta add . {run}=7").ok()
        for name in ("red", "blue"):
            shell(f"dmeta add {name}.txt {colour}={name}").ok()
        assert f"{run}=7" in shell.says("dmeta ls .")
        assert shell.says(f"dmeta ls blue.txt {colour}") == [f"{colour}=blue"]
        assert shell.refuses("dmeta ls not-there")
    with step("search"):
        every = [f"{folder}/blue.txt", f"{folder}/red.txt"]
        assert sorted(shell.says(f"dfind . {run}=7")) == every
        assert shell.says(f"dfind . {run}=7 {colour}=blue") == every[:1]
        assert sorted(shell.says(["dfind", folder, f"{run}>6"])) == every
        assert shell.says(f"dfind . {run}=8") == []
        assert shell.says(f"dfind {shell.home} {colour}=red {run}=7") == every[1:]
    with step("remove"):
        shell(f"dmeta rm blue.txt {colour}").ok()
        assert f"{colour}=blue" not in shell.says("dmeta ls blue.txt")
        assert shell.says(f"dfind . {colour}=blue") == []


@scenario(
    "CLI-01d",
    title="a job is submitted, followed and its output fetched; a parametric one, and one that describes itself",
    owner="cli",
    replaces=UPSTREAM,
    needs=("dcommands",),
    suites=("full",),
    limit=180,
    about=25,
)
def test_jobs(alice, at_shell, jobs, job_agent, unique, step):
    shell = at_shell(alice)
    alice.put("usual.jdl", f"[\n{jobs.description()}]\n")
    with step("submit"):
        (number,) = shell.says(f"dsub -J usual.jdl -N {unique} --JobGroup={unique} /bin/echo {unique}")
        job = jobs.known(alice, int(number))
        job.reach("Waiting")
    with step("follow, in every format"):
        fields = ["JobID", "JobName", "Owner", "Status"]
        row = [number, unique, "alice", "Waiting"]
        asked = "-F " + ",".join(fields[1:])
        assert shell.says(f"dstat {number} {asked}")[-1].split() == row
        assert json.loads(shell(f"dstat -f json {number} {asked}").ok().out)[0] == {
            **dict(zip(fields, row, strict=True)),
            "JobID": int(number),
        }
        head, found = csv.reader(shell.says(f"dstat -f csv -g {unique} {asked}"))
        assert (head[:-1], found[:-1]) == (fields, row)
        assert shell.says(f"dstat -n no-{unique}") == ["No output"]
        assert "Expected integer" in shell.refuses("dstat abc")
        states = [each["Status"] for each in json.loads(shell(f"dlogging -f json {number}").ok().out)]
        assert (states[0], states[-1]) == ("Received", "Waiting")
        assert shell.refuses("dlogging 999999999")
        assert shell.refuses(f"doutput {number}")
    with step("its output"):
        job_agent()
        assert job.status == "Done"
        assert shell.says(f"dstat {number} {asked}") == ["No output"], "it shows what has not ended"
        assert shell.says(f"dstat -a {number} {asked}")[-1].split() == [*row[:-1], "Done"]
        shell(f"doutput -D out {number}").ok()
        assert alice.read(f"out/{number}/std.out").decode().strip() == unique
        assert "already retrieved" in squeezed(shell.says(f"doutput -D out {number}"))
    with step("three of a series, and a script that names itself"):
        (numbers,) = shell.says(f"dsub -J usual.jdl -N {unique}-series --Parametric=1:4 /bin/echo %s")
        assert len(numbers.split(",")) == 3
        alice.put("script.sh", f"#!/bin/sh\n#JDL JobName={unique}-script\necho $1\n")
        (number,) = shell.says("dsub -J usual.jdl script.sh word")
        named = json.loads(shell(f"dstat -a -f json -F JobName {number},{numbers}").ok().out)
        assert sorted(each["JobName"] for each in named) == [f"{unique}-script", *[f"{unique}-series"] * 3]


@scenario(
    "CLI-01e",
    title="a job is killed, and deleted",
    owner="cli",
    replaces=UPSTREAM,
    needs=("dcommands",),
    lines=KILLS_WAITING,
    suites=("full",),
    limit=90,
    about=6,
)
def test_kill(alice, at_shell, jobs):
    shell = at_shell(alice)
    job = jobs.submit(alice, Executable="/bin/true")
    job.reach("Waiting")
    assert shell.says(f"dkill -v {job.id}") == [f"killed job {job.id}"]
    assert job.status == "Killed"
    assert shell.says(f"dstat -S killed -F Status {job.id}")[-1].split() == [str(job.id), "Killed"]
    assert shell.says(f"dkill -D -v {job.id}") == [f"deleted job {job.id}"]
    assert job.status == "Deleted"


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


@scenario(
    "CLI-01i",
    title="the replicas of several files are those of each",
    owner="cli",
    needs=("dcommands", "dips"),
    suites=("full",),
    limit=60,
    about=4,
)
def test_several_replicas(alice, at_shell, unique):
    shell = at_shell(alice)
    alice.put("a.txt", "a\n")
    shell(f"dput -D SE-1 a.txt {unique}-one").ok()
    shell(f"dput -D SE-2 a.txt {unique}-two").ok()
    said = squeezed(shell.says(f"dreplicas {unique}-one {unique}-two"))
    one, two = (f"{shell.home}/{unique}-{name}" for name in ("one", "two"))
    assert said == f"{one}: SE-1 {one} {two}: SE-2 {two}"


@scenario(
    "CLI-01j",
    title="sizes for people to read, with replicas and without",
    owner="cli",
    needs=("dcommands", "dips"),
    suites=("full",),
    limit=60,
    about=4,
)
def test_readable_sizes(alice, at_shell, unique):
    shell = at_shell(alice)
    alice.put("b.bin", CONTENT)
    shell(f"dput b.bin {unique}.bin").ok()
    for options in ("-l -H", "-L -H"):
        size = shell.says(f"dls {options} {unique}.bin")[1].split()[4]
        assert (options, size) == (options, "2.0KiB")


@scenario(
    "CLI-01k",
    title="a job's script may come from the standard input; one that is not there is named",
    owner="cli",
    needs=("dcommands",),
    suites=("full",),
    limit=60,
    about=4,
)
def test_script_from_input(alice, at_shell, jobs, unique):
    shell = at_shell(alice)
    alice.put("usual.jdl", f"[\n{jobs.description(JobName=None)}]\n")
    assert '"no-such.sh" not found' in shell.refuses("dsub no-such.sh", real=True)
    done = shell("dsub -J usual.jdl", real=True, stdin=f"#!/bin/sh\necho {unique}\n")
    assert done.rc == 0, done.text.strip().splitlines()[-1]
    assert jobs.known(alice, int(done.out)).attribute("JobName") == "STDIN"


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


@scenario(
    "CLI-01m",
    title="a replication leaves the files of the folder alone in which it is asked for",
    owner="dms",
    needs=("dcommands", "dips"),
    suites=("full",),
    limit=60,
    about=5,
)
def test_replication_in_a_folder(alice, at_shell, client, unique, step):
    shell = at_shell(alice)
    lfns = {"drepl -D SE-2 {}": "mine.txt", "dirac-dms-replicate-lfn {} SE-2 SE-1": "also.txt"}
    shell(f"dmkdir {unique}").ok()
    for command, name in lfns.items():
        alice.put(name, "what was uploaded\n")
        shell(f"dput {name} {unique}/{name}").ok()
        alice.put(name, "what I wrote since\n")
        with step(command):
            shell(command.format(f"{shell.home}/{unique}/{name}")).ok()
    left = {name: client.run(["cat", f"{alice.folder}/{name}"]).out for name in lfns.values()}
    assert left == dict.fromkeys(lfns.values(), "what I wrote since\n")


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
