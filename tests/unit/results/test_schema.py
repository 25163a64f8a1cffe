"""The published schema is that of the code, and what is written obeys it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from diraccert.results import schema
from tests.unit.reporting.sample_runs import SAMPLES

DOCUMENT = Path(__file__).parents[3] / "docs" / "run.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == schema.text(), "run: python -m diraccert.results.schema > docs/run.schema.json"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_what_is_written_obeys_the_schema(name: str) -> None:
    document = json.loads(SAMPLES[name]().model_dump_json())
    jsonschema.Draft202012Validator(json.loads(schema.text())).validate(document)


def test_the_schema_refuses_an_unknown_outcome() -> None:
    document = json.loads(SAMPLES["green"]().model_dump_json())
    document["scenarios"][0]["outcome"] = "MAYBE"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(schema.text())).validate(document)
