"""What a person may name as a distribution, and what is inherited."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from diraccert.distributions.manifest import read
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Catalogue
from diraccert.rooms import builtin


def refusal(dist: str, room: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read(dist, [room])
    assert caught.value.exit_code == 64
    assert caught.value.way_out, "an error names its way out"
    assert "\n" not in str(caught.value), "an error is one line"
    return str(caught.value)


def test_a_release_without_a_manifest_takes_its_line(room) -> None:
    found = read("8.0.87", [room])
    assert (found.name, found.line, found.packages) == ("8.0.87", "8.0", ("DIRAC==8.0.87",))
    assert [entry.what for entry in found.drop] == ["gfal2-python"]
    assert found.resolve_before is None


@pytest.mark.parametrize(("version", "old"), [("8.0.36", True), ("8.0.82", True), ("8.0.83", False), ("8.0.87", False)])
def test_an_older_release_takes_the_manifest_of_its_line_that_is_for_it(room, write, version: str, old: bool) -> None:
    write("8.0-old", "inherits: '8.0'\nreleases: '<8.0.83'\npins:\n  - {what: x<2, reason: then}\n")
    assert [pin.what for pin in read(version, [room]).pins] == (["x<2"] if old else [])
    assert read(version, [room]).name == version
    write(f"of-{version}", f"packages: [DIRAC=={version}]\n")
    assert bool(read(f"of-{version}", [room]).pins) is old, "a file that inherits nothing"
    assert [patch.name for patch in read(version, [builtin()]).patches if patch.name == "m2crypto-removed"] == (
        ["m2crypto-removed"] if old else []
    )


def test_releases_that_are_no_range_are_refused(room, write) -> None:
    write("8.0-old", "inherits: '8.0'\nreleases: old ones\n")
    assert "releases must be a range of releases such as <8.0.83, not 'old ones'" in refusal("8.0-old", room)


def test_a_release_takes_its_own_manifest_over_that_of_its_line(room, write) -> None:
    write("8.0.1", "inherits: '8.0'\npackages: [DIRAC==8.0.1]\nresolve_before: 2023-01-25\n")
    found = read("8.0.1", [room])
    assert found.resolve_before == date(2023, 1, 25)
    assert [patch.name for patch in found.patches] == ["tornado-hooks"]


def test_stale_modules_of_upstream_s_tests_are_joined_with_those_of_the_line(room, write) -> None:
    line = (room / "ci/distributions/8.0.yml").read_text()
    entries = "upstream_stale:\n  - {what: UP-Core-A, reason: old}\n  - {what: UP-Core-B, reason: old}\n"
    (room / "ci/distributions/8.0.yml").write_text(line + entries)
    write("8.0.1", "packages: [DIRAC==8.0.1]\nupstream_stale:\n  - {what: UP-Core-A, reason: new}\n")
    stale = {each.what: each.reason for each in read("8.0.1", [room]).upstream_stale}
    assert stale == {"UP-Core-A": "new", "UP-Core-B": "old"}


def test_a_version_is_written_as_pep_440_normalises_it(room) -> None:
    assert read("v8.0.0-a26", [room]).packages == ("DIRAC==8.0.0a26",)
    assert read("DIRAC == 8.0.86", [room]).packages == ("DIRAC==8.0.86",)


def test_a_list_of_requirements_inherits_what_its_dirac_would(room, write) -> None:
    write("8.0.1", "packages: [DIRAC==8.0.1]\nresolve_before: 2023-01-25\n")
    found = read("DIRAC==8.0.1, WebAppDIRAC==5.0.0", [room])
    assert found.packages == ("DIRAC==8.0.1", "WebAppDIRAC==5.0.0")
    assert found.name == "DIRAC==8.0.1,WebAppDIRAC==5.0.0"
    assert found.resolve_before == date(2023, 1, 25)
    assert found.dirac_version == "8.0.1"


def test_a_file_anywhere_inherits_its_line(room, tmp_path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("packages: [DIRAC==8.0.86]\n")
    found = read(str(path), [room])
    assert found.name == "mine"
    assert [patch.name for patch in found.patches] == ["tornado-hooks"]


def test_a_file_of_the_rooms_is_named_by_its_bare_name(room) -> None:
    (room / "ci/distributions/8.0.86-large.yml").write_text("packages: [DIRAC==8.0.86]\ntopology: large\n")
    found = read("8.0.86-large", [room])
    assert (found.name, found.topology) == ("8.0.86-large", "large")
    with pytest.raises(BadInput, match="is no version"):
        read("../distributions/8.0.86-large", [room])


def test_what_a_topology_has_beside_the_system(room, write) -> None:
    path = write("mine", "inherits: '8.0'\npackages: [DIRAC==8.0.86]\ntopology: standard+opensearch + more\n")
    assert read(str(path), [room]).beside == ("opensearch", "more")
    assert read("8.0.86", [room]).beside == ()


def test_a_file_without_a_line_to_inherit_stands_alone(room, tmp_path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("packages: [DIRAC==9.1.22]\nname: new\n")
    found = read(str(path), [room])
    assert (found.name, found.line, found.patches) == ("new", "9.1", ())


def test_an_entry_for_the_same_package_replaces_the_inherited_one(room, write) -> None:
    path = write(
        "mine",
        "inherits: '8.0'\npackages: [DIRAC==8.0.86]\n"
        "overrides:\n  - {what: m2crypto==0.51.0, reason: mine}\n  - {what: suds==1, reason: more}\n"
        "variables: {two: c}\n",
    )
    found = read(str(path), [room])
    assert [entry.what for entry in found.overrides] == ["m2crypto==0.51.0", "suds==1"]
    assert found.variables == {"one": "a", "two": "c"}


def test_the_first_room_that_has_a_file_wins(room, tmp_path_factory) -> None:
    team = tmp_path_factory.mktemp("team")
    (team / "ci/distributions").mkdir(parents=True)
    (team / "ci/distributions/8.0.yml").write_text("topology: small\n")
    assert read("8.0.86", [team, room]).topology == "small"


@pytest.mark.parametrize(
    ("dist", "says"),
    [
        ("nonsense", "is no version, no list of requirements and no manifest file"),
        ("", "is no version"),
        ("8.0", "8.0 is a line of releases, not a release"),
        ("9.1.22", "no manifest for DIRAC 9.1.22 or its line 9.1 (lines that there are: 8.0)"),
        ("DIRAC>=8.0", "must name one exact version: DIRAC==VERSION"),
        ("DIRAC==8.0.*", "must name one exact version"),
        ("8.0.86,8.0.85", "'8.0.86' names no package: write DIRAC==8.0.86"),
        ("DIRAC==8.0.86,DIRAC==8.0.85", "DIRAC is asked for twice"),
        ("DIRAC==8.0.86,,", "is no requirement"),
        ("DIRAC @ file:///x", "no version"),
        ("WebAppDIRAC==5.0.15", "DIRAC is missing from the packages"),
        ("absent.yml", "absent.yml: no such file"),
    ],
)
def test_what_names_no_distribution_is_refused(room, dist, says) -> None:
    assert says in refusal(dist, room)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "packages: [DIRAC==8.0.1]\nresolve_befor: 2023-01-25\n",
            "line 2: unknown key 'resolve_befor'; did you mean 'resolve_before'?",
        ),
        ("packages: [DIRAC==8.0.1]\nzzz: 1\n", "line 2: unknown key 'zzz'; known: additions, catalogue"),
        ("packages: [DIRAC==8.0.1\n", "line 2: not YAML"),
        (
            "packages: [DIRAC==8.0.1]\nupstream_stale:\n  - {what: Core/Test_X.py, reason: x}\n",
            "line 3: 'Core/Test_X.py' is no module of upstream's tests: write its id",
        ),
        ("packages: [DIRAC==8.0.1]\nline: 8.0\n", "line 2: YAML reads the line as 8.0, not as text; put it in quotes"),
        ("packages: [DIRAC==8.0.1]\npython: 3.10\n", "YAML reads the python as 3.1, not as text; put it in quotes"),
        ("packages: [DIRAC==8.0.1]\nname: 2023-01-25\n", "put it in quotes"),
        (
            "packages: [DIRAC==8.0.1]\nresolve_before: 20230125\n",
            "resolve_before must be a day such as 2023-01-25, or release",
        ),
        ("packages: [DIRAC==8.0.1]\nresolve_before: 2023-01-25T10:00:00Z\n", "must be a day"),
        (
            "packages: [DIRAC==8.0.1]\nresolve_before: 2023-02-30\n",
            "line 2: 2023-02-30 is no value: day is out of range",
        ),
        (
            "packages: [DIRAC==8.0.1]\npackages: [DIRAC==8.0.2]\n",
            "line 2: key 'packages' is given twice, first on line 1",
        ),
        ("packages: DIRAC==8.0.1\n", "line 1: packages must be a list"),
        ("packages: [DIRAC>=8.0.1]\n", "line 1: 'DIRAC>=8.0.1' must name one exact version"),
        ("packages: [WebAppDIRAC==5.0.1]\n", "DIRAC is missing from the packages"),
        ("topology: standard\n", "DIRAC is missing from the packages"),
        ("- DIRAC==8.0.1\n", "line 1: not a mapping of keys to values"),
        ("", "DIRAC is missing from the packages"),
        ("packages: [DIRAC==8.0.1]\n1: x\n", "line 2: the key 1 is no text"),
        ("packages: [DIRAC==8.0.1]\ndrop: [suds]\n", "line 2: each of drop needs what and reason"),
        ("packages: [DIRAC==8.0.1]\ndrop:\n  - what: suds\n", "line 3: each of drop needs reason too"),
        (
            "packages: [DIRAC==8.0.1]\ndrop:\n  - what: suds\n    reson: x\n",
            "line 4: unknown key 'reson'; did you mean 'reason'?",
        ),
        ("packages: [DIRAC==8.0.1]\ndrop:\n  - what: suds==1\n    reason: x\n", "drop takes a name only"),
        ("packages: [DIRAC==8.0.1]\npins:\n  - what: suds\n    reason: x\n", "the pin 'suds' names no version"),
        ("packages: [DIRAC==8.0.1]\nadditions:\n  - what: x @ http://h/x.whl\n    reason: x\n", "names a URL"),
        (
            "packages: [DIRAC==8.0.1]\npatches:\n  - name: tornado-hook\n    reason: x\n",
            "line 3: unknown patch 'tornado-hook'; did you mean 'tornado-hooks'?",
        ),
        (
            "packages: [DIRAC==8.0.1]\ncatalogue: DirectoryLevelTree\n",
            "line 2: unknown catalogue 'DirectoryLevelTree'; did you mean",
        ),
        (
            "packages: [DIRAC==8.0.1]\ndatabase: trixi\n",
            "line 2: unknown Debian 'trixi' for database; did you mean 'trixie'",
        ),
        ("packages: [DIRAC==8.0.1]\nvariables: {a: yes}\n", "YAML reads the variable a as True, not as text"),
        (
            "packages: [DIRAC==8.0.1]\ninherits: '8.1'\n",
            "line 2: inherits the unknown manifest '8.1'; did you mean '8.0'?",
        ),
        ("packages: [DIRAC==8.0.1]\ninherits: mine\n", "line 2: mine inherits this file itself"),
        ("a: &a [*a]\n", "an alias that holds itself"),
        (
            "packages: !!python/object/apply:os.getcwd []\n",
            "line 1: the tag tag:yaml.org,2002:python/object/apply:os.getcwd is not taken",
        ),
    ],
)
def test_a_manifest_that_is_wrong_says_where(room, write, text, says) -> None:
    path = write("mine", text)
    told = refusal(str(path), room)
    assert says in told
    assert str(path) in told


def test_all_that_is_wrong_is_named_at_once(room, write) -> None:
    path = write("mine", "packages: [DIRAC>8]\nnam: x\ntopology: 7\n")
    told = refusal(str(path), room)
    assert told.index("line 1:") < told.index("line 2:") < told.index("line 3:")


def test_a_manifest_of_another_release_under_this_name_is_refused(room, write) -> None:
    write("8.0.1", "packages: [DIRAC==8.0.2]\n")
    assert "is of DIRAC 8.0.2" in refusal("8.0.1", room)


def test_two_that_inherit_each_other_are_refused(room, write) -> None:
    write("one", "inherits: two\npackages: [DIRAC==8.0.1]\n")
    write("two", "inherits: one\n")
    assert "one inherits this file itself" in refusal(str(room / "ci/distributions/one.yml"), room)


@pytest.mark.parametrize("version", ["8.0.1", "8.0.2", "8.0.37", "8.0.38", "8.0.86", "8.0.87"])
def test_the_manifests_that_we_ship_can_be_read(version) -> None:
    found = read(version, [builtin()])
    assert found.dirac_version == version
    assert found.catalogue is Catalogue.LEVEL_TREE
    assert all(entry.reason for entry in (*found.overrides, *found.drop, *found.patches))


@pytest.mark.parametrize(("bad", "good"), [("8.0.1", "8.0.2"), ("8.0.37", "8.0.38")])
def test_a_pair_differs_in_dirac_only(bad, good) -> None:
    one, other = (read(version, [builtin()]) for version in (bad, good))
    assert one.model_copy(update={"name": other.name, "packages": other.packages}) == other


@pytest.mark.parametrize("version", ["7.3.31", "7.2.50", "7.3.26", "7.2.47"])
def test_a_release_of_an_old_line_speaks_diset_and_takes_packages_of_its_time(version) -> None:
    found = read(version, [builtin()])
    assert (found.dirac_version, found.line) == (version, version[:3])
    assert found.variables["cert_https"] == "no"
    assert found.resolve_before is not None
    assert found.resolve_before.year == 2023


def test_a_manifest_of_another_line_than_its_dirac_is_refused(room, write) -> None:
    path = write("mine", 'packages: [DIRAC==8.0.1]\nline: "7.3"\n')
    with pytest.raises(BadInput) as caught:
        read(str(path), [room])
    assert f'{path} is of the line 7.3, but DIRAC 8.0.1 is of 8.0 (write line: "8.0" in it' in str(caught.value)


def test_packages_are_replaced_by_name_and_keep_their_extras(room, write) -> None:
    path = write("mine", "packages: ['DIRAC[testing]==8.0.1', Web_App==1]\n")
    found = read(str(path), [room], ["dirac==8.0.2.dev1", "Toy==3", "web-app==2"])
    assert found.packages == ("dirac[testing]==8.0.2.dev1", "web-app==2", "Toy==3")
    assert found.dirac_version == "8.0.2.dev1"
