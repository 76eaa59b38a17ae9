import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command, Interfaces } from "@oclif/core";
import { describe, expect, it } from "vitest";
import { ENV } from "../src/config/env.ts";
import { HEAVY, arrowFault, circle, fileCircles } from "./support/arrows.ts";
import { configOfSources } from "./support/source-commands.ts";
import { ROOT, importsOf, readSources, withoutComments, type Import, type Source } from "./support/sources.ts";
import { loadedPackages } from "./support/start-up.ts";

const product = await readSources("src", "images", "rehearsal");
const tests = await readSources("test");
const commands = product.filter(({ file }) => file.startsWith("src/commands/"));

/** `file:line text` of every line that matches. */
const lines = (sources: readonly Source[], pattern: RegExp): string[] =>
	sources.flatMap(({ file, text }) =>
		text.split("\n").flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1} ${line.trim()}`] : [])),
	);

const readRoot = (file: string): Promise<string> => readFile(join(ROOT, file), "utf8");

describe("imports", () => {
	const imports = product.flatMap(importsOf);

	it("are all read", () => {
		const kinds = Object.groupBy(imports, ({ kind }) => kind);
		expect(kinds.static?.length).toBeGreaterThan(300);
		expect(kinds.type?.length).toBeGreaterThan(100);
		expect(kinds.lazy?.length).toBeGreaterThan(15);
		// The folders of the checks of triage and of the api's modules are their registries.
		const registries = ["src/checks/registry.ts", "images/api/modules/all.ts"];
		const others = product.filter(({ file }) => !registries.includes(file));
		expect(lines(others, /\bimport\((?!\s*"|$)|\brequire\(/)).toEqual([]);
	});

	it("follow the arrows", () => {
		expect(imports.flatMap((one) => arrowFault(one) ?? [])).toEqual([]);
	});

	it("go round in no circle of domains", () => {
		expect(circle(imports)).toBeUndefined();
	});

	it("go round in no circle of files, types and lazy imports too", () => {
		const ours = imports.filter(({ file, target }) => file.startsWith("src/") && target.startsWith("src/"));
		expect(fileCircles(ours)).toEqual([]);
	});

	it("sees a circle of files that types close", () => {
		const [a, b, c] = ["src/plan/a.ts", "src/plan/b.ts", "src/plan/c.ts"];
		const round = [
			{ file: a, target: b },
			{ file: b, target: c },
			{ file: c, target: b },
		];
		expect(fileCircles(round)).toEqual([[b, c]]);
		expect(fileCircles(round.slice(0, 2))).toEqual([]);
	});

	it("of the driver's kind are one switch", () => {
		const switches = lines(
			product.filter(({ file }) => file.startsWith("src/")),
			/switch \((?:\w+\.)*driver\)|\bdriver [!=]== "(?:docker|vast)"/,
		);
		expect(switches.map((line) => line.split(":")[0])).toEqual(["src/instances/open.ts"]);
	});

	it("make folders by makeFolder, as Node's own way never ends below /proc and misreads a read-only disk", () => {
		const src = product.filter(({ file }) => file.startsWith("src/"));
		expect(lines(src, /\bmkdir(?:Sync)?\(.*\brecursive\b/)).toEqual([]);
	});

	it("of the ports of this machine are one module, and the program that keeps a backend up", () => {
		const code = product.filter(({ file }) => /^src\/(?!system\/)/.test(file));
		const taken = lines(code, /^import .*\bsystem(?:Answers|Clock|Piped|Ports|Processes|Shell)\b/);
		const files = new Set(taken.map((line) => line.split(":")[0]));
		expect([...files]).toEqual(["src/cli/backend-supervisor.ts", "src/cli/machine.ts"]);
	});

	it.each<[string, string, Import["kind"]]>([
		["src/plan/entry.ts", "@oclif/core", "static"],
		["src/plan/entry.ts", "src/cli/context.ts", "type"],
		["src/plan/entry.ts", "src/system/shell.ts", "static"],
		["src/plan/entry.ts", "src/instances/docker/docker-host.ts", "static"],
		["src/rollout/deploy.ts", "@temporalio/client", "type"],
		["src/rollout/deploy.ts", "src/instances/vast/contract.ts", "type"],
		["src/rollout/deploy.ts", "src/instances/open.ts", "lazy"],
		["src/state/lock.ts", "src/rollout/step.ts", "type"],
		["src/instances/ssh/session.ts", "ssh2", "static"],
		["src/contracts/tasks.ts", "node:path", "static"],
		["src/contracts/tasks.ts", "src/errors/errors.ts", "static"],
		["src/system/shell.ts", "src/contracts/queues.ts", "static"],
		["src/state/lock.ts", "src/system/shell.ts", "static"],
		["src/state/releases.ts", "src/rollout/run-spec.ts", "type"],
		["src/cli/context.ts", "src/commands/build.ts", "static"],
		["src/commands/build.ts", "images/worker/main.ts", "static"],
		["src/commands/rehearse/up.ts", "rehearsal/perimeter.ts", "static"],
		["src/commands/build.ts", "rehearsal/perimeter.ts", "lazy"],
		["images/worker/main.ts", "src/errors/errors.ts", "static"],
		["rehearsal/perimeter.ts", "src/config/load.ts", "static"],
		["src/services/stop.ts", "src/system/processes.ts", "static"],
		["src/services/stop.ts", "src/config/config.ts", "type"],
		["src/system/processes.ts", "src/services/service.ts", "type"],
	])("%s → %s (%s) is refused", (file, target, kind) => {
		expect(arrowFault({ file, target, kind })).toContain(`${file} imports ${target}: `);
	});

	it("sees a circle", () => {
		const value = (file: string, target: string): Import => ({ file, target, kind: "static" });
		const there = value("src/plan/entry.ts", "src/image/build.ts");
		const back = value("src/image/build.ts", "src/plan/plan-file.ts");
		expect(circle([there])).toBeUndefined();
		expect(circle([there, back])).toBe("plan → image → plan");
	});
});

describe("commands", () => {
	it.each(commands.map(({ file, text }) => [file, text]))("%s is a small, documented command", async (file, text) => {
		const { default: command } = (await import(join(ROOT, file))) as { default: typeof Command };
		const works = (name: string) => typeof command === "function" && Object.hasOwn(command.prototype, name);
		expect(works("run") || works("look"), "no class with run() or look()").toBe(true);
		expect(command.summary, "no summary").toMatch(/\.$/);
		expect(command.examples, "no example").not.toHaveLength(0);
		expect(text.split("\n").length, "longer than a command should be").toBeLessThanOrEqual(75);
	});
});

describe("the built program", () => {
	it("has a manifest that says what the sources say", async () => {
		const pjson = JSON.parse(await readRoot("package.json")) as Interfaces.PJSON;
		const fromSources = await configOfSources();
		const ours = fromSources.commands.filter(({ pluginName }) => pluginName === pjson.name);
		const manifest = JSON.parse(await readRoot("oclif.manifest.json")) as { commands: Record<string, Shown> };
		const message = "oclif.manifest.json is older than src/commands; run npm run build";
		expect(Object.values(manifest.commands).map(shown).toSorted(byId), message).toEqual(ours.map(shown).toSorted(byId));
		expect(ours).toHaveLength(commands.length);
	});

	const oclif = [
		...["@oclif/core", "ansi-escapes", "ansis", "balanced-match", "brace-expansion", "clean-stack"],
		...["cli-spinners", "color-convert", "color-name", "debug", "ejs", "emoji-regex"],
		...["escape-string-regexp", "fdir", "get-package-type", "has-flag", "indent-string"],
		...["is-fullwidth-code-point", "lilconfig", "minimatch", "ms"],
		...["picomatch", "string-width", "supports-color", "tinyglobby"],
		...["widest-line", "wordwrap", "wrap-ansi"],
	];
	const configuration = ["dotenv", "fastest-levenshtein", "yaml", "zod"];

	it.each<[string, string[]]>([
		["--help", oclif],
		["--version", oclif],
		["build --help", oclif],
		["help deploy", oclif],
		["exit-codes", oclif],
		["config", [...oclif, ...configuration]],
		["releases", [...oclif, ...configuration]],
	])("loads for `%s` what it needs and no more", async (line, allowed) => {
		const loaded = await loadedPackages(...line.split(" "));
		expect(loaded).toEqual(allowed.toSorted());
		expect(loaded.filter((name) => HEAVY.includes(name))).toEqual([]);
	});
});

describe("the environment", () => {
	it("stands in .env.example, each name with its meaning and without a secret", async () => {
		const text = (await readRoot(".env.example")).replaceAll("\r\n", "\n");
		const named = [...text.matchAll(/^# (?<meaning>.*)\n(?<name>[A-Z][A-Z0-9_]*)=(?<value>.*)$/gm)];
		expect(Object.fromEntries(named.map(({ groups }) => [groups!["name"], groups!["meaning"]]))).toEqual(
			Object.fromEntries(
				Object.entries(ENV).map(([name, { meaning, secret }]) => [name, `${meaning}${secret ? "; secret" : ""}`]),
			),
		);
		expect(text.match(/^\s*[^#\s].*$/gm)).toHaveLength(named.length);
		expect(named.filter(({ groups }) => groups!["value"] !== (ENV[groups!["name"]!]?.default ?? ""))).toEqual([]);
	});

	it("is read in src/config and handed to programs in one place, and nothing in src prints past the commands", () => {
		const code = product
			.filter(({ file }) => file.startsWith("src/"))
			.map(({ file, text }) => ({ file, text: withoutComments(text) }));
		expect(lines(code, /(?<!\/\/)\bconsole\s*\./)).toEqual([]);
		expect(
			lines(
				code.filter(({ file }) => !file.startsWith("src/config/") && file !== "src/system/child-environment.ts"),
				/\bprocess\.env\b/,
			),
		).toEqual([]);
	});
});

describe("nothing is put off", () => {
	it("no test is skipped or alone, and no module is mocked", () => {
		expect(lines(tests, /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b/)).toEqual([]);
		expect(lines(tests, /\bvi\.(?:mock|doMock|hoisted)\b/)).toEqual([]);
	});

	it("no note stands in the code for work to do", () => {
		expect(lines(product, /\b(?:TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
	});
});

type Shown = Pick<Command.Loadable, "id" | "summary" | "description" | "args" | "flags">;

/** What help shows of a command, as JSON leaves it. */
function shown({ id, summary, description, args, flags }: Shown): Shown {
	return JSON.parse(JSON.stringify({ id, summary, description, args, flags })) as Shown;
}

const byId = (a: Shown, b: Shown): number => (a.id < b.id ? -1 : 1);
