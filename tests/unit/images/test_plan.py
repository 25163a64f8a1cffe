from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import ImageNotFound

from diraccert.images import durations, kept, plan
from diraccert.images.build_plan import BuildPlan
from diraccert.images.daemon import Daemon
from diraccert.images.labels import changes
from diraccert.model.errors import BadInput
from diraccert.model.manifest import Debian, Manifest
from diraccert.model.run import Source

ROOMS = Path(__file__).parents[2] / "integration/tiny_rooms"


class Images:
    def __init__(self) -> None:
        self.tags: set[str] = set()

    def get(self, tag: str) -> str:
        if tag not in self.tags:
            raise ImageNotFound(tag)
        return tag


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRAC_CERT_CACHE", str(tmp_path))


@pytest.fixture
def images() -> Images:
    return Images()


#: The tiny rooms have no images that releases share; these are the product's own.
REAL = Path(__file__).parents[3]


def planned(images: Images, text: str = "a==1", rooms: Path = ROOMS, **values: Any) -> BuildPlan:
    manifest = Manifest(**{"name": "8.0.86", "line": "8.0", "packages": ("DIRAC[server]==8.0.86",), **values})
    daemon = Daemon(SimpleNamespace(images=images), "unix:///x")  # type: ignore[arg-type]
    return plan.plan(daemon, manifest, SimpleNamespace(text=text, index="index==1"), [rooms])


def names(made: BuildPlan) -> list[str]:
    return [stage.name for stage in made.stages]


def test_stages_are_what_is_missing(images: Images) -> None:
    made = planned(images)
    assert names(made) == ["base", "dirac", "system"]
    images.tags = {made.base_tag}
    assert names(planned(images)) == ["dirac", "system"]
    images.tags |= {made.dirac_tag}
    assert names(planned(images)) == ["system"]
    images.tags = set(made.image_set.tags.values())
    assert names(planned(images)) == [], "with the last images there, those they were made from are not needed"
    images.tags.pop()
    assert "system" in names(planned(images))


@pytest.mark.parametrize(
    ("changed", "dirac_too"),
    [
        ({"text": "a==2"}, True),
        ({"variables": {"cert_x": "1"}}, True),
        ({"packages": ("DIRAC==8.0.85",)}, True),
        ({"topology": "large"}, False),
        ({"topology": "standard+other"}, False),
    ],
)
def test_a_digest_is_that_of_all_inputs(images: Images, changed: dict[str, Any], dirac_too: bool) -> None:
    before, after = planned(images), planned(images, **changed)
    assert before.image_set.digest != after.image_set.digest
    assert (before.dirac_tag != after.dirac_tag) is dirac_too


def test_what_stands_beside_is_shared_by_all_distributions(images: Images) -> None:
    one = planned(images, topology="standard+other")
    other = planned(images, text="a==2", packages=("DIRAC==8.0.85",), topology="standard+other", variables={"x": "1"})
    assert one.image_set.tags["other"] == other.image_set.tags["other"] == one.beside["other"]["other"]
    assert one.image_set.tags["server"] != other.image_set.tags["server"]
    assert one.tags >= set(one.beside["other"].values())
    own = planned(images, topology="standard+other", variables={"other_heap": "1"})
    assert own.image_set.tags["other"] != one.image_set.tags["other"], "a variable of its own role"
    assert own.image_set.digest != one.image_set.digest, "an instance is known by all its images"


def test_what_stands_beside_is_built_when_it_is_missing_and_alone_when_nothing_else_is(images: Images) -> None:
    made = planned(images, topology="standard+other")
    assert names(made) == ["base", "other", "dirac", "system"]
    images.tags = {made.base_tag, *made.image_set.tags.values()} - {made.image_set.tags["other"]}
    assert names(planned(images, topology="standard+other")) == ["other"]
    images.tags = set(made.image_set.tags.values())
    assert names(planned(images, topology="standard+other")) == []
    images.tags.remove(made.image_set.tags["client"])
    assert names(planned(images, topology="standard+other")) == ["base", "dirac", "system"]


