"""What a resolver's words mean to a person. The words are uv's own, recorded."""

from __future__ import annotations

from datetime import date

import pytest

from diraccert.distributions import refusals
from diraccert.distributions.compiler import Compiled, Inputs
from diraccert.model.errors import BadInput, CertError, InfrastructureError


class Index:
    """A resolver that knows some versions of one package."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.asked: list[Inputs] = []

    def compile(self, inputs: Inputs) -> Compiled:
        self.asked.append(inputs)
        (requirement,) = inputs.requirements
        for specifier, version in self.answers.items():
            if requirement == f"DIRAC{SPECIFIERS[specifier]}":
                return Compiled(0, f"dirac=={version}\n", "")
        return Compiled(1, "", "error: No solution found")


SPECIFIERS = {"line": "==8.0.*", "below": "<8.0.50", "above": ">8.0.50", "itself": "==8.0.50"}
ASKED = Inputs(("DIRAC[server]==8.0.50", "WebAppDIRAC==5.0.15"))
MISSING = """error: No solution found when resolving dependencies
  cause: Because there is no version of dirac[server]==8.0.50 and you require
         dirac[server]==8.0.50, we can conclude that your requirements are unsatisfiable.
"""


def refusal(messages: str, rc: int = 1, inputs: Inputs = ASKED, index: Index | None = None) -> CertError:
    with pytest.raises(CertError) as caught:
        refusals.check(inputs, Compiled(rc, "", messages), index or Index())
    assert caught.value.way_out
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_good_answer_is_no_refusal() -> None:
    refusals.check(ASKED, Compiled(0, "dirac==8.0.50\n", "Resolved 107 packages in 1s\n"), Index())


def test_an_unknown_version_names_the_newest_and_the_nearest() -> None:
    told = refusal(MISSING, index=Index(line="8.0.86", below="8.0.49", above="8.0.51"))
    assert isinstance(told, BadInput)
    assert told.message == "DIRAC 8.0.50 is not on the index; newest 8.0 is 8.0.86, nearest 8.0.49 and 8.0.51"


def test_a_version_beyond_the_newest_names_that_once() -> None:
    told = refusal(MISSING, index=Index(line="8.0.49", below="8.0.49", above="9.0.0"))
    assert told.message == "DIRAC 8.0.50 is not on the index; newest 8.0 is 8.0.49"


def test_an_unknown_line_says_so() -> None:
    told = refusal(MISSING, index=Index(below="7.3.24", above="9.0.0"))
    assert told.message == "DIRAC 8.0.50 is not on the index; there is no release of 8.0, nearest 7.3.24 and 9.0.0"


def test_only_an_unknown_prerelease_is_answered_with_prereleases() -> None:
    index = Index()
    refusal(MISSING.replace("8.0.50", "8.0.0a99"), inputs=Inputs(("DIRAC[server]==8.0.0a99",)), index=index)
    assert all(asked.prereleases and not asked.dependencies for asked in index.asked)
    index = Index()
    refusal(MISSING, index=index)
    assert not any(asked.prereleases for asked in index.asked)


def test_a_version_that_is_younger_than_the_day_is_told_from_an_unknown_one() -> None:
    inputs = Inputs(ASKED.requirements, before=date(2023, 1, 25))
    told = refusal(MISSING, inputs=inputs, index=Index(itself="8.0.50"))
    assert told.message == "DIRAC 8.0.50 was not on the index before 2023-01-25"
    assert "resolve_before" in told.way_out


def test_a_release_without_a_server_extra_is_refused_though_the_resolver_only_warns() -> None:
    words = "Resolved 76 packages\nwarning: The package `dirac==8.0.50` does not have an extra named `server`\n"
    told = refusal(words, rc=0)
    assert told.message == "DIRAC 8.0.50 has no extra 'server'"
    assert told.exit_code == 64


def test_an_extra_that_a_dependency_lacks_is_nobodys_fault() -> None:
    words = "warning: The package `fts3==3.14` does not have an extra named `x`\nwarning: `fts3==3.14` is yanked\n"
    refusals.check(ASKED, Compiled(0, "", words), Index())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ('warning: `dirac==8.0.50` is yanked (reason: "Buggy, use 8.0.51")\n', ": Buggy, use 8.0.51"),
        ("warning: `dirac==8.0.50` is yanked\n", ""),
    ],
)
def test_a_yanked_release_is_refused_with_its_reason(words, message) -> None:
    assert refusal(words, rc=0).message == f"DIRAC 8.0.50 was yanked from the index{message}"


def test_an_unknown_package_is_named() -> None:
    words = (
        "error: No solution found\n  cause: Because webappdirac was not found in the package registry and you require"
        " webappdirac==1, we can conclude that your requirements are unsatisfiable.\n"
    )
    assert refusal(words).message == "the package index has no package webappdirac"


def test_a_conflict_is_shortened_to_what_matters() -> None:
    words = """error: No solution found when resolving dependencies
  cause: Because dirac[server]==8.0.50 depends on tornado>=5.1.1,<5.2.dev0 and tornado>=6, we can conclude that
         dirac[server]==8.0.50 cannot be used.
         And because you require dirac[server]==8.0.50, we can conclude that your requirements are unsatisfiable.

         hint: something else
