from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.images import stages
from diraccert.model.errors import BadInput

STAGES = """
dirac: {roles: [host, dirac], hosts: [image]}
system: {roles: [host, dirac, site], hosts: [mysql, server]}
beside:
  other: {roles: [host, other], hosts: [other], files: [site.yml]}
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    for role in ("host", "dirac", "site", "other"):
        tasks = tmp_path / "roles" / role / "tasks"
        tasks.mkdir(parents=True)
        (tasks / "main.yml").write_text(f"- name: {role}\n")
    (tmp_path / "roles/site.yml").write_text("- hosts: all\n")
    (tmp_path / "roles/stages.yml").write_text(STAGES)
    patch = tmp_path / "roles/dirac/files/patches/hooks/one.diff"
    patch.parent.mkdir(parents=True)
    patch.write_text("--- a\n")
    return tmp_path


def digests(room: Path) -> tuple[str, str]:
    roles = stages.read([room])
    return roles.digest_of(roles.stages.dirac), roles.digest_of(roles.stages.system)


def test_a_changed_role_changes_only_the_stages_that_play_it(room: Path) -> None:
    dirac, system = digests(room)
    (room / "roles/site/tasks/main.yml").write_text("- name: changed\n")
    assert digests(room)[0] == dirac
    assert digests(room)[1] != system


def test_a_role_of_what_stands_beside_is_no_input_of_the_system(room: Path) -> None:
    def beside() -> str:
        roles = stages.read([room])
        return roles.digest_of(roles.beside(["other"])["other"])

    before, other = digests(room), beside()
    (room / "roles/other/tasks/main.yml").write_text("- name: changed\n")
    assert digests(room) == before
    changed = beside()
    assert changed != other
    (room / "roles/site/tasks/main.yml").write_text("- name: changed\n")
    assert beside() == changed


def test_the_playbook_may_speak_of_every_host(room: Path) -> None:
    assert stages.read([room]).groups == ("image", "mysql", "server", "other")


@pytest.mark.parametrize("path", ["site.yml", "group_vars/all.yml", "library/module.py", "host/tasks/new.yml"])
def test_what_all_share_changes_both(room: Path, path: str) -> None:
    before = digests(room)
    (room / "roles" / path).parent.mkdir(exist_ok=True)
    (room / "roles" / path).write_text("changed\n")
    assert not set(before) & set(digests(room))


def test_names_and_modes_count(room: Path) -> None:
    dirac, _ = digests(room)
    main = room / "roles/host/tasks/main.yml"
    main.chmod(0o755)
    executable, _ = digests(room)
    main.rename(main.with_name("other.yml"))
    assert len({dirac, executable, digests(room)[0]}) == 3


def test_patches_and_caches_do_not_count(room: Path) -> None:
    before = digests(room)
    (room / "roles/dirac/files/patches/hooks/two.diff").write_text("+++ b\n")
    cache = room / "roles/dirac/files/__pycache__"
    cache.mkdir()
    (cache / "module.cpython-311.pyc").write_bytes(b"\0")
    assert digests(room) == before


def test_the_folder_does_not_count(room: Path, tmp_path: Path) -> None:
    before = digests(room)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (room / "roles").rename(moved / "roles")
    assert digests(moved) == before


def test_a_patch_comes_from_the_first_room_that_has_it(room: Path, tmp_path: Path) -> None:
    own = tmp_path / "own/roles/dirac/files/patches/hooks"
    own.mkdir(parents=True)
    assert stages.patches([tmp_path / "own", room], ["hooks"]) == (own.resolve(),)
    with pytest.raises(BadInput, match="no patch nonesuch"):
        stages.patches([room], ["nonesuch"])


def test_a_patchs_content_changes_its_digest(room: Path) -> None:
    [patch] = stages.patches([room], ["hooks"])
    before = stages.digest_of_files(patch)
    (patch / "one.diff").write_text("--- b\n")
    assert stages.digest_of_files(patch) != before


@pytest.mark.parametrize(
    "text", ["", "dirac: [host]", "dirac: {roles: [], hosts: [a, b]}\nsystem: {roles: [], hosts: []}", "{"]
)
def test_wrong_stages_are_bad_input_that_names_the_file(room: Path, text: str) -> None:
    (room / "roles/stages.yml").write_text(text)
    with pytest.raises(BadInput, match=r"stages\.yml"):
        stages.read([room])


def test_rooms_without_a_playbook_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no roles/site\.yml"):
        stages.read([tmp_path])


def test_digests_do_not_run_into_one_another() -> None:
    assert stages.digest("ab", "c") != stages.digest("a", "bc")
    assert len(stages.digest("a")) == 16


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("dirac: {roles: [host], hosts: [image, other]}", "stage dirac is played on one host"),
        ("dirac: {roles: [host], hosts: [image], of: nothing}", "there is no stage nothing below"),
        (
            "dirac: {roles: [host], hosts: [image]}\nbelow: {debian: {roles: [host], hosts: []}}",
            "stage debian is played on one host",
        ),
    ],
)
def test_what_stages_are_made_of_is_there(room: Path, wrong: str, said: str) -> None:
    (room / "roles/stages.yml").write_text(f"{wrong}\nsystem: {{roles: [host], hosts: [server]}}\n")
    with pytest.raises(BadInput, match=said):
        stages.read([room])
