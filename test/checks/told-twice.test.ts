import { expect, test } from "vitest";
import { loadChecks } from "../../src/checks/registry.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import type { Tree } from "../../src/checks/tree/tree.ts";
import { treeOf } from "../support/tree.ts";

const signal = new AbortController().signal;
const checks = await loadChecks();

/** Of each finding of some checks: the check, and the place of its first evidence. */
async function foundBy(ids: readonly string[], tree: Tree): Promise<string[]> {
	const asked = checks.filter(({ id }) => ids.includes(id));
	const results = await runStatic(asked, tree, { signal });
	return results
		.flatMap(({ check, outcome }) =>
			outcome.findings.map(({ evidence: [first] }) => `${check.id} ${"path" in first ? first.line : first.host}`),
		)
		.toSorted();
}

const WORKFLOW = `name: nightly
on:
  schedule:
    - cron: "30 24 * * *"
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: echo nightly
`;

test("two checks find a schedule that never comes, and one tells of it; what only one finds stays", async () => {
	const tree = treeOf({
		".github/workflows/nightly.yml": WORKFLOW,
		".github/workflows/push.yml": WORKFLOW.replace(/on:\n.*\n.*\n/, "on: push\n").replace(
			"steps:",
			"no-such-key: 1\n    steps:",
		),
	});

	expect(await foundBy(["workflow-valid"], tree)).toEqual(["workflow-valid 4", "workflow-valid 8"]);
	expect(await foundBy(["cron-lines", "workflow-valid"], tree)).toEqual(["cron-lines 4", "workflow-valid 8"]);
});

test("a queue without its class is told once, not also as one that nobody polls", async () => {
	const tree = treeOf({
		"worker.py": `from temporalio.worker import Worker

cpu = Worker(client, task_queue="clips@cpu", workflows=[Clip])
gpu = Worker(client, task_queue="clips@gpu", activities=[cut])
`,
		"api.py": `async def start(client):
    await client.start_workflow("Clip", id="1", task_queue="clips")
    await client.start_workflow("Clip", id="2", task_queue="clips@cpu")
    await client.start_workflow("Cut", id="3", task_queue="clips@gpu")
`,
	});

	expect(await foundBy(["queue-sides"], tree)).toEqual(["queue-sides 2"]);
	expect(await foundBy(["queue-sides", "queue-suffix"], tree)).toEqual(["queue-suffix 2"]);
});

test("a setting under another name than its reader's is told with its reader, not also as unread", async () => {
	const tree = treeOf({
		Dockerfile: `FROM debian:12.8-slim
ENV LLM_MODEL_FILE=/models/a.gguf
COPY start.sh /start.sh
CMD ["bash", "/start.sh"]
`,
		"start.sh": `#!/bin/bash
exec llama-server --model "\${LLM_MODEL_PATH:-/models/b.gguf}"
`,
		".env.example": "LLM_MODEL_FILE=/models/a.gguf\n",
	});

	expect(await foundBy(["env-unread"], tree)).toEqual(["env-unread 1"]);
	expect(await foundBy(["env-unread", "unheard-settings"], tree)).toEqual(["unheard-settings 2"]);
});

test("a secret that is the default of what a template leaves blank is told once, one that only looks weak too", async () => {
	const tree = treeOf({
		"src/config.ts": `import { z } from "zod";
export const schema = z.object({
  CLIPS_API_TOKEN: z.string().default("clips-internal-3f8c1d0be27a4956"),
  CLIPS_HOOK_TOKEN: z.string().default("clips-internal"),
});
export const config = schema.parse(process.env);
`,
		".env.example": "CLIPS_API_TOKEN=\nCLIPS_HOOK_TOKEN=\n",
	});

	expect(await foundBy(["secret-in-tree", "default-credential"], tree)).toEqual([
		"default-credential 4",
		"secret-in-tree 3",
	]);
});