"""
    told = refusal(words)
    assert isinstance(told, BadInput)
    assert told.message.startswith("the packages do not fit together: Because dirac[server]==8.0.50 depends on tornado")
    assert told.message.endswith("And because you require dirac[server]==8.0.50")


def test_a_long_conflict_is_cut() -> None:
    told = refusal("error: No solution found\n  cause: Because " + "a depends on b and " * 200)
    assert len(told.message) < 700
    assert told.message.endswith(" ...")


@pytest.mark.parametrize(
    "words",
    [
        (
            "error: Request failed after 2 retries in 4.2s\n  cause: Failed to fetch: http://h/simple/dirac/\n"
            "  cause: error sending request for url (http://h/simple/dirac/)\n\n"
            "  cause: Connection refused (os error 111)\n"
        ),
        "error: Failed to fetch: `http://h/simple/dirac/`\n  cause: operation timed out\n",
    ],
)
def test_a_dead_index_is_our_error_and_says_what_was_tried(words) -> None:
    told = refusal(words, rc=2)
    assert isinstance(told, InfrastructureError)
    assert told.exit_code == 2
    assert "the package index does not answer" in told.message
    assert "http://h/simple/dirac/" in told.message


def test_whatever_else_a_resolver_says_is_our_error() -> None:
    told = refusal("error: Failed to build `suds-jurko==0.6`\n  cause: The build backend returned an error\n")
    assert isinstance(told, InfrastructureError)
    assert told.message == (
        "the resolver failed: Failed to build `suds-jurko==0.6`; The build backend returned an error"
    )
    assert refusal("panicked\n", rc=101).message == "the resolver failed: panicked"


@pytest.mark.parametrize(
    "words",
    [
        "does not satisfy Python>=3.12 and dirac==8.0.50 depends on Python>=3.12, we can conclude that",
        "does not satisfy Python>=3.12 and you require dirac[server]==8.0.50, we can conclude that",
    ],
)
def test_a_version_that_this_python_cannot_run(words) -> None:
    told = refusal(f"error: No solution found \n  cause: Because the requested Python version (>=3.11) {words}\n")
    assert isinstance(told, BadInput)
    assert told.message == "DIRAC 8.0.50 needs Python >=3.12, the images have 3.11"


def test_a_local_version_that_there_is_not_is_answered_as_any_other() -> None:
    index = Index(line="8.0.86", below="8.0.49", above="8.0.51")
    told = refusal(
        MISSING.replace("8.0.50", "8.0.50+mine"), inputs=Inputs(("DIRAC[server]==8.0.50+mine",)), index=index
    )
    assert told.message.startswith("DIRAC 8.0.50+mine is not on the index; newest 8.0 is 8.0.86")
