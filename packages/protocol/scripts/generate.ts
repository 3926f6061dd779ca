/**
 * Writes `src/generated/` from the two documents that the server describes itself with.
 *
 * `--check` writes nothing and fails when what is committed differs from what would be written.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";

const root = new URL("../", import.meta.url);
const sources = [
  {
    from: "openapi.json",
    to: "src/generated/openapi.ts",
    read: (text: string) => JSON.parse(text) as OpenAPI3,
  },
  { from: "asyncapi.json", to: "src/generated/asyncapi.ts", read: asyncapiSchemas },
];

/** AsyncAPI 3 and OpenAPI 3.1 share the schema language: the components alone are a valid OpenAPI document. */
function asyncapiSchemas(text: string): OpenAPI3 {
  const document = JSON.parse(text) as { components?: { schemas?: object } };
  return {
    openapi: "3.1.0",
    info: { title: "socket", version: "1" },
    paths: {},
    components: { schemas: { ...document.components?.schemas } },
  };
}

const checkOnly = process.argv.includes("--check");
let stale = false;
for (const { from, to, read } of sources) {
  const source = new URL(from, root);
  if (!existsSync(source)) {
    process.stdout.write(`${from}: not written by the server yet, ${to} stays as it is\n`);
    continue;
  }
  const banner = `// Written by \`npm run generate -w @parlance/protocol\` from ${from}. Do not edit.\n\n`;
  const text = banner + astToString(await openapiTS(read(readFileSync(source, "utf8"))));
  const target = new URL(to, root);
  const current = existsSync(target) ? readFileSync(target, "utf8") : "";
  if (current === text) continue;
  if (checkOnly) {
    stale = true;
    process.stderr.write(`${to} is out of date: run npm run generate -w @parlance/protocol\n`);
  } else {
    writeFileSync(target, text);
    process.stdout.write(`wrote ${to}\n`);
  }
}
process.exitCode = stale ? 1 : 0;
