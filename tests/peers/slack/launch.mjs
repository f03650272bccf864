// The Slack emulator of vercel-labs, with the one thing that its settings lack: where to send events.
// Prints its address; each line on standard input is an address that gets events from then on; ends with its input.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const dist = new URL("../node_modules/emulate/dist/", import.meta.url);
const file = readdirSync(dist).find((name) => name.endsWith(".js") && readFileSync(new URL(name, dist), "utf8").includes("slackPlugin = {"));
const { slackPlugin } = await import(pathToFileURL(new URL(file, dist).pathname));
let dispatcher;
const { register } = slackPlugin;
slackPlugin.register = (app, store, webhooks, ...rest) => {
  dispatcher = webhooks;
  return register(app, store, webhooks, ...rest);
};
const { createEmulator } = await import(new URL("api.js", dist));
const emulator = await createEmulator({ service: "slack", port: Number(process.argv[2]), seed: JSON.parse(process.argv[3]) });
console.log(emulator.url);
for await (const url of createInterface({ input: process.stdin })) {
  dispatcher.register({ url, events: ["message"], active: true, owner: "slack" });
  console.log("registered");
}
await emulator.close();
process.exit(0);
