"""What the tests of a module did, and what that means for it; the program in the host is run for real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from diraccert.certification.evidence import of_failure
from diraccert.certification.outcomes import judge as judged
from diraccert.certification.upstream import outcome
from diraccert.certification.upstream.outcome import Done, FailedTests, NothingRan
from diraccert.certification.upstream.scripts import Pass
from diraccert.model.errors import InfrastructureError
from diraccert.model.outcomes import Outcome
from diraccert.rooms import builtin

INSIDE = builtin() / "fixtures/upstream/inside.py"
MIXED = """
import pytest
from unittest import TestCase

def test_good(): pass

def test_bad():
    answer = {"OK": False, "Message": "no such job"}
    assert answer["OK"], answer

@pytest.mark.skip(reason="not here")
def test_left_out(): pass

class TestOld(TestCase):
    def test_equal(self):
        self.assertEqual(1, 2)
"""
MAIN = """
import sys, unittest
class Old(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.assertTrue(sys.argv[1] == "yes", "it is " + sys.argv[1])
if __name__ == "__main__":
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Old))
    sys.exit(not result.wasSuccessful())
"""


def run(folder: Path, text: str, program: str = "pytest", *arguments: str) -> Done:
    """The file's tests, run as a host runs them."""
    file, told = folder / "tests/Integration/Core/Test_Toy.py", folder / "told.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    argv = [sys.executable, str(INSIDE), str(told), str(folder / "packages"), program, str(file), *arguments]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
    lines = told.read_text() if told.exists() else ""
    return outcome.of(Pass("Core/Test_Toy.py", "server", program), done.returncode, done.stdout, lines)


def failure(*passes: Done) -> FailedTests:
    with pytest.raises(FailedTests) as caught:
        outcome.judge(passes)
    return caught.value


def test_failing_tests_are_named_with_their_assertions(tmp_path: Path) -> None:
    done = run(tmp_path, MIXED)
    assert done.counted == "1 passed, 2 failed, 1 skipped"
    error = failure(done)
    assert str(error).startswith("2 of 4 tests fail: test_bad: ")
    assert "no such job" in str(error)
    assert str(error).endswith("; also TestOld::test_equal")
    evidence = of_failure(error, Path("none"), (), (), None, "", "2 tests fail")
    assert evidence.asserted == "test_bad (as the default group); TestOld::test_equal (as the default group)"
    assert "no such job" in evidence.got
    assert "AssertionError: 1 != 2" in evidence.traceback
    assert judged(error).outcome is Outcome.FAIL


def test_good_tests_are_no_failure(tmp_path: Path) -> None:
    outcome.judge([run(tmp_path, "def test_good(): pass\n")])


def test_a_package_that_a_test_imports_and_we_lack_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match=r"imports no_such_thing, .*requirements\.in"):
        outcome.judge([run(tmp_path, "import no_such_thing.part\n")])


def test_a_name_that_dirac_does_not_have_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "DIRAC").mkdir()
    (tmp_path / "DIRAC/__init__.py").write_text("")
    error = failure(run(tmp_path, f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport DIRAC.Gone\n"))
    assert "No module named 'DIRAC.Gone'" in str(error)


def test_what_dirac_itself_cannot_import_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "DIRAC").mkdir()
    (tmp_path / "DIRAC/__init__.py").write_text("import no_such_thing\n")
    error = failure(run(tmp_path, f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport DIRAC\n"))
    assert "No module named 'no_such_thing'" in str(error)


def test_a_module_whose_tests_all_skip_themselves_is_skipped(tmp_path: Path) -> None:
    done = run(tmp_path, "import pytest\npytest.skip('no broker', allow_module_level=True)\n")
    with pytest.raises(NothingRan, match="no broker"):
        outcome.judge([done])
    assert judged(NothingRan("no broker")).outcome is Outcome.SKIP


def test_a_file_without_tests_is_a_failure(tmp_path: Path) -> None:
    assert "there is no test in it" in str(failure(run(tmp_path, "x = 1\n")))


def test_a_file_that_exits_is_a_failure_with_what_it_said(tmp_path: Path) -> None:
    error = failure(run(tmp_path, "import sys\nprint('Proxy has no VO')\nsys.exit(2)\n"))
    assert "ends while it is imported: Proxy has no VO" in str(error)


def test_a_main_part_runs_with_its_arguments(tmp_path: Path) -> None:
    error = failure(run(tmp_path, MAIN, "python", "no"))
    assert str(error).startswith("1 of 2 tests fail: test_bad: AssertionError: False is not true : it is no")


def test_a_main_part_that_is_content_is_good(tmp_path: Path) -> None:
    outcome.judge([run(tmp_path, MAIN, "python", "yes")])


def test_a_main_part_that_raises_is_a_failure(tmp_path: Path) -> None:
    assert "ValueError: no such thing" in str(failure(run(tmp_path, "raise ValueError('no such thing')\n", "python")))


def test_one_pass_that_fails_is_enough(tmp_path: Path) -> None:
    good = run(tmp_path / "good", "def test_it(): pass\n")
    bad = run(tmp_path / "bad", "def test_it(): assert 0\n")
    assert str(failure(good, bad)).startswith("1 of 2 tests fail")


def test_torn_lines_are_left_out() -> None:
    assert outcome.of(Pass("x", "server", "bash"), 0, "", '{"test": "t", "outco').tests == ()
