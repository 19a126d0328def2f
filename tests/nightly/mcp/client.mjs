// client.mjs REMIT ADDRESS: an agent that is refused a connection to ADDRESS:443, and finds out why by its own protocol. A line of JSON each.
import net from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [remit, address] = process.argv.slice(2);
const client = new Client({ name: "nightly", version: "1" });
await client.connect(new StdioClientTransport({ command: remit, args: ["mcp"], env: process.env }));
const say = (value) => console.log(JSON.stringify(value));

say((await client.listTools()).tools.map((tool) => tool.name).sort());
const refused = await new Promise((done) => net.connect(443, address, () => done(null)).on("error", (error) => done(error.code)));
say(refused);
for (const [name, args] of [
  ["whoami", {}],
  ["why", { last: 1 }],
  ["allowed", { crossing: "connect", object: `${address}:443` }],
  ["request", { tool: "site", reason: "nightly" }],
]) {
  const { structuredContent, isError } = await client.callTool({ name, arguments: args });
  say([structuredContent, isError]);
}
await client.callTool({ name: "request", arguments: {} }).then(
  () => say("no error"),
  (error) => say(error.code),
);
await client.close();
