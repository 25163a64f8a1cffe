import pytest

from diraccert.certification.selection import parse, select
from diraccert.model.errors import BadInput
from diraccert.model.scenario import ScenarioMeta

ALL = [
    ScenarioMeta("WMS-01", "hello", "wms", "o"),
    ScenarioMeta("WMS-02a", "fails", "wms", "o", suites=("full",)),
    ScenarioMeta("WMS-07", "bulk", "wms", "o", suites=("full",)),
    ScenarioMeta("DMS-01", "files", "dms", "o"),
    ScenarioMeta("UPG-01", "starts", "upgrade", "o", lines=">=8.0"),
    ScenarioMeta("DX-01", "sync", "diracx", "o", needs=("diracx",)),
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("all", "WMS-01 WMS-02a WMS-07 DMS-01 UPG-01 DX-01"),
        ("wms", "WMS-01 WMS-02a WMS-07"),
        ("WMS-0*", "WMS-01 WMS-02a WMS-07"),
        ("wms-01", "WMS-01"),
        ("WMS-02a", "WMS-02a"),
        ("smoke", "WMS-01 DMS-01 UPG-01 DX-01"),
        ("smoke and wms", "WMS-01"),
        ("wms and not smoke", "WMS-02a WMS-07"),
        ("DMS-01, WMS-01", "WMS-01 DMS-01"),
        ("dms or wms and smoke", "WMS-01 DMS-01"),
        ("(dms or wms) and smoke", "WMS-01 DMS-01"),
        ("not (wms, dms)", "UPG-01 DX-01"),
        ("NOT not dms", "DMS-01"),
        ("WMS-01,UPG-01 and upgrade", "WMS-01 UPG-01"),
    ],
)
def test_expressions(expression, expected):
    chosen = parse(expression, ALL)
    assert " ".join(each.id for each in ALL if chosen(each)) == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "is empty"),
        ("wms and", "ends where a word is expected"),
        ("and wms", "'and' stands where a word is expected"),
        ("(wms", "a bracket is not closed"),
        ("wms dms", "'dms' stands where and, or or a comma is expected"),
        ("wms)", "')' stands where"),
        ("WMS-99", "no scenario, area or suite is called 'WMS-99'"),
        ("smok", "did you mean smoke"),
        ("DX-*1x", "no scenario, area or suite"),
    ],
)
def test_what_cannot_be_read_is_bad_input_with_a_hint(expression, said):
    with pytest.raises(BadInput) as error:
        parse(expression, ALL)
    assert said in str(error.value)
    assert error.value.exit_code == 64
    assert error.value.way_out


def test_release_and_topology_leave_out_and_say_why():
    found = select(ALL, "all", "7.3.24", {"agents"})
    assert [each.id for each in found.run] == ["DMS-01", "WMS-01", "WMS-02a", "WMS-07"]
    assert [(meta.id, why) for meta, why in found.skipped] == [("UPG-01", "is for releases >=8.0, this is 7.3.24")]
    assert [(each.id, each.why) for each in found.not_selected] == [("DX-01", "the topology does not offer diracx")]


def test_an_alpha_of_a_line_is_of_that_line():
    assert "UPG-01" in [each.id for each in select(ALL, "all", "8.1.0a3", None).run]


def test_what_the_expression_leaves_out_is_shown():
    found = select(ALL, "dms", "8.0.86", None)
    assert {each.why for each in found.not_selected} == {"not in the selection 'dms'"}
    assert len(found.not_selected) == len(ALL) - 1


def test_a_selection_of_nothing_is_bad_input():
    with pytest.raises(BadInput, match="chooses no scenario"):
        select(ALL, "diracx", "8.0.86", set())


@pytest.mark.parametrize("expression", ["(" * 20_000 + "smoke" + ")" * 20_000, "not " * 20_000 + "smoke"])
def test_an_expression_deeper_than_a_person_writes_is_refused(expression):
    with pytest.raises(BadInput, match="more than 50 deep"):
        parse(expression, ALL)


def test_an_expression_that_is_long_and_not_deep_is_taken():
    chosen = parse(" or ".join(["(wms and not dms)"] * 2000), ALL)
    assert [each.id for each in ALL if chosen(each)] == ["WMS-01", "WMS-02a", "WMS-07"]


def test_the_log_gate_alone_says_nothing():
    gate = ScenarioMeta("OPS-06", "logs", "monitoring", "o")
    with pytest.raises(BadInput, match="runs nothing but OPS-06"):
        select([*ALL, gate], "OPS-06", "8.0.86")
    with pytest.raises(BadInput, match="runs nothing but OPS-06"):
        select([*ALL, gate], "OPS-06, UPG-01", "7.3.26")
    assert [each.id for each in select([*ALL, gate], "OPS-06, UPG-01", "8.0.86").run] == ["OPS-06", "UPG-01"]
