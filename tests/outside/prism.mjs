// Serves all documents named on the command line by one Prism, on a free port of loopback.
//
//   node prism.mjs FILE…          (with the modules in ./node_modules, or where PRISM_MODULES says)
//
// Prints `listening on http://127.0.0.1:PORT` when it is ready, and ends when its standard input does: whoever started
// it cannot leave it behind.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const modules = process.env.PRISM_MODULES ?? path.join(import.meta.dirname, "node_modules");
const require = createRequire(path.join(modules, "index.js"));
const { createLogger } = require("@stoplight/prism-core");
const { getHttpOperationsFromSpec } = require("@stoplight/prism-http");
const { createServer } = require("@stoplight/prism-http-server");

// Two habits of the published documents that Prism cannot serve, changed in memory only: an answer of any type is JSON,
// and a file is a text, whatever the schema says of its bytes.
function readable(operation) {
  for (const response of operation.responses) {
    for (const content of response.contents ?? []) {
      if (content.mediaType === "*/*") {
        content.mediaType = "application/json";
      } else if (content.mediaType === "application/octet-stream") {
        Object.assign(content, { mediaType: "text/plain", schema: { type: "string" }, examples: [] });
      }
    }
  }
  return operation;
}

const operations = [];
for (const file of process.argv.slice(2)) {
  const document = JSON.parse(await readFile(file, "utf8"));
  operations.push(...(await getHttpOperationsFromSpec(document)).map(readable));
}

const server = createServer(operations, {
  cors: false,
  config: {
    isProxy: false,
    checkSecurity: true,
    validateRequest: true,
    validateResponse: false,
    errors: false,
    upstreamProxy: undefined,
    mock: { dynamic: false },
  },
  components: { logger: createLogger("prism", { level: "silent" }) },
});
console.log(`${operations.length} operations`);
console.log(`listening on ${await server.listen(0, "127.0.0.1")}`);

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
