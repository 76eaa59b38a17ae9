import type { Found, StaticCheck } from "../triage-check.ts";
import { counted, workflowsOf, type Job, type Step } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";

/** https://github.com/actions/runner-images: labels that no runner has any more. */
const RUNNERS = new Set(
	"ubuntu-16.04 ubuntu-18.04 ubuntu-20.04 macos-10.15 macos-11 macos-12 macos-13 macos-latest-xlarge-13 windows-2016 windows-2019".split(
		" ",
	),
);
/** Versions that GitHub fails by itself. */
const ACTIONS: readonly (readonly [RegExp, string])[] = [
	[/^actions\/(?:upload|download)-artifact@v[1-3](?:\.|$)/, "v4"],
	[/^actions\/cache(?:\/\w+)?@v[12](?:\.|$)/, "v4"],
	[/^actions\/upload-pages-artifact@v[12](?:\.|$)/, "v3"],
];

export default {
	code: "TS224",
	scope: "static",
	severity: "error",
	question: "Does every workflow use runners, actions and commands that still exist?",
	why: "A job for a runner that is gone waits a day and fails; GitHub refuses retired versions of its actions and ignores retired commands.",
	example: "`runs-on: ubuntu-20.04`; `actions/upload-artifact@v3`; `echo ::set-env name=A::b`.",
	run(tree) {
		const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs);
		const all = jobs.flatMap((job) => [...runners(job), ...job.steps.flatMap(inStep)]);
		// One finding for each of them, with all its places.
		const folded = [...Map.groupBy(all, ({ message }) => message).values()].map(([first, ...others]): Found => ({
			...first!,
			evidence: [...first!.evidence, ...others.flatMap(({ evidence }) => evidence)] as unknown as Found["evidence"],
		}));
		return { looked: counted(tree), findings: folded };
	},
} satisfies StaticCheck;

function runners({ part, id }: Job): Found[] {
	const runsOn = part.get("runs-on");
	const own = runsOn?.texts ?? [];
	const key = /matrix\.([\w-]+)/.exec(runsOn?.text ?? "")?.[1];
	const matrix = part.get("strategy", "matrix");
	const legs: Part[] =
		key === undefined
			? []
			: [
					...(matrix?.get(key)?.texts ?? []),
					...(matrix?.get("include")?.list ?? []).flatMap((one) => one.get(key) ?? []),
				];
	const labels = [...own, ...legs].filter(({ text }) => RUNNERS.has(text ?? ""));
	return [...new Map(labels.map((label) => [label.text!, label])).values()].map((label) => ({
		message: `job \`${id}\` asks for the runner ${label.text}, which GitHub no longer has`,
		evidence: [label.place],
		fix: {
			say: `write ${label.text!.startsWith("ubuntu") ? "ubuntu-24.04" : label.text!.startsWith("macos") ? "macos-15" : "windows-2022"}`,
		},
	}));
}

const inStep = ({ uses, run }: Step): Found[] => [...oldAction(uses), ...oldCommands(run)];

function oldAction(uses: Part | undefined): Found[] {
	const old = ACTIONS.find(([pattern]) => pattern.test(uses?.text ?? ""));
	if (old === undefined) return [];
	return [
		{
			message: `${uses!.text} is retired: GitHub fails every job that uses it`,
			evidence: [uses!.place],
			fix: { say: `use ${uses!.text!.split("@")[0]}@${old[1]} or newer` },
		},
	];
}

const FILES: Readonly<Record<string, string>> = {
	"set-env": "GITHUB_ENV",
	"set-output": "GITHUB_OUTPUT",
	"save-state": "GITHUB_STATE",
};

function oldCommands(run: Part | undefined): Found[] {
	const all = [...(run?.text ?? "").matchAll(/^(?!\s*#).*?::(set-env|add-path|set-output|save-state)\b/gm)];
	return [...new Map(all.map((one) => [one[1]!, one])).entries()].map(([command, { index }]) => {
		const isOff = command === "set-env" || command === "add-path";
		const file = FILES[command];
		return {
			message: `the command \`::${command}\` is ${isOff ? "switched off: the step fails" : "deprecated and will be switched off"}`,
			evidence: [run!.placeIn(index)],
			fix: {
				say: file === undefined ? 'write echo "FOLDER" >> "$GITHUB_PATH"' : `write echo "NAME=VALUE" >> "$${file}"`,
			},
			severity: isOff ? "error" : "warning",
		};
	});
}
