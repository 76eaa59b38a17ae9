import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runWorkflow, type RunOptions, type RunReport } from "../support/actions/run.ts";
import { readWorkflow } from "../support/actions/workflow.ts";

/** Runs a workflow whose jobs are given; every job but the first lines up behind what it needs. */
async function run(jobs: string, options: Partial<RunOptions> = {}): Promise<RunReport> {
	const workflow = await readWorkflow("own.yml", `name: own\non: workflow_dispatch\n${jobs}`);
	const { PATH = "", HOME = "" } = process.env;
	return runWorkflow(workflow, {
		github: { sha: "0".repeat(40), ref: "refs/heads/main", actor: "somebody" },
		directory: await mkdtemp(join(tmpdir(), "cres-runner-")),
		actions: {},
		environment: { PATH, HOME },
		...options,
	});
}

const job = (steps: string, more = "") => `jobs:\n  one:\n    runs-on: ubuntu-24.04\n${more}    steps:\n${steps}`;
const outcomes = ({ steps }: RunReport) => steps.map(({ outcome }) => outcome);
const printed = ({ steps }: RunReport) => steps.map(({ output }) => output.trim());

describe("steps", () => {
	it("run in order, with outputs, environment and path of those before", async () => {
		const report = await run(
			job(`
      - id: first
        run: |
          echo "digest=sha256:1" >> "$GITHUB_OUTPUT"
          printf 'lines<<END\\na\\nb\\nEND\\n' >> "$GITHUB_OUTPUT"
          echo "COLOUR=blue" >> "$GITHUB_ENV"
          mkdir bin && printf '#!/bin/sh\\necho from path\\n' > bin/own && chmod +x bin/own
          echo "$PWD/bin" >> "$GITHUB_PATH"
      - run: echo "$DIGEST $LINES_ $COLOUR $SHAPE"
        env:
          DIGEST: \${{ steps.first.outputs.digest }}
          LINES_: \${{ steps.first.outputs.lines }}
          SHAPE: \${{ env.COLOUR }}-\${{ github.actor }}
      - run: own
`),
		);
		expect(printed(report).slice(1)).toEqual(["sha256:1 a\nb blue blue-somebody", "from path"]);
	});

	it.each([
		["write", "https://tokens.test/1 t"],
		["none", ""],
	])("are told of the ID token of a job with id-token: %s", async (right, told) => {
		const echo = '\n      - run: echo "$ACTIONS_ID_TOKEN_REQUEST_URL $ACTIONS_ID_TOKEN_REQUEST_TOKEN"\n';
		const permissions = `    permissions: { id-token: ${right} }\n`;
		const report = await run(job(echo, permissions), { idToken: { url: "https://tokens.test/1", token: "t" } });
		expect(printed(report)).toEqual([told]);
	});

	it("stop at the first failure, but for those that ask", async () => {
		const report = await run(
			job(`
      - run: false; echo never
      - run: echo no
      - run: echo failed
        if: failure()
      - run: echo always
        if: always() && github.ref == 'refs/heads/main'
      - run: echo no
        if: github.actor == 'somebody'
`),
		);
		expect(outcomes(report)).toEqual(["failure", "skipped", "success", "success", "skipped"]);
		expect(printed(report)[0]).toBe("");
		expect(report.jobs["one"]!.result).toBe("failure");
	});

	it("may fail where continue-on-error says so, and the next one can ask", async () => {
		const report = await run(
			job(`
      - id: look
        run: exit 3
        continue-on-error: true
      - run: echo looked
        if: steps.look.outcome == 'failure' && steps.look.conclusion == 'success'
`),
		);
		expect(report.jobs["one"]!.result).toBe("success");
		expect(printed(report)[1]).toBe("looked");
	});

	it("end at their time limit, with all that they started", async () => {
		const report = await run(job("      - run: sleep 60 & sleep 60\n        timeout-minutes: ${{ 0.01 }}\n"));
		expect(outcomes(report)).toEqual(["failure"]);
		expect(report.steps[0]!.ms).toBeLessThan(10_000);
	});

	it("see a pipe fail only with shell: bash, as at GitHub", async () => {
		const pipe = (more: string) => run(job(`      - run: false | true\n${more}`));
		expect(outcomes(await pipe(""))).toEqual(["success"]);
		expect(outcomes(await pipe("        shell: bash\n"))).toEqual(["failure"]);
	});

	it("get no environment but what is handed to them", async () => {
		const report = await run(job("      - run: env\n"), { environment: { PATH: process.env["PATH"]! } });
		const names = printed(report)[0]!
			.split("\n")
			.map((line) => line.split("=")[0]);
		expect(names).not.toContain("HOME");
		expect(names).toEqual(expect.arrayContaining(["CI", "GITHUB_ACTOR", "GITHUB_OUTPUT", "RUNNER_TEMP"]));
	});

	it.each([
		["a line of neither form in $GITHUB_OUTPUT", `      - run: echo nonsense >> "$GITHUB_OUTPUT"\n`, "Invalid format"],
		["an end that does not come", `      - run: echo "a<<END" >> "$GITHUB_OUTPUT"\n`, "Matching delimiter not found"],
		["an action that nothing stands for", "      - uses: actions/cache@v4\n", "nothing here stands for the action"],
	])("fail for %s", async (_, steps, message) => {
		const report = await run(job(steps));
		expect(outcomes(report)).toEqual(["failure"]);
		expect(printed(report)[0]).toContain(message);
	});

	it("hand the inputs of an action to what stands for it", async () => {
		const seen: unknown[] = [];
		const own = async (inputs: object) => {
			seen.push(inputs);
			return { outputs: { answer: "42" } };
		};
		const steps = `
      - id: asked
        uses: own/action@0000000000000000000000000000000000000000
        with:
          depth: 0
      - run: echo \${{ steps.asked.outputs.answer }}
`;
		expect(printed(await run(job(steps), { actions: { "own/action": own } }))[1]).toBe("42");
		expect(seen).toEqual([{ depth: "0" }]);
	});
});

