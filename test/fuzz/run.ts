import { parseArgs } from "node:util";
import { fuzzed } from "./fuzzed.ts";
import { PARSERS } from "./parsers.ts";
import { table } from "../../src/system/text.ts";

const { positionals, values } = parseArgs({
	allowPositionals: true,
	options: { seconds: { type: "string", default: "10" }, seed: { type: "string" } },
});
const unknown = positionals.filter((name) => !PARSERS.some((one) => one.name === name));
if (unknown.length > 0 || !(Number(values.seconds) > 0)) {
	console.error(
		`usage: npm run fuzz -- [NAME…] [--seconds N] [--seed N]; names: ${PARSERS.map(({ name }) => name).join(", ")}`,
	);
	process.exit(2);
}

const chosen = PARSERS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const rows: string[][] = [];
for (const parser of chosen) {
	const { executions, fault: found } = await fuzzed(parser, {
		ms: Number(values.seconds) * 1_000,
		seed: Number(values.seed ?? Date.now()) | 0,
	});
	rows.push([parser.name, String(executions), found === "" ? "none" : "see below"]);
	if (found !== "") {
		console.error(`✖ ${parser.name}: ${found}`);
		process.exitCode = 1;
	}
}
console.log(table(["PARSER", "EXECUTIONS", "FAULTS"], rows));
