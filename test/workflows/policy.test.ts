import { execFileSync } from "node:child_process";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectWorkflow } from "../../src/config/workflows.ts";
import { FLAVOURS } from "../../src/contracts/build-info.ts";
import { IMAGES } from "../../src/image/catalogue.ts";
import { readDockerfile } from "../../src/image/dockerfile.ts";
import { holds } from "../support/actions/expressions.ts";
import { faultsOf, pathFilters, secretsOf } from "../support/actions/policy.ts";
import { readWorkflow, sectionOf, type Workflow } from "../support/actions/workflow.ts";
import { ROOT } from "../support/sources.ts";

const read = (file: string) => readFile(join(ROOT, file), "utf8");
const files = (await Array.fromAsync(glob(".github/workflows/*", { cwd: ROOT }))).toSorted();
const own: Workflow[] = await Promise.all(files.map(async (file) => readWorkflow(file, await read(file))));
const taken = files.filter((file) => !file.endsWith("check.yml"));
const projects = await Promise.all(
	taken.map(async (file) => readWorkflow(`of a project: ${file}`, projectWorkflow(await read(file), "."))),
);

describe("the workflows", () => {
	it("are these", () => {
		const names = ["check", "drift", "images", "lock", "promote"];
		expect(files.map((file) => file.replaceAll("\\", "/"))).toEqual(
			names.map((name) => `.github/workflows/${name}.yml`),
		);
	});

	it.each([...own, ...projects].map((workflow) => [workflow.file, workflow] as const))(
		"%s keeps the rules",
		(_, workflow) => {
			expect(faultsOf(workflow)).toEqual([]);
		},
	);

	it("of a project run nothing of this repository", async () => {
		for (const file of taken) {
			const text = projectWorkflow(await read(file), ".");
			expect(text).not.toMatch(/bin\/run\.js|npm run|cres init/);
			expect(text).toContain("npx --no cres");
		}
	});

	it("hand a secret to the steps that need it alone", () => {
		const images = own.find(({ file }) => file.endsWith("images.yml"))!;
		expect(secretsOf(images)).toEqual({
			build: ["github.token", "secrets.ATTEST_KEY"],
			"attest verify": ["github.token"],
			smoke: ["github.token", "secrets.ATTEST_KEY"],
			"attest sbom": ["github.token", "secrets.ATTEST_KEY"],
			"ci record": ["github.token", "github.token"],
			promote: ["github.token"],
		});
	});
});

it("only the job that signs attestations may ask for an ID token", () => {
	const permitted = [...own, ...projects].flatMap(({ file, jobs }) =>
		jobs
			.filter(({ tree }) => "id-token" in sectionOf(tree["permissions"]))
			.map(({ id, tree }) => [file, id, sectionOf(tree["permissions"])["id-token"]]),
	);
	expect(permitted).toEqual([
		[".github/workflows/images.yml", "image", "write"],
		["of a project: .github/workflows/images.yml", "image", "write"],
	]);
});

it("check.yml runs what .ci/run runs, in its order", async () => {
	const npm = (text: string) =>
		[...text.matchAll(/\bnpm (?:run --silent (\S+)|(test) --silent)$/gm)].map(([, script, test]) => script ?? test);
	const check = own.find(({ file }) => file.endsWith("check.yml"))!.jobs.flatMap(({ steps }) => steps);
	const run = check.flatMap(({ tree }) => (typeof tree["run"] === "string" ? npm(tree["run"]) : []));
	const local = npm(await read(".ci/run"));
	expect(local).toEqual(["setup", ...run.slice(1)]);
	expect(run[0]).toBe("build");
});

it.each([
	["refs/heads/main", "cpu", true],
	["refs/heads/main", "cuda", false],
	["refs/heads/other", "cpu", false],
	["refs/tags/main", "cpu", false],
])("images.yml on %s promotes the flavour %s: %s", (ref, flavour, promotes) => {
	const steps = own.find(({ file }) => file.endsWith("images.yml"))!.jobs.flatMap((job) => job.steps);
	const step = steps.find(({ tree: { run } }) => typeof run === "string" && run.includes(" promote "))!;
	const github = { ref, event: { repository: { default_branch: "main" } } };
	expect(holds(step.if, { contexts: { github, matrix: { flavour } }, status: "success" })).toBe(promotes);
});

