import { glob, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FLAVOURS } from "../../src/contracts/build-info.ts";
import { STATES } from "../../src/contracts/health.ts";
import { ROLES } from "../../src/contracts/queues.ts";
import { PHASES } from "../../src/state/phase.ts";
import { ARROWS } from "../support/arrows.ts";
import { commandFaults, commandLines, namedPaths, scriptNames, type KnownCommand } from "../support/documents.ts";
import { configOfSources } from "../support/source-commands.ts";
import { ROOT, readSources } from "../support/sources.ts";

const FILES = [
	...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ".github/pull_request_template.md"],
	...(await Array.fromAsync(glob("docs/{*.md,adr/*.md,guide/*.md}", { cwd: ROOT }))).toSorted(),
].filter((file) => !["docs/PLAN.md", "docs/Perimeter.md"].includes(file));

const read = async (file: string): Promise<string> =>
	(await readFile(join(ROOT, file), "utf8")).replaceAll("\r\n", "\n");

const product = await readSources("src");
const documents = await Promise.all(FILES.map(async (file) => ({ file, text: await read(file) })));

describe("the documents", () => {
	let commands: ReadonlyMap<string, KnownCommand>;
	let topics: ReadonlySet<string>;

	beforeAll(async () => {
		const config = await configOfSources();
		commands = new Map(
			config.commands.flatMap(({ id, aliases, flags }) =>
				[id, ...aliases].map((name) => [name.replaceAll(":", " "), { flags: Object.values(flags) }]),
			),
		);
		topics = new Set(config.topics.map(({ name }) => name.replaceAll(":", " ")));
	});

	it("are all there", () => {
		expect(FILES).toEqual(
			expect.arrayContaining(["docs/architecture.md", "docs/glossary.md", "docs/guide/json.md", "README.md"]),
		);
	});

	it.each(documents)("$file names only paths that exist", async ({ file, text }) => {
		const missing: string[] = [];
		for (const { path, linked } of namedPaths(text)) {
			const pattern = linked ? relative(ROOT, join(ROOT, dirname(file), path)) : path;
			const found = await Array.fromAsync(glob(pattern.replace(/\/$/, ""), { cwd: ROOT }));
			if (found.length === 0) missing.push(path);
		}
		expect(missing).toEqual([]);
	});

	it.each(documents)("$file names only commands and flags of cres", ({ text }) => {
		const lines = commandLines(text);
		expect(lines.flatMap((line) => commandFaults(line, commands, topics))).toEqual([]);
	});

	it.each(documents)("$file names only scripts of package.json", async ({ text }) => {
		const { scripts } = JSON.parse(await read("package.json")) as { scripts: Record<string, string> };
		expect(scriptNames(text).filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
	});

	it("give every decision a date", () => {
		const undated = documents.filter(
			({ file, text }) => file.startsWith("docs/adr/") && !/^# \d+\. .+\n\nDate: \d{4}-\d\d-\d\d\. Status: /.test(text),
		);
		expect(undated.map(({ file }) => file)).toEqual([]);
	});
});

describe("what is read from a document", () => {
	it("is its paths", () => {
		const text =
			"See `src/a.ts:12` and `test/{a,b}/`, not `owner/name`; [that](../x.md#y) and [there](https://e.org/x).";
		expect(namedPaths(text)).toEqual([
			{ path: "src/a.ts", linked: false },
			{ path: "test/{a,b}/", linked: false },
			{ path: "../x.md", linked: true },
		]);
	});

	it("is its commands, each alternative of its own", () => {
		const text =
			"`cres lock show|break NAME` and\n\n    cres deploy cpu-1 --dry-run   # --not-a-flag\n    npm run setup\n";
		expect(commandLines(text)).toEqual(["lock show NAME", "lock break NAME", "deploy cpu-1 --dry-run"]);
		expect(scriptNames("`npm run setup`, npm test and `npm run test:slow`")).toEqual(["setup", "test:slow"]);
	});

	it("has a fault where there is no such command or flag", () => {
		const known = new Map([["lock show", { flags: [{ name: "json" }, { name: "tail", char: "n" }] }]]);
		const faults = (line: string): string[] => commandFaults(line, known, new Set(["lock"]));
		expect(faults("lock show cpu-1 --json -n 3 --tail=2 --help")).toEqual([]);
		expect(faults("lock")).toEqual([]);
		expect(faults("lock shwo")).toEqual(["cres lock shwo: no such command"]);
		expect(faults("lock show --tial 3 -x")).toEqual(["cres lock show: no flag --tial", "cres lock show: no flag -x"]);
	});
});

it("docs/architecture.md shows the arrows that the test of imports holds", async () => {
	const table = (await read("docs/architecture.md")).matchAll(/^\| (`\w+`|domains) +\| ([^|]*?) +\|$/gm);
	const names = (cell: string): string[] =>
		[...cell.matchAll(/`(\w+)`|domains/g)].map(([, name]) => name ?? "domain").toSorted();
	const shown = Object.fromEntries([...table].map(([, layer, targets]) => [names(layer!)[0], names(targets!)]));
	const held = Object.entries(ARROWS).map(([layer, targets]) => [
		layer,
		targets.filter((target) => target !== layer).toSorted(),
	]);
	expect(Object.fromEntries(Object.keys(ARROWS).map((layer) => [layer, shown[layer]]))).toEqual(
		Object.fromEntries(held),
	);
});

describe("docs/glossary.md", () => {
	const missing = async (words: readonly string[]): Promise<string[]> => {
		const text = await read("docs/glossary.md");
		expect(words.length).toBeGreaterThan(1);
		return words.filter((word) => !text.includes(`\`${word}\``) && !text.includes(`**${word}**`));
	};

	it("explains no term twice in one section", async () => {
		for (const section of (await read("docs/glossary.md")).split(/^## /m)) {
			const entries = [...section.matchAll(/^- (.*?): /gm)].flatMap(([, terms]) => [
				...terms!.matchAll(/\*\*.+?\*\*/g),
			]);
			const terms = entries.map(([term]) => term);
			expect(terms.filter((term, at) => terms.indexOf(term) !== at)).toEqual([]);
		}
	});

	it.each([
		["phases", PHASES],
		["roles", ROLES],
		["flavours", FLAVOURS],
		["states of health", STATES],
	])("explains all %s", async (_, words) => {
		expect(await missing(words)).toEqual([]);
	});

	it.each([
		["kinds of steps", "src/instances/", /kind: z\.literal\("([a-z-]+)"\)/g],
		["rungs of a smoke test", "src/smoke/rungs/", /^\tname: "([a-z-]+)",$/gm],
		["verdicts of status", "src/rollout/judge.ts", /^\t"([a-z-]+)",$/gm],
		["verdicts of pollers", "src/temporal/pollers.ts", /"([A-Z]+)"(?= \||;)/g],
	])("explains all %s", async (_, from, pattern) => {
		const sources = product.filter(({ file }) => file.startsWith(from));
		const words = sources.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, word]) => word!));
		expect(await missing(words)).toEqual([]);
	});
});
