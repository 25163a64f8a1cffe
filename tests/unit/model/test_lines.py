"""Which releases a specifier of lines means."""

import pytest

from diraccert.model.lines import covers


@pytest.mark.parametrize(
    ("specifier", "release"),
    [
        ("", "7.3.26"),
        (">=8.0", "8.0.86"),
        (">=8.0", "8.0.0a26"),
        (">=8.0,<9", "8.0.0a26"),
        (">=7.3,<9", "8.0.0a26"),
        (">=8.0,<=8.0.86", "8.0.0rc1"),
        ("<=8.0.0a26", "8.0.0a26"),
        (">=8.0.0a27", "8.0.0a28"),
    ],
)
def test_covers(specifier, release):
    assert covers(specifier, release)


@pytest.mark.parametrize(
    ("specifier", "release"),
    [
        (">=8.0", "7.3.26"),
        (">=8.0", "7.3.0a20"),
        (">=8.0.1", "8.0.0a26"),
        (">8.0", "8.0.0a26"),
        (">=8.0.39", "8.0.38"),
        (">=8.0,<9", "9.0.0a1"),
        ("<8.0", "8.0.0a26"),
        (">=8.0.0a27", "8.0.0a26"),
        (">=8.0,!=8.0.0a26", "8.0.0a26"),
        (">=8.0,<8.0", "8.0.0a26"),
    ],
)
def test_does_not_cover(specifier, release):
    assert not covers(specifier, release)