describe("jobs", () => {
	const three = (fails: boolean) => `jobs:
  last:
    needs: [middle]
    runs-on: ubuntu-24.04
    steps: [{ run: "echo $SEEN", env: { SEEN: "\${{ needs.middle.outputs.seen }}" } }]
  middle:
    needs: first
    runs-on: ubuntu-24.04
    outputs: { seen: "\${{ needs.first.outputs.digest }}-again" }
    steps: [{ run: "true" }]
  first:
    runs-on: ubuntu-24.04
    outputs: { digest: "\${{ steps.make.outputs.digest }}" }
    steps: [{ id: make, run: "echo digest=1 >> $GITHUB_OUTPUT; ${fails}" }]
  told:
    needs: first
    if: failure()
    runs-on: ubuntu-24.04
    steps: [{ run: "true" }]
`;

	it("wait for what they need and see its outputs", async () => {
		const report = await run(three(true));
		expect(report.steps.map((step) => step.job)).toEqual(["first", "middle", "last"]);
		expect(printed(report).at(-1)).toBe("1-again");
		expect(report.jobs["told"]!.result).toBe("skipped");
	});

	it("are skipped when what they need failed, and so on; but for those that ask", async () => {
		const { jobs } = await run(three(false));
		const results = Object.fromEntries(Object.entries(jobs).map(([id, { result }]) => [id, result]));
		expect(results).toEqual({ first: "failure", middle: "skipped", last: "skipped", told: "success" });
	});

	it("run once for each leg of a matrix, and share outputs that a leg has", async () => {
		const more = `    strategy: { fail-fast: false, matrix: { flavour: [cpu, cuda] } }
    outputs: { cpu: "\${{ steps.build.outputs.cpu }}", cuda: "\${{ steps.build.outputs.cuda }}" }
    env: { FLAVOUR: "\${{ matrix.flavour }}" }
`;
		const steps = `      - { id: build, run: 'echo "$FLAVOUR=1" >> "$GITHUB_OUTPUT"' }
      - { run: exit 1, if: matrix.flavour == 'cpu' }
`;
		const report = await run(job(steps, more));
		expect(outcomes(report)).toEqual(["success", "failure", "success", "skipped"]);
		expect(report.jobs["one"]).toEqual({ result: "failure", outputs: { cpu: "1", cuda: "1" } });
	});
});

describe("a file that GitHub would refuse", () => {
	it.each([
		["the same key twice", job("      - run: a\n        run: b\n"), "already defined"],
		["an unknown key", job("      - run: a\n        runs: b\n"), "Unexpected value"],
		["an unknown context", job("      - run: a\n        if: steps.x && nonsense.y\n"), "nonsense"],
		[
			"a need that is not there",
			`${job("      - run: a\n")}  two:\n    runs-on: x\n    needs: other\n    steps: [{ run: a }]\n`,
			"other",
		],
		["two steps with one id", job("      - { id: a, run: a }\n      - { id: a, run: b }\n"), "identifier"],
	])("is refused: %s", async (_, jobs, message) => {
		await expect(run(jobs)).rejects.toThrow(message);
	});
});
