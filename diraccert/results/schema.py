"""The JSON Schema of run.json; ``python -m diraccert.results.schema > docs/run.schema.json`` writes it."""

from __future__ import annotations

import json
import sys

from diraccert.model.run import SCHEMA_VERSION, Run


def text() -> str:
    """The schema of what is written (so defaults are there too), as JSON text that ends with a newline."""
    schema = Run.model_json_schema(mode="serialization")
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "x-schema-version": SCHEMA_VERSION}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
