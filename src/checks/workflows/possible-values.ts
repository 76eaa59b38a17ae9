import type { Tree } from "../tree/tree.ts";
import type { Comparison } from "./comparisons.ts";
import type { Job, Workflow } from "./model.ts";
import { outputsOf } from "./outputs.ts";
import type { Part } from "./part.ts";

/** What a name can be. */
export interface Possible {
	/** Every text that it can be. */
	texts?: readonly string[];
	/** What every text of it matches. */
	form?: RegExp;
	/** It is never a boolean, or never a text. */
	never?: "boolean" | "text";
	/** For a person: `github.ref is a full name, such as refs/heads/main`. */
	say: string;
	/** What is to be written for the value, where that is known. */
	instead?: (value: string) => string | undefined;
	place?: Part;
}

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
			MEANT[value.toLowerCase()] ??
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

function inMatrix([key = "", ...rest]: readonly string[], job: Job | undefined): Possible | undefined {
	const matrix = job?.part.get("strategy", "matrix");
	if (matrix === undefined || matrix.kind !== "map") return undefined;
	const [own, include] = [matrix.get(key), matrix.get("include")];
	if ((own !== undefined && own.kind !== "list") || (include !== undefined && include.kind !== "list"))
		return undefined;
	const rows = (include?.list ?? []).flatMap((row) => (row.kind === "map" ? (row.get(key) ?? []) : row));
	const parts = [...(own?.list ?? []), ...rows];
	const values =
		rest.length === 0 ? parts : parts.flatMap((part) => (part.kind === "map" ? (part.get(...rest) ?? []) : part));
	if (values.length === 0 || values.some(({ text }) => text === undefined || text.includes("${{"))) return undefined;
	const texts = [...new Set(values.map(({ text }) => text!))];
	return {
		texts: [...texts, ""],
		say: `the matrix of job \`${job!.id}\` has ${texts.slice(0, 6).join(", ")} for ${[key, ...rest].join(".")}`,
		instead: (value) => texts.find((one) => value !== "" && one.toLowerCase().startsWith(value.toLowerCase())),
		place: values[0]!,
	};
}

/** `typed`: by the context inputs, where a boolean is one; github.event.inputs has texts alone. */
function ofInput(name: string, { root, on, kind }: Workflow, typed: boolean): Possible | undefined {
	if (kind === "action")
		return root.get("inputs", name) === undefined
			? undefined
			: { never: "boolean", say: `the input ${name} of an action is a text` };
	const events = typed ? ["workflow_dispatch", "workflow_call"] : ["workflow_dispatch"];
	const declared = events.flatMap((event) => on.get(event)?.get("inputs")?.get(name) ?? []);
	const [first] = declared;
	if (first === undefined) return undefined;
	const isA = (type: string): boolean => declared.every((part) => part.get("type")?.text === type);
	if (isA("boolean")) {
		if (!typed)
			return {
				texts: ["true", "false", ""],
				never: "boolean",
				say: `github.event.inputs.${name} is a text`,
				place: first,
			};
		return { never: "text", say: `the input ${name} is a boolean, and no text`, place: first };
	}
	const options = first.get("options")?.texts.map(({ text }) => text!) ?? [];
	if (!isA("choice") || declared.length > 1 || options.length === 0 || options.some((one) => one.includes("${{")))
		return undefined;
	return {
		texts: [...options, ""],
		say: `the input ${name} is one of ${options.join(", ")}`,
		instead: (value) =>
			options.find(
				(one) =>
					value !== "" &&
					(one.toLowerCase().startsWith(value.toLowerCase()) || value.toLowerCase().startsWith(one.toLowerCase())),
			),
		place: first,
	};
}

const IS_TEXT = "an output is a text, and no text is true or false";

/** Of a step whose script writes constants alone. */
function ofOutput(path: readonly string[], { tree, workflow, job }: Parameters<typeof possibleFor>[1]): Possible {
	const unknown: Possible = { never: "boolean", say: IS_TEXT };
	let [owner, id, name] = [job, path[1]!, path[3]!];
	if (path[0]!.toLowerCase() === "needs") {
		owner = workflow.jobs.find((one) => one.id === id);
		const told = owner?.part.get("outputs", name)?.text;
		const from = /^\s*\$\{\{\s*steps\.([\w-]+)\.outputs\.([\w-]+)\s*\}\}\s*$/.exec(told ?? "");
		if (from === null) return unknown;
		[id, name] = [from[1]!, from[2]!];
	}
	const step = owner?.steps.find((one) => one.id === id);
	if (step?.run === undefined || outputsOf(step, tree)?.has(name) !== true) return unknown;
	const script = step.run.text!;
	const written = [...script.matchAll(new RegExp(`(?<![\\w-])${RegExp.escape(name)}(=|<<)([^\\n]*)`, "g"))];
	const values = written.map(([, how, rest]) =>
		how === "=" ? /^([\w./-]*)["']?\s*(?:>>|;|\||$)/.exec(rest!)?.[1] : undefined,
	);
	if (values.length === 0 || values.some((one) => one === undefined)) return unknown;
	// A group or a file of its own may write what only the run knows.
	if (/<<|\btee\b|\bcat\b|\bprintf\b/.test(script)) return unknown;
	const texts = [...new Set(values as string[])];
	return {
		...{ texts: [...texts, ""], never: "boolean", place: step.run },
		say: `the step ${id} writes ${name} as ${texts.map((one) => one || "an empty text").join(", ")}`,
	};
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
