// node ajv.cjs SCHEMA FILE: checks NDJSON with a compiled ajv and prints how
// many records there are and how many are valid. TPE_PEERS names the folder
// that holds node_modules.
const fs = require('fs');
const path = require('path');

const modules = path.join(process.env.TPE_PEERS, 'node_modules');
const Ajv2020 = require(path.join(modules, 'ajv', 'dist', '2020.js')).default;
const addFormats = require(path.join(modules, 'ajv-formats'));

const [schema, file] = process.argv.slice(2);
const ajv = new Ajv2020({ strict: false });
addFormats(ajv);
const validate = ajv.compile(JSON.parse(fs.readFileSync(schema, 'utf8')));

let records = 0, valid = 0;
function check(text) {
  records++;
  try {
    if (validate(JSON.parse(text))) valid++;
  } catch {
    // Not JSON: not valid.
  }
}

// Whole blocks are read, and the rest of one goes before the next.
const fd = fs.openSync(file, 'r');
const block = Buffer.allocUnsafe(4 << 20);
let rest = Buffer.alloc(0);
for (let n; (n = fs.readSync(fd, block, 0, block.length, null)) > 0;) {
  const data = rest.length > 0 ? Buffer.concat([rest, block.subarray(0, n)]) : block.subarray(0, n);
  let from = 0;
  for (let end; (end = data.indexOf(10, from)) >= 0; from = end + 1) check(data.toString('utf8', from, end));
  rest = Buffer.from(data.subarray(from));
}
if (rest.length > 0) check(rest.toString('utf8'));
console.log(JSON.stringify({ records, valid }));
