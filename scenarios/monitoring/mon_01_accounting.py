"""MON-01: what is reported to the accounting is in its buckets, in its reports under every grouping, and in its plots.

Each type gets three records, every key of which carries the token of this scenario, and a fourth that lasts longer
than a bucket. The types are those that the release has, extensions' too.
"""

import struct
import zlib
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from diraccert.certification.scenario import scenario

TYPES = """
from DIRAC.Core.Utilities.Plotting.TypeLoader import TypeLoader
result = {
    name: [[field[0] for field in fields] for fields in (kind().definitionKeyFields, kind().definitionAccountingFields)]
    for name, kind in TypeLoader().getTypes().items()
}
"""
COMMIT = """
from DIRAC.AccountingSystem.Client.DataStoreClient import gDataStoreClient
from DIRAC.Core.Utilities.Plotting.TypeLoader import TypeLoader
kinds = TypeLoader().getTypes()
result = {"OK": True}
for name, start, end, values in records:
    record = kinds[name]()
    record.setStartTime(start)
    record.setEndTime(end)
    for done in (record.setValuesFromDict(values), gDataStoreClient.addRegister(record)):
        result = result if not result["OK"] else done
result = gDataStoreClient.commit() if result["OK"] else result
"""
#: Every report in every grouping that is asked for: the data of each.
REPORT = """
from DIRAC.AccountingSystem.Client.ReportsClient import ReportsClient
from DIRAC.Core.Utilities.ReturnValues import returnValueOrRaise
client = ReportsClient()
result = {}
for report, grouping in wanted:
    answer = client.getReport(kind, report, start, end, chosen, grouping)
    result[report, grouping] = returnValueOrRaise(answer)["data"]
"""
REPORTS = "DIRAC.AccountingSystem.Client.ReportsClient:ReportsClient"

#: Keys whose values the plotters choose by: a free text would be in no report.
CHOSEN = {("StorageOccupancy", "SpaceType"): ("Free", "Used", "Free")}
#: A report of each type whose numbers add up, what they add up (None: the records), and the unit they are in.
SUMS = {
    "DataOperation": ("Pie chart of transferred data", "TransferSize", 1),
    "Job": ("Pie plot of executed jobs", None, 1),
    "Network": ("Jitter", "Jitter", 1),
    "Pilot": ("TotalNumberOfPilots", None, 1),
    "PilotSubmission": ("Submission", "NumTotal", 1),
    "StorageOccupancy": ("Free and Used Space", "Space", 10**6),
    "WMSHistory": ("NumberOfJobs", "Jobs", 1),
}
#: Reports of what the three records have not.
EMPTY = {("StorageOccupancy", "Guaranteed Space"), ("StorageOccupancy", "Total Space")}
#: Longer than the buckets of any type for yesterday and today, in hours.
LONG = 9


def records_of(kind, keys, values, token, moment):
    """Three records, each in a bucket of its own as some reports are averages, and a long one; type, times, fields."""
    found = []
    for number in range(3):
        fields = {key: CHOSEN.get((kind, key), [f"{token}-{number}"] * 3)[number] for key in keys}
        fields[keys[0]] = token
        fields |= {value: 10 * (number + 1) + place for place, value in enumerate(values)}
        at = moment - timedelta(hours=number)
        found.append((kind, at, at, fields))
    fields = {**found[0][3], keys[0]: f"{token}-long"}
    return [*found, (kind, moment - timedelta(hours=LONG), moment, fields)]


def total(data):
    """The sum of all numbers in a report."""
    return sum(map(total, data.values())) if isinstance(data, dict) else float(data)


def picture(png):
    """Width, height and whether it shows anything, of a PNG; fails when it is none."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    place, pixels = 8, b""
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place : place + 8])
        pixels += png[place + 8 : place + 8 + size] if kind == b"IDAT" else b""
        place += size + 12
    assert kind == b"IEND"
    return width, height, len(set(zlib.decompress(pixels))) > 2


@scenario(
    "MON-01",
    title="accounting of every type is bucketed, adds up under every grouping, and is plotted",
    owner="monitoring",
    replaces="tests/Integration/AccountingSystem/Test_Plotter.py",
    suites=("full",),
    limit=240,
    about=45,
)
def test_accounting(dave, mysql, system, unique, wait_for, step):
    prefix = f"{system['setup']}_" if system["setup"] else ""
    moment = datetime.now(UTC).replace(minute=1, second=0, microsecond=0, tzinfo=None) - timedelta(hours=3)
    kinds = dave.python(TYPES)
    assert set(SUMS) <= set(kinds)
    records = {kind: records_of(kind, *fields, unique, moment) for kind, fields in kinds.items()}

    with step("report to the accounting"):
        assert dave.python(COMMIT, records=list(chain(*records.values()))) == {"OK": True, "Value": 4 * len(kinds)}

    def buckets(kind, value, token):
        """How many buckets of a type hold something under a token, and the sum of a field in them."""
        table = f"{prefix}{kind}"
        key = kinds[kind][0][0]
        query = (
            f"SELECT COUNT(DISTINCT b.startTime), COALESCE(SUM(b.`{value}`), 0) FROM `ac_bucket_{table}` b "
            f"JOIN `ac_key_{table}_{key}` k ON b.`{key}` = k.id WHERE k.value = '{token}'"
        )
        done = mysql.run(["mysql", "-N", "-B", "AccountingDB", "-e", query])
        assert done.rc == 0, done.err
        count, amount = done.out.split()
        return int(count), float(amount)

    def bucketed(kind):
        _, three = buckets(kind, "entriesInBucket", unique)
        _, long = buckets(kind, "entriesInBucket", f"{unique}-long")
        return three == 3 and long > 0.99

    with step("what was reported is in the buckets"):
        for kind in kinds:
            wait_for(lambda kind=kind: bucketed(kind), limit=100, hint=f"the records of {kind} in their buckets")
        for kind, (_, values) in kinds.items():
            for value in values:
                three, last = records[kind][:3], records[kind][3][3]
                assert buckets(kind, value, unique)[1] == sum(fields[value] for *_, fields in three), (kind, value)
                parts, amount = buckets(kind, value, f"{unique}-long")
                assert parts >= 2, f"a record of {LONG} hours is shared among buckets"
                assert abs(amount - last[value]) < 0.01, (kind, value)

    span = (moment - timedelta(hours=4), moment + timedelta(hours=2))
    for kind, (keys, _) in kinds.items():
        chosen = {keys[0]: [unique]}
        report, value, unit = SUMS.get(kind, ("", None, 1))
        with step(f"reports of {kind}"):
            wanted = [(name, keys[1]) for name in dave.call(REPORTS, "listReports", kind)]
            wanted += [(report, key) for key in keys if report]
            data = dave.python(REPORT, kind=kind, chosen=chosen, start=span[0], end=span[1], wanted=wanted, limit=120)
            empty = [name for (name, _), told in data.items() if not told]
            assert [name for name in empty if (kind, name) not in EMPTY] == []
        if not report:
            continue
        with step(f"'{report}' of {kind} adds up under every grouping"):
            expected = sum(1 if value is None else fields[value] for *_, fields in records[kind][:3]) / unit
            sums = {key: total(data[report, key]) for key in keys}
            assert sums == pytest.approx(dict.fromkeys(keys, expected))
        with step(f"plot of {kind}"):
            plot = dave.call(REPORTS, "generatePlot", kind, report, *span, chosen, keys[1])["plot"]
            width, height, shows = picture(dave.call(REPORTS, "getPlotToMem", plot))
            assert min(width, height) >= 200
            assert shows
