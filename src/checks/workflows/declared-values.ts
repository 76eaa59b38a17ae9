import type { Tree } from "../tree/tree.ts";
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

/** What the rows of its job have. */
export function inMatrix([key = "", ...rest]: readonly string[], job: Job | undefined): Possible | undefined {
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
export function ofInput(name: string, { root, on, kind }: Workflow, typed: boolean): Possible | undefined {
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
export function ofOutput(
	path: readonly string[],
	{ tree, workflow, job }: { tree: Tree; workflow: Workflow; job: Job | undefined },
): Possible {
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