def test_a_part_that_no_role_makes_is_bad_input_that_names_those_that_are(images: Images) -> None:
    with pytest.raises(BadInput, match=r"part 'opnsearch' of a topology .write standard, with any of other, joining"):
        planned(images, topology="standard+opnsearch")


def test_releases_share_what_debian_has(images: Images) -> None:
    one, other = planned(images, rooms=REAL), planned(images, "a==2", REAL, packages=("DIRAC==8.0.85",))
    assert names(one) == ["base", "debian", "database", "dirac", "system"]
    assert one.below == other.below
    assert one.dirac_tag != other.dirac_tag
    assert (one.below_dirac, one.sources["mysql"]) == (
        one.below["debian", "bookworm"],
        one.below["database", "bookworm"],
    )
    images.tags = {one.base_tag, *one.below.values()}
    assert names(planned(images, rooms=REAL)) == ["dirac", "system"]
    images.tags = {one.dirac_tag}
    assert names(planned(images, rooms=REAL)) == ["base", "database", "system"], (
        "what the packages are made of is not needed"
    )
    assert one.tags >= set(one.below.values())


def test_what_debian_has_is_of_the_debian_of_the_host(images: Images) -> None:
    usual, other = planned(images, rooms=REAL), planned(images, rooms=REAL, database="trixie")
    assert other.dirac_tag == usual.dirac_tag
    assert set(other.below) == {("debian", "bookworm"), ("database", "trixie")}
    images.tags = usual.tags
    assert [(stage.name, stage.suite) for stage in planned(images, rooms=REAL, database="trixie").stages] == [
        ("base", "trixie"),
        ("database", "trixie"),
        ("system", "bookworm"),
    ]


def test_the_name_of_a_distribution_is_no_input(images: Images) -> None:
    assert planned(images).tags == planned(images, name="other").tags


def test_the_seconds_are_those_of_the_last_time(images: Images, tmp_path: Path) -> None:
    assert planned(images).seconds == 25 + 80 + 90
    durations.record("dirac", 33.33)
    assert planned(images).seconds == pytest.approx(25 + 33.3 + 90)
    (tmp_path / "durations.json").write_text("[broken")
    assert planned(images).seconds == 25 + 80 + 90


def test_superfluous_images_go_before_those_they_were_made_from(images: Images) -> None:
    kept.remember(planned(images))
    assert kept.needed() == {"8.0.86": planned(images).tags}
    made = [kept.Image("1", f"dirac-cert/{name}:1", 1, None) for name in ("base", "dirac", "server")]  # type: ignore[arg-type]
    needed = kept.Image("2", "dirac-cert/server:2", 1, None, ("8.0.86",))  # type: ignore[arg-type]
    assert [image.tag for image in kept.superfluous([*made, needed], everything=False)] == [
        "dirac-cert/server:1",
        "dirac-cert/dirac:1",
        "dirac-cert/base:1",
    ]
    assert len(kept.superfluous([*made, needed], everything=True)) == 4


def source(**values: Any) -> Source:
    return Source(**{"name": "DIRAC", "version": "8.0.87.dev3", "commit": "c1", "sha256": "1", "shape": "s", **values})


def from_source(images: Images, one: Source, **values: Any) -> BuildPlan:
    packages = (f"DIRAC=={one.version}",)
    return planned(images, name=one.label, packages=packages, text=one.sha256, sources=(one,), **values)


def test_the_images_of_sources_are_those_of_their_shape(images: Images) -> None:
    first = from_source(images, source())
    images.tags = set(first.image_set.tags.values())
    second = from_source(images, source(version="8.0.87.dev4", commit="c2", changed=("x",), sha256="2"))
    assert second.image_set == first.image_set
    assert names(second) == []
    assert first.image_set.distribution == "source of DIRAC 8.0"
    assert first.image_set.fitted == ("server", "client", "worker")
    assert from_source(images, source(shape="t")).image_set.digest != first.image_set.digest
    assert from_source(images, source(), variables={"x": "1"}).image_set.digest != first.image_set.digest


