// node duckdb.cjs compact GLOB OUT THREADS: writes NDJSON as zstd Parquet, one
// partition a day, with explicit columns.
// node duckdb.cjs digest GLOB: prints what must be the same for Parquet files
// that hold the same records.
// TPE_PEERS names the folder that holds node_modules.
const path = require('path');
const { DuckDBInstance } = require(path.join(process.env.TPE_PEERS, 'node_modules', '@duckdb/node-api'));

const columns = {
  interaction_id: 'UUID', timestamp: 'TIMESTAMP', interaction_type: 'VARCHAR', user_id: 'VARCHAR', user_type: 'VARCHAR',
  session_id: 'UUID', conversation_id: 'UUID', parent_interaction_id: 'UUID', partner_id: 'VARCHAR', stakeholder_type: 'VARCHAR',
  api_call: `STRUCT("method" VARCHAR, path VARCHAR, route VARCHAR, query_params MAP(VARCHAR, VARCHAR), content_type VARCHAR,
    request_body JSON, request_body_bytes BIGINT, response_status BIGINT, response_time_ms DOUBLE, response_bytes BIGINT,
    error VARCHAR, request_id VARCHAR)`,
  ai_conversation: `STRUCT(messages STRUCT("role" VARCHAR, "content" VARCHAR, "timestamp" TIMESTAMP, tokens BIGINT)[],
    total_tokens BIGINT, "cost" DOUBLE, model VARCHAR, duration_ms DOUBLE, finish_reason VARCHAR)`,
  outcomes: `STRUCT(partner_matched BOOLEAN, demo_booked BOOLEAN, deal_closed BOOLEAN, deal_value DOUBLE,
    satisfaction_score DOUBLE, partner_id VARCHAR, match_score DOUBLE, match_reasons VARCHAR[], primary_match BOOLEAN,
    booking_date VARCHAR, booking_time VARCHAR, booking_type VARCHAR, question_answered BOOLEAN, follow_up_needed BOOLEAN,
    conversion BOOLEAN, engagement_score DOUBLE)`,
  feedback: 'STRUCT(rating DOUBLE, "comment" VARCHAR, category VARCHAR, would_recommend BOOLEAN)',
  page: 'STRUCT(path VARCHAR, title VARCHAR, viewport VARCHAR)',
  navigation: 'STRUCT("from" VARCHAR, "to" VARCHAR, "trigger" VARCHAR, duration_ms DOUBLE)',
  experiments: 'MAP(VARCHAR, VARCHAR)',
  metadata: `STRUCT(app_version VARCHAR, environment VARCHAR, user_agent VARCHAR, ip_address VARCHAR, device_type VARCHAR,
    referrer VARCHAR, "location" STRUCT(country VARCHAR, state VARCHAR, city VARCHAR), schema_version VARCHAR)`,
};

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

function compact(glob, out) {
  const list = Object.entries(columns).map(([name, type]) => `${name}: ${quoted(type)}`).join(', ');
  return `COPY (SELECT *, strftime("timestamp", '%Y-%m-%d') AS day
      FROM read_json(${quoted(glob)}, format = 'newline_delimited', hive_partitioning = false, columns = {${list}}))
    TO ${quoted(out)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))`;
}

function digest(glob) {
  return `SELECT count(*) AS records, count(DISTINCT interaction_id::VARCHAR) AS ids,
      count(*) FILTER (interaction_type = 'api_call') AS calls,
      count(*) FILTER (outcomes.partner_matched) AS matched,
      coalesce(sum(ai_conversation.total_tokens), 0)::BIGINT AS tokens
    FROM read_parquet(${quoted(glob)}, union_by_name = true, hive_partitioning = false)`;
}

(async () => {
  const [verb, glob, out, threads = '2'] = process.argv.slice(2);
  const instance = await DuckDBInstance.create(':memory:', { threads });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(verb === 'digest' ? digest(glob) : compact(glob, out));
  console.log(JSON.stringify(reader.getRowObjectsJson()[0]));
})().catch((err) => { console.error(err.message); process.exit(1); });