describe("the path filter of images.yml", () => {
	const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" }).split("\0").filter(Boolean);
	/** What an image is made of, as `cres build` reads it, and what its compiler reads besides. */
	const decisive = async (): Promise<string[]> => {
		const copied = await Promise.all(
			Object.values(IMAGES).flatMap(({ dockerfile, sources = [], compiled }) =>
				FLAVOURS.map(async (flavour) => {
					const { paths } = readDockerfile(await read(dockerfile), { FLAVOUR: flavour }, dockerfile);
					const written = paths.filter((path) => compiled === undefined || !path.startsWith(`${compiled}/`));
					return [dockerfile, ...sources, ...written];
				}),
			),
		);
		const below = [...new Set(copied.flat())];
		return tracked.filter((file) =>
			below.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, "")}/`)),
		);
	};

	it.each([
		["here", own, ""],
		["in a project", projects, ""],
	])("covers every file that an image is made of, %s", async (_, workflows) => {
		const filters = pathFilters(workflows.find(({ file }) => file.endsWith("images.yml"))!);
		const needed = await decisive();
		expect(needed.length).toBeGreaterThan(100);
		expect(needed).toEqual(
			expect.arrayContaining(["Dockerfile", "Dockerfile.base", "images/etc/boot", "tsconfig.json"]),
		);
		expect(needed.filter((file) => !filters.some((covers) => covers(file)))).toEqual([]);
	});

	it("has a pattern for each thing below image.context of another project", async () => {
		const text = projectWorkflow(await read(".github/workflows/images.yml"), "payload");
		const filters = pathFilters(await readWorkflow("images.yml", text));
		const covered = (file: string) => filters.some((covers) => covers(file));
		for (const file of await decisive()) expect([file, covered(`payload/${file}`)]).toEqual([file, true]);
		expect(covered("images/etc/boot")).toBe(false);
		expect(text).toContain("npm ci --ignore-scripts --prefix payload/images");
	});

	it("has the lock files below image.context, and the package-lock.json of the project", async () => {
		const text = projectWorkflow(await read(".github/workflows/lock.yml"), "payload");
		expect(text.match(/(?<= )\S*(?:images|lock\.json)(?= |$)/gm)).toEqual([
			...["payload/images/cuda/lock.json", "payload/images", "package-lock.json", "payload/images/package-lock.json"],
		]);
	});
});

describe("a workflow with a fault is found", () => {
	const good = `name: x
on: push
permissions: {}
concurrency: { group: x }
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with: { persist-credentials: false }
      - run: node bin/run.js version
`;

	it.each([
		["a tag instead of a SHA", /@[0-9a-f]{40} # v5.0.0/, "@v5", "not pinned by a full SHA"],
		["another action", "actions/checkout@", "other/action@", "not one of the actions"],
		["no permissions at the top", "permissions: {}\n", "", "permissions: {}"],
		["all permissions in a job", "{ contents: read }", "write-all", "names no permissions"],
		["no time limit", "    timeout-minutes: 5\n", "", "timeout-minutes"],
		["no concurrency", "concurrency: { group: x }\n", "", "concurrency"],
		["credentials that stay", "        with: { persist-credentials: false }\n", "", "persist-credentials"],
		["logic in YAML", "bin/run.js version", "bin/run.js version && echo yes", "not one cres or npm command"],
		["an expression in a script", "bin/run.js version", "bin/run.js ${{ github.ref }}", "an expression"],
		["a secret in an argument", "bin/run.js version", 'bin/run.js "$ATTEST_KEY"', "a secret"],
		["a moving runner", "ubuntu-24.04", "ubuntu-latest", "runner"],
		[
			"a secret for the whole job",
			"    steps:",
			"    env: { A: '${{ secrets.A }}' }\n    steps:",
			"a secret for every step",
		],
	])("%s", async (_, from, to, fault) => {
		expect(faultsOf(await readWorkflow("x.yml", good))).toEqual([]);
		const faults = faultsOf(await readWorkflow("x.yml", good.replace(from, to)));
		expect(faults.join("\n")).toContain(fault);
	});
});
