#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { main } from "../src/cli/main.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pjson = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
pjson.oclif.commands = { ...pjson.oclif.commands, target: "./src/commands", globPatterns: ["**/*.ts"] };
await main({ root, pjson, ignoreManifest: true, isRoot: true }, process.argv.slice(2));
