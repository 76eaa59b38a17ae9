import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkoutOf, setupNodeBehind } from "../support/actions/local-actions.ts";
import { makeRepository, PACKAGES, pushedBy } from "../support/actions/repository.ts";
import { runWorkflow } from "../support/actions/run.ts";
import { readWorkflow } from "../support/actions/workflow.ts";
import { ROOT } from "../support/sources.ts";

const FILE = ".github/workflows/check.yml";
/** In place of every test, this test among them. */
const ONE = "test/system/text.test.ts";

/** What set-up would install once more, where this tree has it. */
const installed = () => [
	...PACKAGES,
	...["linters", "venv", "whisper"]
		.map((name) => [`.cres/${name}`, join(ROOT, ".cres", name)] as const)
		.filter(([, path]) => existsSync(path)),
];

it("check.yml passes for the last commit: every step as it is, but for npm test, which runs one file", async () => {
	await using repository = await makeRepository({ project: "checked" });
	const directory = await mkdtemp(join(tmpdir(), "cres-run-"));
	const { PATH = "", HOME = "" } = process.env;
	const bin = join(directory, "bin");
	await mkdir(bin);
	// The npm behind it is the next one on PATH. Whoever runs this is root, so sudo has nothing to add.
	const npm = `#!/bin/sh\nPATH="\${PATH#*:}"\n[ "$1" = test ] && set -- "$@" -- --project units ${ONE}\nexec npm "$@"\n`;
	for (const [name, text] of Object.entries({ npm, sudo: '#!/bin/sh\nexec "$@"\n' }))
		await writeFile(join(bin, name), text, { mode: 0o755 });
	const workflow = await readWorkflow(FILE, await readFile(join(repository.directory, FILE), "utf8"));
	const report = await runWorkflow(workflow, {
		...(await pushedBy(repository, "somebody")),
		...{ directory, environment: { PATH, HOME } },
		actions: {
			"actions/checkout": checkoutOf(repository.directory, "https://github.com/owner/app", installed()),
			"actions/setup-node": setupNodeBehind(bin),
		},
	});
	await rm(directory, { recursive: true, force: true });
	const failed = report.steps.filter(({ outcome }) => outcome !== "success");
	expect(failed.map(({ title, output }) => `${title}\n${output}`)).toEqual([]);
	expect(Object.entries(report.jobs).map(([id, { result }]) => [id, result])).toEqual([
		["static", "success"],
		["test", "success"],
	]);
	expect(report.steps.at(-1)!.output).toMatch(/^[1-9]\d* passed, 0 failed$/m);
}, 1_800_000);
