# Reads one JSON document from stdin: a folder of Parquet files, and what the
# questions look for. Prints the answers of pyarrow as one JSON document.
# pyarrow comes from the pinned packages of make peers.
import json
import os
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq


def arrow(folder, want):
    """Answers the questions about reading with pyarrow."""
    data = ds.dataset(folder, format="parquet", partitioning="hive", exclude_invalid_files=False)
    field = pc.field
    total = lambda column, where=None: pc.sum(
        data.scanner(columns={"x": column}, filter=where).to_table()["x"]).as_py()
    count = lambda where: data.count_rows(filter=where)
    lists = data.scanner(columns={"x": field("ai_conversation", "messages")}).to_table()["x"].combine_chunks()
    flat = lists.flatten()
    stamp = lambda text: pa.scalar(text + "Z").cast(pa.timestamp("ms", "UTC"))
    maps = data.scanner(columns=["experiments"]).to_table()["experiments"].combine_chunks()
    return {
        "rows": data.count_rows(),
        "files": {os.path.basename(f): pq.read_table(f, partitioning=None).num_rows for f in data.files},
        "type": count(field("interaction_type") == "deal_closed"),
        "id": count(field("interaction_id") == want["id"]),
        "user": count(field("user_id") == want["user"]),
        "comment": count(field("feedback", "comment") == want["comment"]),
        "from_until": count((field("timestamp") >= stamp(want["from"])) & (field("timestamp") < stamp(want["until"]))),
        "status_4xx": count((field("api_call", "response_status") >= 400) & (field("api_call", "response_status") < 500)),
        "deal_range": count((field("outcomes", "deal_value") > 1000.5) & (field("outcomes", "deal_value") <= 5000)),
        "no_conversation": count(field("ai_conversation").is_null()),
        "no_deal_value": count(field("outcomes", "deal_value").is_null()),
        "has_extra": count(field("extra").is_valid()),
        "matched": count(field("outcomes", "partner_matched") == True),  # noqa: E712
        "deal_value": total(field("outcomes", "deal_value")),
        "tokens": total(field("ai_conversation", "total_tokens")),
        "message_tokens": pc.sum(pc.struct_field(flat, "tokens")).as_py(),
        "messages": len(flat),
        "empty_lists": pc.sum(pc.equal(pc.list_value_length(lists), 0)).as_py(),
        "experiments": len(maps.keys),
        "response_ms": total(field("api_call", "response_time_ms")),
        "country": count(field("metadata", "location", "country") == "US"),
    }


job = json.load(sys.stdin)
json.dump({"arrow": arrow(job["folder"], job["want"])}, sys.stdout, default=str)
