"""What the same error of two scenarios looks like must be one signature; different errors must stay apart."""

# ruff: noqa: E501 - tables of data
from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diraccert.results.signature import normalise

SAME = [
    (
        "2026-07-01 12:00:00 UTC WorkloadManagement/JobManager [140234523] ERROR: Cannot reschedule job 12",
        "2026-07-02 23:10:59 UTC WorkloadManagement/JobManager [98] ERROR: Cannot reschedule job 1034",
        "<time> WorkloadManagement/JobManager [<n>] ERROR: Cannot reschedule job <n>",
    ),
    (
        "Failed to get file /dteam/user/a/alice/cert-3fa9c1d2/in.txt from storage",
        "Failed to get file /gridpp/user/e/erin/cert-00112233/out_1.dat from storage",
        "Failed to get file <lfn> from storage",
    ),
    ("LFN:/vo.example.org/a/b missing", "lfn:/lhcb/x missing", "<lfn> missing"),
    ("No proxy for /C=ch/O=DIRAC/CN=alice found", "No proxy for /C=ch/O=DIRAC/CN=Bob Smith found", "No proxy for <dn> found"),
    ("subject CN=alice,O=DIRAC CI is unknown", "subject CN=erin,O=DIRAC CI is unknown", "subject <dn> is unknown"),
    ("User 'alice' is not known", "User 'frank' is not known", "User '<name>' is not known"),
    ("No output in 'cert-3fa9c1.txt'", "No output in 'cert-123456.txt'", "No output in '<name>'"),
    ("Can't kill jobs [12, 13, 14]", "Can't kill jobs [7]", "Can't kill jobs [<n>]"),
    ("refused: '/dteam/a', '/dteam/b'", "refused: '/gridpp/c/d'", "refused: '<name>'"),
    (
        "request 6f1c8f4e-0d0b-4c7a-9f57-0a54c1b0e9aa failed",
        "request 00000000-0d0b-4c7a-9f57-0a54c1b0e9bb failed",
        "request <uuid> failed",
    ),
    ("<Proxy object at 0x7f3a10> is closed", "<Proxy object at 0x10> is closed", "<Proxy object at <n>> is closed"),
    ("sandbox id-1a2b3c4d", "sandbox id-12345678", "sandbox id-<n>"),
    (
        "Can't connect to dips://server:9135/WorkloadManagement/JobManager",
        "Can't connect to dips://172.18.0.3:19135/WorkloadManagement/JobManager",
        "Can't connect to dips://<host>/WorkloadManagement/JobManager",
    ),
    ("no answer from mysql:3306", "no answer from 10.0.0.7:33060", "no answer from <host>"),
    ("ssl error with ('172.18.0.4', 51234)", "ssl error with ('172.18.0.11', 4)", "ssl error with <host>"),
    ("waited 30.5 s, 1.2e-3", "waited 7 s, 9", "waited <n> s, <n>"),
    ("cannot read /tmp/tmpab_cd3x/job.jdl", "cannot read /tmp/tmpzzzzzz01/job.jdl", "cannot read /tmp/<token>/job.jdl"),
    ("SB:ProductionSandboxSE|/SandBox/a/alice.dteam_user/3f2/4a1/3f2.tar.bz2 lost",
     "SB:ProductionSandboxSE|/SandBox/e/erin.gridpp_user/0/1/2.tar.bz2 lost",
     "SB:ProductionSandboxSE|<lfn> lost"),
    ("in dirac-cert-red-crane-server", "in dirac-cert-blue-owl-server", "in <container>"),
    ("\x1b[31mjob12 gone\x1b[0m", "job7 gone", "job<n> gone"),
    ("Thu Jul 14 12:00:01 2022 gone", "Fri Aug  5 02:00:01 2022 gone".replace("  ", " "), "<time> gone"),
    ("due datetime.datetime(2022, 7, 14, 12, 0)", "due datetime.datetime(2026, 1, 1)", "due <time>"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "signature"), SAME)
def test_the_same_error_of_two_scenarios_has_one_signature(one: str, other: str, signature: str) -> None:
    assert normalise(one) == signature
    assert normalise(other) == signature


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTTP 404 for it", "HTTP 500 for it"),
        ("exit code 1", "exit code 127"),
        ("[Errno 2] no such file", "[Errno 13] no such file"),
        (
            "Can't connect to dips://server:9135/WorkloadManagement/JobManager",
            "Can't connect to dips://server:9136/A/B",
        ),
        ("Table 'JobDB.Jobs' doesn't exist", "Table 'JobDB.Inputs' doesn't exist"),
        ("cannot read /opt/dirac/etc/dirac.cfg", "cannot read /opt/dirac/etc/host.pem"),
        ('File "/x/python3.11/site-packages/DIRAC/a.py"', 'File "/x/python3.11/site-packages/DIRAC/b.py"'),
        ("sha256 differs", "md5 differs"),
        ("DIP4 is down", "DIP6 is down"),
    ],
)
def test_different_errors_stay_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


PARTS = st.sampled_from(
    [word for row in SAME for text in row[:2] for word in text.split()]
    + ["<", ">", "'", '"', "/", "<n>", "<lfn>", ",", "12", "-"]
)


@given(st.one_of(st.text(), st.lists(PARTS).map(" ".join), st.lists(PARTS).map("".join)))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_no_number_of_a_job_tells_errors_apart(one: int, other: int) -> None:
    assert normalise(f"Job {one} not found: JobID={one}") == normalise(f"Job {other} not found: JobID={other}")


@given(st.uuids(version=4), st.uuids(version=4), st.integers(min_value=6, max_value=32))
def test_no_piece_of_a_uuid_with_a_digit_tells_errors_apart(one: UUID, other: UUID, length: int) -> None:
    pieces = [uuid.hex[:length] for uuid in (one, other)]
    signatures = {normalise(f"lost cert-{piece} again") for piece in pieces if any(c.isdigit() for c in piece)}
    assert len(signatures) <= 1


def test_a_long_text_takes_no_time() -> None:
    assert len(normalise("'job 12 of alice' " * 20_000)) < 100
