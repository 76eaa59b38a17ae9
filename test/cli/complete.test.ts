import { describe, expect, it } from "vitest";
import { candidates, type KnownCommand } from "../../src/cli/complete.ts";
import { renderCandidates } from "../../src/cli/completion-scripts.ts";

const boolean = (summary: string) => ({ type: "boolean", summary });
const option = (options?: string[]) => ({ type: "option", options });
const config = { type: "option", char: "c" };
const COMMANDS: KnownCommand[] = [
	{
		...{ id: "deploy", summary: "Deploy.", strict: false, args: { instance: {} } },
		flags: { config, "dry-run": boolean("Change nothing."), canary: option(), image: option() },
	},
	{ id: "doctor", summary: "Check.", args: {}, flags: { config } },
	{ id: "build", args: { image: { options: ["base", "app"] } }, flags: { flavour: option(["cpu", "cuda"]) } },
	{ id: "lock:show", summary: "Show.", args: { instance: {} }, flags: {} },
	{ id: "lock:break", args: { instance: {} }, flags: {} },
	{ id: "rehearse", args: {}, flags: {} },
	{ id: "rehearse:down", args: {}, flags: {} },
];

const complete = async (line: string) => {
	const asked: (string | undefined)[] = [];
	const names = async (path: string | undefined) => {
		asked.push(path);
		return ["cpu-1", "gpu-1"];
	};
	const found = await candidates(line.split(" "), COMMANDS, names);
	return { asked, values: found.map(({ value }) => value) };
};

describe("completion", () => {
	it.each<[string, string[]]>([
		["", ["deploy", "doctor", "build", "lock", "rehearse"]],
		["d", ["deploy", "doctor"]],
		["lock ", ["show", "break"]],
		["lock s", ["show"]],
		["rehearse ", ["down"]],
		["build ", ["base", "app"]],
		["build app ", []],
		["build --flavour c", ["cpu", "cuda"]],
		["deploy --", ["--config", "--dry-run", "--canary", "--image"]],
		["deploy --d", ["--dry-run"]],
		["deploy --image ", []],
		["nonsense ", []],
		["doctor ", []],
	])("of %j is %j", async (line, values) => {
		expect(await complete(line)).toEqual({ asked: [], values });
	});

	it.each<[string, string[], string | undefined]>([
		["deploy ", ["cpu-1", "gpu-1"], undefined],
		["deploy c", ["cpu-1"], undefined],
		["deploy cpu-1 ", ["gpu-1"], undefined],
		["deploy --dry-run -c staging.yaml g", ["gpu-1"], "staging.yaml"],
		["-c staging.yaml deploy g", ["gpu-1"], "staging.yaml"],
		["--config=staging.yaml deploy g", ["gpu-1"], "staging.yaml"],
		["deploy --config=a=b.yaml g", ["gpu-1"], "a=b.yaml"],
		["deploy -cstaging.yaml g", ["gpu-1"], "staging.yaml"],
		["-c=staging.yaml deploy g", ["gpu-1"], "staging.yaml"],
		["deploy --canary g", ["gpu-1"], undefined],
		["lock show ", ["cpu-1", "gpu-1"], undefined],
	])("of %j names instances: %j", async (line, values, path) => {
		expect(await complete(line)).toEqual({ asked: [path], values });
	});

	it("gives each shell its form", () => {
		const found = [
			{ value: "a:b", about: "Do it." },
			{ value: "c", about: "" },
		];
		expect(renderCandidates("bash", found)).toBe("a:b\nc");
		expect(renderCandidates("zsh", found)).toBe("a\\:b:Do it.\nc");
		expect(renderCandidates("fish", found)).toBe("a:b\tDo it.\nc");
	});
});