def test_a_source_without_a_shape_takes_the_images_of_the_release(images: Images) -> None:
    pilot = source(name="Pilot", version="", shape="")
    assert planned(images, sources=(pilot,)).image_set.digest == planned(images).image_set.digest


def test_images_of_code_that_does_not_start_are_not_for_other_code(images: Images) -> None:
    first = from_source(images, source())
    assert first.flawed_set
    images.tags = set(first.flawed_set.tags.values())
    assert from_source(images, source()).image_set == first.flawed_set
    assert names(from_source(images, source(sha256="2"))) == ["base", "dirac", "system"]
    images.tags |= set(first.image_set.tags.values())
    assert from_source(images, source()).image_set == first.image_set
    assert first.tags >= images.tags


def test_labels_and_command_are_instructions_of_a_commit() -> None:
    assert changes({"a.b": "c"}, "/run") == ['LABEL a.b="c"', 'CMD ["/run"]']
    assert changes({"a.b": "c"}) == ['LABEL a.b="c"']


def test_a_manifest_chooses_the_debian_of_its_database(images: Images) -> None:
    usual, other = planned(images), planned(images, database="trixie")
    assert [stage.suite for stage in other.stages if stage.name == "base"] == ["bookworm", "trixie"]
    assert usual.dirac_tag == other.dirac_tag, "what DIRAC is installed on stays the same"
    assert usual.image_set.digest != other.image_set.digest
    (database,) = set(other.bases.values()) - {other.base_tag}
    assert (other.sources["mysql"], usual.sources["mysql"]) == (database, usual.base_tag)
    images.tags = {other.base_tag, other.dirac_tag}
    assert [(stage.name, stage.suite) for stage in planned(images, database="trixie").stages] == [
        ("base", "trixie"),
        ("system", "bookworm"),
    ]


def test_hosts_with_dirac_are_made_of_the_debian_that_has_the_python(images: Images) -> None:
    usual, other = planned(images), planned(images, python="3.13")
    assert [stage.suite for stage in other.stages if stage.name == "base"] == ["trixie", "bookworm"]
    assert other.base_tag == other.bases[Debian.TRIXIE]
    assert other.sources["mysql"] == usual.base_tag, "the database stays where it was"
    assert other.dirac_tag != usual.dirac_tag
    with pytest.raises(BadInput, match=r"no Debian of ours has Python 3\.12"):
        planned(images, python="3.12")


def test_a_part_that_joins_the_system_is_made_of_its_own_image_and_kept_with_the_system(images: Images) -> None:
    made = planned(images, topology="standard+joining")
    assert [(stage.name, stage.suite) for stage in made.stages] == [
        ("base", "bookworm"),
        ("base", "trixie"),
        ("joining", "trixie"),
        ("dirac", "bookworm"),
        ("system", "bookworm"),
    ]
    packages = made.beside["joining"]["joining"]
    assert made.sources["joining"] == packages
    assert made.image_set.tags["joining"].endswith(f":{made.image_set.digest}")
    other = planned(images, text="a==2", topology="standard+joining")
    assert other.beside == made.beside, "what it runs with knows nothing of DIRAC"
    assert other.image_set.tags["joining"] != made.image_set.tags["joining"]
    images.tags = set(made.image_set.tags.values())
    assert names(planned(images, topology="standard+joining")) == [], "its own image is needed for the system's only"


def test_a_part_that_stands_apart_is_not_played_with_the_system(images: Images) -> None:
    made = planned(images, topology="standard+other")
    assert set(made.sources) == {"mysql", "server", "client", "worker"}
