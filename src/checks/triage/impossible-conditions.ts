import { referencesIn, textsBelow } from "../workflows/expressions.ts";
import { workflowsOf } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS456",
	scope: "static",
	severity: "error",
	question: "Can the conditions of workflows hold: is a value compared with one that it can have?",
	why: "The job or the step never runs, and the workflow is green all the same; with `!=` it always runs.",
	example: "`if: github.ref == 'main'`: the ref is `refs/heads/main`; write that, or github.ref_name == 'main'.",
	run(tree) {
		const workflows = workflowsOf(tree);
		const parts = workflows.flatMap(({ root }) => [...textsBelow(root)].map(([key, part]) => ({ key, part })));
		const told = parts.filter(({ key, part }) => key === "if" || part.text!.includes("${{"));
		return { looked: `${told.length} expressions`, findings: told.flatMap((one) => inText(one.part, one.key)) };
	},
} satisfies StaticCheck;

const COMPARED =
	/(?<![\w.])((?:github|runner|job|needs|steps)(?:\.[\w-]+)+)\s*(==|!=)\s*'([^']*)'|'([^']*)'\s*(==|!=)\s*((?:github|runner|job|needs|steps)(?:\.[\w-]+)+)/g;
const STARTS = /\bstartsWith\(\s*(github\.(?:ref|ref_name|base_ref|head_ref))\s*,\s*'([^']*)'\s*\)/g;

function inText(part: Part, key: string): Found[] {
	const text = part.text!;
	if (key !== "if" && referencesIn(part, key).length === 0) return [];
	const compared = [...text.matchAll(COMPARED)].flatMap(
		({ 1: a, 2: sign, 3: value, 4: left, 5: turned, 6: b, index }): Found[] => {
			const [name, other, operator] = [(a ?? b)!, (value ?? left)!, (sign ?? turned)!];
			const right = impossible(name, other);
			return right === undefined
				? []
				: [
						{
							message: `\`${name} ${operator} '${other}'\` ${operator === "==" ? "never holds" : "always holds"}: ${right.why}`,
							evidence: [part.placeIn(index)],
							fix: { say: right.say },
						},
					];
		},
	);
	const starts = [...text.matchAll(STARTS)].flatMap(({ 0: all, 1: name, 2: value, index }): Found[] => {
		const full = name === "github.ref";
		const fits = full
			? value === "" || "refs/".startsWith(value!) || /^refs\/(?:$|h|t|p)/.test(value!)
			: !value!.startsWith("refs/");
		if (fits) return [];
		return [
			{
				message: `\`${all}\` never holds: ${full ? "github.ref begins with refs/" : `${name!} is the name alone, without refs/`}`,
				evidence: [part.placeIn(index)],
				fix: {
					say: full
						? `write startsWith(github.ref_name, '${value!}')`
						: `write '${value!.replace(/^refs\/(?:heads|tags)\//, "")}'`,
				},
			},
		];
	});
	return [...compared, ...starts];
}

interface Wrong {
	why: string;
	say: string;
}

/** Values that a context can have; comparisons take no heed of case. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
	"runner.os": ["Linux", "Windows", "macOS"],
	"runner.arch": ["X86", "X64", "ARM", "ARM64"],
	"github.ref_type": ["branch", "tag"],
	"job.status": ["success", "failure", "cancelled"],
};
const RESULTS = ["success", "failure", "cancelled", "skipped"];

function impossible(name: string, value: string): Wrong | undefined {
	if (value === "") return undefined;
	if (name === "github.ref" && !value.startsWith("refs/"))
		return {
			why: "github.ref is refs/heads/…, refs/tags/… or refs/pull/…",
			say: `write github.ref == 'refs/heads/${value}', or github.ref_name == '${value}'`,
		};
	if (/^github\.(?:ref_name|head_ref|base_ref)$/.test(name) && value.startsWith("refs/"))
		return {
			why: `${name} is the name alone`,
			say: `write '${value.replace(/^refs\/(?:heads|tags)\//, "")}', or compare github.ref`,
		};
	const known =
		VALUES[name] ??
		(/^(?:needs\.[\w-]+\.result|steps\.[\w-]+\.(?:outcome|conclusion))$/.test(name) ? RESULTS : undefined);
	if (known === undefined || known.some((one) => one.toLowerCase() === value.toLowerCase())) return undefined;
	return { why: `it is one of ${known.join(", ")}`, say: `write one of ${known.join(", ")}` };
}
