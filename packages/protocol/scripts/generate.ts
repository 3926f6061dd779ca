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
    write: async (text: string) => astToString(await openapiTS(JSON.parse(text) as OpenAPI3)),
  },
  {
    from: "asyncapi.json",
    to: "src/generated/asyncapi.ts",
    write: async (text: string) => {
      const document = JSON.parse(text) as AsyncApi;
      return astToString(await openapiTS(asOpenApi(document))) + frameTables(document);
    },
  },
];

interface AsyncApi {
  components: { schemas: object; messages: Record<string, { payload: { $ref: string } }> };
}

/** AsyncAPI 3 and OpenAPI 3.1 share the schema language: the components alone are a valid OpenAPI document. */
function asOpenApi({ components }: AsyncApi): OpenAPI3 {
  const schemas = components.schemas as NonNullable<NonNullable<OpenAPI3["components"]>["schemas"]>;
  return { openapi: "3.1.0", info: { title: "socket", version: "1" }, paths: {}, components: { schemas } };
}

/** Which frame has which type: requests, their replies by the same name, and what the server tells by itself. */
function frameTables({ components: { messages } }: AsyncApi): string {
  const tables: Record<"requests" | "replies" | "told", string[]> = { requests: [], replies: [], told: [] };
  for (const [name, { payload }] of Object.entries(messages)) {
    const type = `components["schemas"]["${payload.$ref.split("/").at(-1)}"]`;
    const request = name.replace(/\.reply$/, "");
    if (request !== name) tables.replies.push(`    "${request}": ${type};`);
    else if (`${name}.reply` in messages) tables.requests.push(`    "${name}": ${type};`);
    else tables.told.push(`    "${name}": ${type};`);
  }
  const parts = Object.entries(tables).map(([table, lines]) => `  ${table}: {\n${lines.join("\n")}\n  };\n`);
  return `/** The socket's frames by type. */\nexport interface frames {\n${parts.join("")}}\n`;
}

const checkOnly = process.argv.includes("--check");
let stale = false;
for (const { from, to, write } of sources) {
  const source = new URL(from, root);
  const banner = `// Written by \`npm run generate -w @parlance/protocol\` from ${from}. Do not edit.\n\n`;
  const text = banner + (await write(readFileSync(source, "utf8")));
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
