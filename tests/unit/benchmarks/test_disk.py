"""Images that share layers are counted once."""

from __future__ import annotations

from benchmarks.disk import Layers, together

BASE = Layers(("base",), 200)
DIRAC = Layers(("base", "dirac"), 1300)


def test_what_images_share_counts_once() -> None:
    server, client = Layers((*DIRAC.digests, "server"), 1350), Layers((*DIRAC.digests, "client"), 1310)
    assert together([client, server, DIRAC, BASE]) == 1360


def test_the_same_image_under_two_names_counts_once() -> None:
    assert together([DIRAC, DIRAC]) == 1300


def test_images_of_nothing_in_common_are_added() -> None:
    assert together([BASE, Layers(("other",), 50)]) == 250
    assert together([]) == 0
