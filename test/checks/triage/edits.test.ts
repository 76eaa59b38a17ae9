import { expect, it } from "vitest";
import { edited } from "../../../src/checks/fix/edit.ts";
import { loadChecks } from "../../../src/checks/registry.ts";
import { runStatic } from "../../../src/checks/run-static.ts";
import { findingsOf } from "../../../src/checks/triage-report.ts";
import { SourceFile } from "../../../src/checks/tree/source-file.ts";
import type { Tree } from "../../../src/checks/tree/tree.ts";
import { treeOf } from "../../support/tree.ts";
import { corpus } from "../../support/triage-corpus.ts";

const checks = await loadChecks();
const signal = new AbortController().signal;

const look = async (id: string, tree: Tree) =>
	findingsOf(await runStatic([checks.find((check) => check.id === id)!], tree, { signal }));

/** Applies each edit of a check alone: what stays is told, and how many there were. */
async function applied(id: string, tree: Tree): Promise<{ edits: number; left: string[] }> {
	const before = await look(id, tree);
	const editing = before.filter(({ fix }) => fix.edit !== undefined);
	const left = await Promise.all(
		editing.map(async ({ fix, message, fingerprint }) => {
			const file = tree.file(fix.edit!.path)!;
			const text = edited(file.text, fix.edit!);
			if (text === undefined) return [`${message}: its line reads otherwise`];
			const after = await look(id, tree.with(new SourceFile(file.path, text, file.executable, file.byteOrderMark)));
			const gone = after.length < before.length && !after.some((one) => one.fingerprint === fingerprint);
			return gone ? [] : [`${message}: ${fix.edit!.before} → ${fix.edit!.after}`];
		}),
	);
	return { edits: editing.length, left: left.flat() };
}

it("offers no edit on the corpus that does not help", async () => {
	const all = await Promise.all(
		corpus()
			.filter(({ healthy, check }) => !healthy && checks.some(({ id }) => id === check))
			.map(async ({ check, name, tree }) => ({ check, name, ...(await applied(check, tree)) })),
	);
	expect(all.flatMap(({ name, left }) => left.map((one) => `${name} ${one}`))).toEqual([]);
	const editing = new Set(all.flatMap(({ check, edits }) => (edits > 0 ? [check] : [])));
	expect([...editing].toSorted()).toMatchInlineSnapshot(`
		[
		  "alert-metrics",
		  "ansible-names",
		  "ansible-variables",
		  "asked-ports",
		  "autostart",
		  "bare-versions",
		  "browser-test-url",
		  "call-keywords",
		  "compose-ports",
		  "conditions",
		  "config-keys",
		  "django-names",
		  "documented-defaults",
		  "duration-units",
		  "endpoint-disagrees",
		  "env-default",
		  "env-misspelt",
		  "env-unset",
		  "focused-tests",
		  "foreign-keys",
		  "gates-off",
		  "heading-gone",
		  "helm-names",
		  "ignore-patterns",
		  "image-disagrees",
		  "interactive-installs",
		  "interpreter-paths",
		  "key-files",
		  "kubernetes-ports",
		  "kubernetes-selectors",
		  "kubernetes-values",
		  "launch-targets",
		  "listed-files",
		  "listed-names",
		  "loopback-binds",
		  "lost-exit-codes",
		  "made-names",
		  "misnamed-variables",
		  "missing-f-prefix",
		  "model-files",
		  "module-exports",
		  "module-extensions",
		  "nginx-names",
		  "odd-targets",
		  "output-names",
		  "parsed-options",
		  "path-gone",
		  "perimeter-ports",
		  "port-disagrees",
		  "port-options",
		  "port-scheme",
		  "port-unserved",
		  "powershell-names",
		  "powershell-parameters",
		  "powershell-versions",
		  "prefix-twice",
		  "probe-paths",
		  "program-flags",
		  "proxied-paths",
		  "queue-base",
		  "queue-class",
		  "queue-suffix",
		  "read-folders",
		  "renamed",
		  "reported-success",
		  "requirement-pins",
		  "route-gone",
		  "script-names",
		  "settings-paths",
		  "settings-references",
		  "sql-columns",
		  "subcommands",
		  "swapped-arguments",
		  "system-pip",
		  "systemd-units",
		  "temporal-names",
		  "test-redirects",
		  "typed-fields",
		  "unattended-prompts",
		  "unawaited-calls",
		  "unchecked-cd",
		  "unheard-settings",
		  "unmade-folders",
		  "url-blank",
		  "value-forms",
		  "value-lists",
		  "version-disagrees",
		  "workflow-determinism",
		  "workspaces",
		]
	`);
}, 60_000);

it.each<[string, Record<string, string>, string]>([
	[
		"interactive-installs",
		{ Dockerfile: "FROM ubuntu:22.04\nRUN apt-get update && \\\n    apt-get install \\\n      curl\n" },
		"FROM ubuntu:22.04\nRUN apt-get update && \\\n    apt-get install -y \\\n      curl\n",
	],
	["requirement-pins", { "requirements.txt": "zod==1\nyarl==2\nzod==1  # again\n" }, "zod==1\nyarl==2\n"],
	["url-blank", { ".env": "API_URL=http://api:8100 \nX=1\n" }, "API_URL=http://api:8100\nX=1\n"],
	["url-blank", { "a.py": 'API_URL = " http://api:8100"\n' }, 'API_URL = "http://api:8100"\n'],
	["url-blank", { "a.py": 'url = "http://api:8100 /health"\n' }, 'url = "http://api:8100/health"\n'],
	[
		"autostart",
		{ "supervisord.conf": "[program:worker-gpu]\ncommand=run\nautostart = false ; for now\n" },
		"[program:worker-gpu]\ncommand=run\nautostart = true ; for now\n",
	],
	[
		"gates-off",
		{
			".github/workflows/a.yml":
				"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - name: smoke test\n        if: false\n        run: pytest\n",
		},
		"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - name: smoke test\n        run: pytest\n",
	],
])("%s: its edit is exact", async (id, files, wanted) => {
	const tree = treeOf(files);
	const [first] = await look(id, tree);
	expect(first!.fix.edit).toBeDefined();
	expect((await applied(id, tree)).left).toEqual([]);
	const [[, text]] = Object.entries(files) as [[string, string]];
	expect(edited(text, first!.fix.edit!)).toBe(wanted);
});
