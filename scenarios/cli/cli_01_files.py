"""CLI-01, files and metadata by the D-commands, as a user types them one after the other in a shell."""

from diraccert.certification.scenario import scenario

CATALOGUE = "DataManagement/FileCatalog"
CONTENT = bytes(range(256)) * 8
UPSTREAM = "tests/System/client_shortcommands.sh"


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
        assert f"Logical Size: {2 * len(CONTENT) + 17:,} Files: 6" in shell.told("dsize")
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
        assert "2 object(s) removed in total" in shell.told("drm -F list")
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
    # files of other runs are found too, unless values are of this one
    number, of = int(unique.rpartition("-")[2], 16), {"red": f"red-{unique}", "blue": f"blue-{unique}"}
    with step("two files"):
        shell(f"dmkdir {folder}").ok()
        shell(f"dcd {folder}").ok()
        for name in ("red.txt", "blue.txt"):
            alice.put(name, name)
            shell(f"dput {name}").ok()
    with step("fields"):
        listed = shell.told("dmeta -I")
        assert run in listed
        assert colour in listed
        assert "illegal metadata type" in shell.refuses(f"dmeta -i f {unique}=colour")
    with step("set and list"):
        shell(f"dmeta add . {run}={number}").ok()
        for name in ("red", "blue"):
            shell(f"dmeta add {name}.txt {colour}={of[name]}").ok()
        assert f"{run}={number}" in shell.says("dmeta ls .")
        assert shell.says(f"dmeta ls blue.txt {colour}") == [f"{colour}={of['blue']}"]
        assert shell.refuses("dmeta ls not-there")
    with step("search"):
        every = [f"{folder}/blue.txt", f"{folder}/red.txt"]
        assert sorted(shell.says(f"dfind . {run}={number}")) == every
        assert shell.says(f"dfind . {run}={number} {colour}={of['blue']}") == every[:1]
        assert sorted(shell.says(["dfind", folder, f"{run}>{number - 1}"])) == every
        assert shell.says(f"dfind . {run}={number + 1}") == []
        assert shell.says(f"dfind {shell.home} {colour}={of['red']} {run}={number}") == every[1:]
    with step("remove"):
        shell(f"dmeta rm blue.txt {colour}").ok()
        assert f"{colour}={of['blue']}" not in shell.says("dmeta ls blue.txt")
        assert shell.says(f"dfind . {colour}={of['blue']}") == []


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
    said = shell.told(f"dreplicas {unique}-one {unique}-two")
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
        size = shell.says(f"dls {options} {unique}.bin")[1].split()[4:5]
        assert (options, size) == (options, ["2.0KiB"])


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
