"""Runs the statements of a compaction on DuckDB instead of Athena.

Each line of the input is a statement as Athena gets it, in JSON; each line of
the output says what became of it. sqlglot reads the statement by its dialect of
Athena, which also checks its syntax, and writes it for DuckDB. The objects of
the bucket are read from the folder of the S3 server; the Parquet files that
come out are named, for the server to be sent.
"""
import json
import os
import re
import sys
import tempfile

import duckdb
from sqlglot import exp, parse_one

objects = sys.argv[1]  # the folder of the buckets
tables = {}  # the locations of tables by their names
compiled = {}  # queries for DuckDB by those for Athena, for a table called segments
UNLOAD = re.compile(
    r"UNLOAD \(\n(.*)\n\)\nTO '(s3://(?:[^']|'')+/)'\nWITH \(format = 'PARQUET', compression = 'ZSTD'\)", re.S)


def path(url):
    return os.path.join(objects, url.removeprefix("s3://"))


def create(tree):
    kinds = [type(p) for p in tree.args["properties"].expressions]
    for needed in (exp.ExternalProperty, exp.RowFormatDelimitedProperty, exp.FileFormatProperty, exp.LocationProperty):
        if needed not in kinds:
            raise ValueError("SYNTAX_ERROR: there is no " + needed.__name__)
    formats = tree.find(exp.InputOutputFormat).args
    if not formats["input_format"].name.endswith("SymlinkTextInputFormat"):
        raise ValueError("SYNTAX_ERROR: the location is no list")
    name = tree.find(exp.Table).name
    if name in tables:
        raise ValueError("AlreadyExistsException: the table is there")
    tables[name] = tree.find(exp.LocationProperty).this.name


def lines(folder):
    """The lines of all files that the lists in a folder name."""
    files = []
    for name in sorted(os.listdir(path(folder))):
        with open(os.path.join(path(folder), name)) as listed:
            files += [path(line.strip()) for line in listed]
    # What a line of text is to Athena: neither quotes nor escapes, and a
    # control character between columns.
    return f"""SELECT line FROM read_csv({files!r}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,
      delim = '\\x01', quote = '', escape = '', max_line_size = 20000000)"""


def translate(select):
    """The query for DuckDB: sqlglot knows all but two things."""
    tree = parse_one(select, read="athena")
    for fn in tree.find_all(exp.Lambda):
        # Entries of maps have names in DuckDB, and numbers in Trino.
        for b in list(fn.this.find_all(exp.Bracket)):
            if b.this.name == "x":
                field = ["key", "value"][int(b.expressions[0].name)]
                b.replace(exp.Dot(this=exp.to_identifier("x"), expression=exp.to_identifier(field)))
    for c in list(tree.find_all(exp.Cast)):
        # A text becomes a string of JSON; DuckDB would read it as JSON.
        if c.to.this == exp.DataType.Type.JSON and isinstance(c.this, exp.Dot):
            c.replace(exp.Anonymous(this="to_json", expressions=[c.this.copy()]))
    return tree.sql("duckdb")


def unload(select, folder):
    folder = folder.replace("''", "'")
    if os.path.isdir(path(folder)) and os.listdir(path(folder)):
        raise ValueError("HIVE_PATH_ALREADY_EXISTS: " + folder)
    name = next(t.name for t in parse_one(select, read="athena").find_all(exp.Table) if t.name.startswith("tpe_"))
    if name not in tables:
        raise ValueError("TABLE_NOT_FOUND: " + name)
    common = select.replace(name, "segments")
    if common not in compiled:
        compiled[common] = translate(common)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'America/New_York'")  # nothing may depend on it
    con.execute("CREATE VIEW segments AS " + lines(tables[name]))
    con.execute("CREATE TABLE made AS " + compiled[common])
    # Several writers work at once: each file is sorted, and one does not
    # follow on the other.
    out = []
    for n in range(2):
        fd, file = tempfile.mkstemp(suffix=".parquet")
        os.close(fd)
        con.execute(f"COPY (SELECT * FROM made WHERE rowid % 2 = {n} ORDER BY rowid) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        out.append(file)
    return out, folder


def run(sql):
    if sql.startswith("UNLOAD"):
        return unload(*UNLOAD.fullmatch(sql).groups())
    tree = parse_one(sql, read="athena")
    if isinstance(tree, exp.Create):
        create(tree)
    elif isinstance(tree, exp.Drop):
        tables.pop(tree.find(exp.Table).name, None)
    else:
        raise ValueError("SYNTAX_ERROR: " + sql[:60])
    return [], ""


for request in sys.stdin:
    answer = {"files": [], "folder": "", "error": ""}
    try:
        answer["files"], answer["folder"] = run(json.loads(request))
    except duckdb.Error as e:
        answer["error"] = "INVALID_FUNCTION_ARGUMENT: " + str(e)
    except Exception as e:  # whatever it is, the query has failed
        answer["error"] = str(e)
    answer["tables"] = sorted(tables)
    print(json.dumps(answer), flush=True)
