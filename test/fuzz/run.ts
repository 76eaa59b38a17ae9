import fc from "fast-check";
import { parseArgs } from "node:util";
import { piecesOf, property, slowness } from "./parser.ts";
import { PARSERS } from "./parsers.ts";
import { table } from "../../src/system/text.ts";

/** Runs of one batch: short enough to keep to the time. */
const BATCH = 200;

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
	const end = performance.now() + Number(values.seconds) * 1000;
	let [executions, found] = [0, ""];
	for (const piece of piecesOf(parser)) found ||= (await slowness(parser, piece)) ?? "";
	for (let seed = Number(values.seed ?? Date.now()) | 0; found === "" && performance.now() < end; seed++) {
		const details = await fc.check(property(parser), { seed, numRuns: BATCH });
		executions += details.numRuns;
		if (details.failed)
			found = `seed ${seed}: ${JSON.stringify(details.counterexample)} ${String(details.errorInstance)}`;
	}
	rows.push([parser.name, String(executions), found === "" ? "none" : "see below"]);
	if (found !== "") {
		console.error(`✖ ${parser.name}: ${found}`);
		process.exitCode = 1;
	}
}
console.log(table(["PARSER", "EXECUTIONS", "FAULTS"], rows));
