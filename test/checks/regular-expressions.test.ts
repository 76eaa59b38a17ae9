import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parser } from "@lezer/javascript";
import { analyse } from "scslre";
import { expect, it } from "vitest";
import { ROOT } from "../support/sources.ts";

/** Nothing follows the loop, so that no way through it is tried after the first. */
const ENDS_WITH_LOOP = ["src/checks/facts/queues.ts"];

interface Expression {
	source: string;
	flags: string;
}

const typescript = parser.configure({ dialect: "ts" });

function expressionsIn(code: string): Expression[] {
	const found: Expression[] = [];
	typescript.parse(code).iterate({
		enter({ name, from, to }) {
			if (name !== "RegExp") return;
			const end = code.lastIndexOf("/", to - 1);
			found.push({ source: code.slice(from + 1, end), flags: code.slice(end + 1, to) });
		},
	});
	return found;
}

it("no regular expression that stands whole in the code takes exponential time", async () => {
	const slow: string[] = [];
	let looked = 0;
	for await (const file of glob("{src,images,rehearsal}/**/*.ts", {
		cwd: ROOT,
		exclude: ["**/node_modules/**", "images/dist/**"],
	})) {
		for (const expression of expressionsIn(await readFile(join(ROOT, file), "utf8"))) {
			looked++;
			const { reports } = analyse(expression, { reportTypes: { Move: false } });
			if (reports.some(({ exponential }) => exponential)) slow.push(`${file}: /${expression.source}/`);
		}
	}
	expect(looked).toBeGreaterThan(3_000);
	expect(slow.filter((one) => !ENDS_WITH_LOOP.some((file) => one.startsWith(`${file}:`)))).toEqual([]);
}, 120_000);
