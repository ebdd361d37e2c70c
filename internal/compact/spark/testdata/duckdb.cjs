// Reads one JSON document from stdin: statements to run and queries to answer.
// Prints the answers as one JSON document. TPE_PEERS names the folder that
// holds node_modules.
const path = require('path');
const { DuckDBInstance } = require(path.join(process.env.TPE_PEERS, 'node_modules', '@duckdb/node-api'));

(async () => {
  const job = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  for (const sql of job.statements) await connection.run(sql);
  const answers = {};
  for (const [name, sql] of Object.entries(job.queries)) {
    answers[name] = (await connection.runAndReadAll(sql)).getRowsJson();
  }
  console.log(JSON.stringify({ answers }));
})().catch((err) => { console.error(err.message); process.exit(1); });
