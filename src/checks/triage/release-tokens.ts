import type { Found, StaticCheck } from "../triage-check.ts";
import { counted } from "../workflows/model.ts";
import { argumentsOf, scriptsOf, type StepScript } from "../workflows/script.ts";

/** Commands of gh that work without a token. */
const BARE = /^(?:-h|--help|--version|version|help|completion|config|alias|auth)$/;
const TOKENS = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] as const;
const GIVEN = /\b(?:GH|GITHUB)_(?:ENTERPRISE_)?TOKEN=|\bgh auth (?:login|setup-git)\b/;

export default {
	code: "TS327",
	scope: "static",
	severity: "error",
	question: "Has every step that calls gh a token in its environment?",
	why: "gh takes no token of the runner by itself: the step ends with a request to set GH_TOKEN, mostly at the first release.",
	example:
		'`run: gh release create "$GITHUB_REF_NAME"` without `env`: write `env: { GH_TOKEN: "${{ github.token }}" }` in the step.',
	run(tree) {
		return { looked: counted(tree), findings: scriptsOf(tree).flatMap(withoutToken) };
	},
} satisfies StaticCheck;

function withoutToken(script: StepScript): Found[] {
	const { step, text, place } = script;
	const { job, index } = step;
	// Runners of one's own may be logged in; who calls an action gives it its environment.
	const hosted = (job.part.get("runs-on")?.texts ?? []).every((one) => /^(?:ubuntu|windows|macos)-/.test(one.text!));
	if (!hosted || job.part.get("runs-on") === undefined || job.workflow.kind === "action") return [];
	const around = [step.part, job.part, job.workflow.root];
	if (around.some((part) => isGiven(part.get("env")))) return [];
	const before = job.steps.slice(0, index).map(({ run }) => run?.text ?? "");
	if ([...before, text].some((one) => GIVEN.test(one))) return [];
	const call = script.commands.find((command) => {
		const [name, sub] = argumentsOf(command);
		return name?.text === "gh" && sub !== undefined && !sub.dynamic && !BARE.test(sub.text);
	});
	if (call === undefined) return [];
	const [name, sub] = argumentsOf(call);
	return [
		{
			message: `step "${step.title}" of ${job.workflow.file.path} calls gh ${sub!.text}, and has no GH_TOKEN`,
			evidence: [place(name!.start)],
			fix: { say: "write GH_TOKEN: ${{ github.token }} below env of the step" },
		},
	];
}

/** A token, or an environment that an expression makes. */
const isGiven = (env: StepScript["step"]["part"] | undefined): boolean =>
	env !== undefined && (env.kind !== "map" || TOKENS.some((name) => env.get(name) !== undefined));
