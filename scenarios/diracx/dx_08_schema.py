"""DX-08: DiracX's idea of the tables that it shares with DIRAC is that of DIRAC."""

import json

from diraccert.certification.scenario import scenario

#: What DiracX's models lack or have beside DIRAC's tables, asked of the database itself.
COMPARE = """
import asyncio, json
from sqlalchemy import inspect
from diracx.db.sql.utils import BaseSQLDB

async def compare():
    found = {}
    for name, url in sorted(BaseSQLDB.available_urls().items()):
        database = BaseSQLDB.available_implementations(name)[0](url)
        async with database.engine_context():
            async with database.engine.connect() as connection:
                found[name] = await connection.run_sync(differences, database.metadata)
    print(json.dumps(found))

def differences(connection, metadata):
    there = inspect(connection)
    tables = set(there.get_table_names())
    said = []
    for table in metadata.tables.values():
        if table.name not in tables:
            said.append(f"{table.name} is not there")
            continue
        # to MySQL OwnerID and OwnerId are the same column
        have = {column["name"].lower(): column for column in there.get_columns(table.name)}
        want = {column.name.lower(): column for column in table.columns}
        said += [f"{table.name}.{name} is not there" for name in want.keys() - have.keys()]
        for name in have.keys() - want.keys():
            column = have[name]
            needed = not column["nullable"] and column["default"] is None and not column.get("autoincrement")
            said.append(f"{table.name}.{name} is unknown to DiracX" + (" and must be given" if needed else ""))
    return sorted(said)

asyncio.run(compare())
"""
#: DiracX's own databases, which it makes itself.
OWN = {"AuthDB", "TaskDB"}
#: Of the model of transformations nothing is used yet: it is another schema under the name of DIRAC's database.
UNUSED = {"TransformationDB": "transformation"}
#: Reviewed: a table of the model that DIRAC 9 does not have any more, and that no question to DiracX reads.
REVIEWED = {"JobDB": ["JobParameters is not there"]}


@scenario(
    "DX-08",
    title="the tables that DiracX shares with DIRAC have every column that it uses and need none that it does not know",
    owner="diracx",
    needs=("diracx",),
    limit=90,
    about=5,
)
def test_shared_tables(alice, ask, diracx, step):
    program = f"source /opt/diracx/etc/environment; exec python - <<'EOS'\n{COMPARE}\nEOS"
    done = diracx.run(["bash", "-c", program])
    assert done.rc == 0, done.err[-2000:]
    found = json.loads(done.out)
    with step(f"databases: {', '.join(found)}"):
        assert len(found) > 6
    with step("its own databases are as it makes them"):
        assert {name: found[name] for name in OWN} == {name: [] for name in OWN}
    with step(f"nobody can ask it for {', '.join(UNUSED.values())}s"):
        questions = ask(alice, "GET", "/api/openapi.json").json["paths"]
        assert [path for path in questions for word in UNUSED.values() if word in path.lower()] == []
    shared = {name: said for name, said in found.items() if name not in {*OWN, *UNUSED} and said}
    assert shared == REVIEWED
