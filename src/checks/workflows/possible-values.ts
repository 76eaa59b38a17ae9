import { ownOf } from "../../system/own-of.ts";
import type { Tree } from "../tree/tree.ts";
import type { Comparison } from "./comparisons.ts";
import type { Job, Workflow } from "./model.ts";
import { inMatrix, ofInput, ofOutput, type Possible } from "./declared-values.ts";

const RESULTS = ["success", "failure", "cancelled", "skipped"];
/** https://docs.github.com/actions/reference/workflows-and-actions/contexts */
const FIXED: Readonly<Record<string, readonly string[]>> = {
	"github.ref_type": ["branch", "tag", ""],
	"runner.os": ["Linux", "Windows", "macOS"],
	"runner.arch": ["X86", "X64", "ARM", "ARM64"],
	"runner.environment": ["github-hosted", "self-hosted"],
	"job.status": ["success", "failure", "cancelled"],
	"github.event.workflow_run.conclusion":
		"success failure neutral cancelled skipped timed_out action_required stale startup_failure".split(" "),
};
const BOOLEANS =
	/^github\.event\.(?:pull_request\.(?:merged|draft)|release\.(?:prerelease|draft)|repository\.(?:private|fork|archived)|created|deleted|forced)$/;
const MEANT: Readonly<Record<string, string>> = {
	...{
		ubuntu: "Linux",
		"ubuntu-latest": "Linux",
		"windows-latest": "Windows",
		"macos-latest": "macOS",
		darwin: "macOS",
	},
	...{
		failed: "failure",
		error: "failure",
		succeeded: "success",
		successful: "success",
		passed: "success",
		ok: "success",
	},
	...{
		canceled: "cancelled",
		tags: "tag",
		branches: "branch",
		amd64: "X64",
		x86_64: "X64",
		aarch64: "ARM64",
		osx: "macOS",
	},
	...{ mac: "macOS", failing: "failure", win32: "Windows", debian: "Linux", completed: "success" },
};

/** What a name in an expression can be; undefined where nobody can tell. */
export function possibleFor(
	path: readonly string[],
	where: { tree: Tree; workflow: Workflow; job: Job | undefined },
): Possible | undefined {
	const name = [path[0]!.toLowerCase(), ...path.slice(1)].join(".");
	const of = (texts: readonly string[]): Possible => ({
		...{ texts, never: "boolean" },
		say: `${name} is ${texts
			.filter(Boolean)
			.join(", ")
			.replace(/, (?=[^,]*$)/, " or ")}`,
		instead: (value) =>
			ownOf(MEANT, value.toLowerCase()) ??
			texts.find((one) => value !== "" && one.toLowerCase().startsWith(value.toLowerCase())),
	});
	if (Object.hasOwn(FIXED, name)) return of(FIXED[name]!);
	if (/^steps\.[^.]+\.(?:outcome|conclusion)$|^needs\.[^.]+\.result$/.test(name)) return of(RESULTS);
	if (BOOLEANS.test(name)) return { never: "text", say: `${name} is true or false, and no text` };
	const [context, key] = [path[0]!.toLowerCase(), path[1]!];
	if (context === "matrix") return inMatrix(path.slice(1), where.job);
	if (context === "inputs" && path.length === 2) return ofInput(key, where.workflow, true);
	if (context === "github" && key === "event" && path[2] === "inputs" && path.length === 4)
		return ofInput(path[3]!, where.workflow, false);
	if (context === "github" && path.length === 2) return ofGithub(key.toLowerCase());
	if ((context === "env" || context === "vars") && path.length === 2)
		return { never: "boolean", say: `${name} is a text, and no text is true or false` };
	if ((context === "steps" || context === "needs") && path[2] === "outputs" && path.length === 4)
		return ofOutput(path, where);
	return undefined;
}

function ofGithub(key: string): Possible | undefined {
	if (key === "ref")
		return {
			form: /^(?:refs\/(?:heads|tags|pull)\/.|$)/,
			say: "github.ref is a full name, such as refs/heads/main or refs/tags/v1",
			instead: (value) =>
				/^v?\d/.test(value) ? `refs/tags/${value}` : /^[\w-]+$/.test(value) ? `refs/heads/${value}` : undefined,
		};
	if (/^(?:ref_name|head_ref|base_ref)$/.test(key))
		return {
			form: /^(?!refs\/(?:heads|tags)\/)/,
			say: `github.${key} is a short name, such as main`,
			instead: (value) => value.replace(/^refs\/(?:heads|tags)\//, ""),
		};
	if (key === "repository") return { form: /^[^/]+\/[^/]+$/, say: "github.repository is OWNER/NAME" };
	return key === "repository_owner"
		? { form: /^[^/]*$/, say: "github.repository_owner is a name without a slash" }
		: undefined;
}

/** Whether a comparison can hold; undefined where nobody can tell. */
export function canHold(
	{ how, value }: Comparison,
	{ texts, form, never }: Possible,
	pass: (one: string) => boolean,
): boolean | undefined {
	if (typeof value === "boolean") return never === "boolean" && value ? false : undefined;
	if (typeof value === "string" && /^(?:true|false)$/i.test(value) && never === "text") return false;
	if (texts !== undefined) return texts.some(pass);
	if (form === undefined || typeof value !== "string") return undefined;
	if (how === "==" || how === "!=") return form.test(value);
	// `refs/` itself, and what goes on from there.
	if (how === "startsWith")
		return (
			form.test(value) ||
			form.test(`${value}x`) ||
			"refs/heads/ refs/tags/ refs/pull/".split(" ").some((one) => one.startsWith(value.toLowerCase()))
		);
	return undefined;
}
