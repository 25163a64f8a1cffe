"""What a report says of a distribution's deviations."""

from __future__ import annotations

from diraccert.distributions import deviations
from diraccert.distributions.manifest import read
from diraccert.model.run import Source
from diraccert.rooms import builtin


def test_every_deviation_of_an_old_release_is_listed_with_its_reason() -> None:
    found = deviations.of(read("8.0.1", [builtin()]))
    assert [(one.kind, one.what) for one in found] == [
        ("patch", "tornado-hooks"),
        ("patch", "m2crypto-removed"),
        ("override", "M2Crypto==0.51.0"),
        ("override", "tornado-m2crypto==0.1.6"),
        ("override", "without gfal2-python"),
        ("pin", "setuptools<81"),
        ("pin", "importlib_metadata<5"),
        ("stand-in", "the pilot"),
        ("stand-in", "components are forks of a process that has DIRAC imported"),
        ("dependencies", "Python packages as the index had them before 2023-01-25, on Debian 12's Python 3.11"),
    ]
    assert all(one.reason for one in found)


def test_settings_that_a_line_needs_are_listed() -> None:
    found = deviations.of(read("7.3.26", [builtin()]))
    whats = [one.what for one in found if one.kind == "override"]
    assert "OpenSSL at security level 1" in whats
    assert "every service speaks DISET, also one that has an HTTPS form" in whats
    newest = [one.what for one in deviations.of(read("8.0.86", [builtin()]))]
    assert not [what for what in newest if "DISET" in what or "OpenSSL" in what]


def test_todays_dependencies_are_a_deviation_too() -> None:
    found = deviations.of(read("8.0.85", [builtin()]))
    assert "on the day of the lock" in found[-1].what


def test_the_real_pilot_is_no_deviation(tmp_path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("packages: [DIRAC==9.9.9]\nvariables: {cert_pilot_source: /srv/Pilot.git}\n")
    assert "the pilot" not in [one.what for one in deviations.of(read(str(path), [tmp_path]))]


def test_a_cold_start_is_no_deviation(tmp_path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text('packages: [DIRAC==9.9.9]\nvariables: {cert_warm_start: "no"}\n')
    assert not any("forks" in one.what for one in deviations.of(read(str(path), [tmp_path])))


def test_pins_and_additions_are_listed(tmp_path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(
        "packages: [DIRAC==9.9.9]\npins:\n  - {what: numpy<2, reason: p}\nadditions:\n  - {what: toy, reason: a}\n"
    )
    found = deviations.of(read(str(path), [tmp_path]))
    assert [(one.kind, one.what, one.reason) for one in found[:2]] == [
        ("pin", "numpy<2", "p"),
        ("addition", "toy", "a"),
    ]


def test_what_comes_from_source_is_listed_and_the_pilot_is_real_then() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    sources = (
        Source(name="DIRAC", version="8.0.87.dev3", commit=commit, changed=("a", "b", "c", "d"), sha256="1" * 64),
        Source(name="Pilot", commit=commit, sha256="2" * 64),
        Source(name="Toy", version="1.0", sha256="3" * 64),
    )
    found = deviations.of(read("8.0.85", [builtin()]).model_copy(update={"sources": sources}))
    assert [one.what for one in found if one.kind == "source"] == [
        "DIRAC 8.0.87.dev3: commit 0123456789, with uncommitted changes in a, b, c and 1 more",
        "Pilot: commit 0123456789",
        "Toy 1.0: a wheel that was given, SHA-256 3333333333",
    ]
    assert "the pilot" not in [one.what for one in found]


def test_what_stands_in_beside_dirac_is_listed() -> None:
    def stand_ins(dist: str) -> set[str]:
        return {one.what for one in deviations.of(read(dist, [builtin()])) if one.kind == "stand-in"}

    assert stand_ins("9.1.22-diracx") - stand_ins("9.1.22") == {"the identity provider of DiracX"}
