import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";
import { literalIn } from "./env-statement.ts";
import { returningIn, type Returning } from "./returned.ts";
import { standingOf } from "./standing.ts";
import { tupleOf, unpackedIn } from "./unpacked.ts";

/** The texts that an expression may have; `*` stands for a part that nobody knows. Undefined: nothing is known. */
export type Values = readonly string[] | undefined;

/** What names stand for in a tree, as far as it is literal. */
export interface Names {
	/** Texts that the name may have in this file, or, when the file does not say, in the tree. */
	valuesOf: (file: SourceFile, name: string) => Values;
	resolve: (file: SourceFile, expression: string) => Values;
}

const DEPTH = 6;
const ASSIGNED =
	/^[ \t]*(?:export[ \t]+)?(?:const|let|var|readonly|static|public|private|\[string\])?[ \t]*\$?(?:self\.|this\.|script:)?([A-Za-z_]\w*)[ \t]*(?::[ \t]*[\w[\]|. "']+)?[ \t]*=(?![=>])[ \t]*([^\n]+)/gm;

export const namesOf = once((tree: Tree): Names => {
	const files = new Map<SourceFile, ReadonlyMap<string, string[]>>();
	const assignedIn = (file: SourceFile): ReadonlyMap<string, string[]> => {
		const had = files.get(file);
		if (had) return had;
		const made = assignments(file);
		files.set(file, made);
		return made;
	};
	const shared = Map.groupBy(
		tree
			.in("python", "javascript")
			.filter((file) => standingOf(file.path) === "live" && file.has(/queue/i))
			.flatMap((file) => [...assignedIn(file).keys()].map((name) => ({ name, file }))),
		({ name }) => name,
	);
	const valuesOf = (file: SourceFile, name: string, depth = 0): Values => {
		const own = assignedIn(file).get(name);
		if (own) return union(own.map((expression) => resolve(file, expression, depth + 1)));
		const elsewhere = /^[A-Z]|queue/i.test(name) ? (shared.get(name) ?? []) : [];
		if (elsewhere.length > 0 && depth < DEPTH)
			return union(
				elsewhere.flatMap((one) =>
					assignedIn(one.file)
						.get(name)!
						.map((expression) => resolve(one.file, expression, depth + 1)),
				),
			);
		return undefined;
	};
	const resolve = (file: SourceFile, expression: string, depth = 0, own?: ReadonlyMap<string, Values>): Values => {
		if (depth > DEPTH) return undefined;
		const [, name, inside] = /^(?:\w+\.)*([A-Za-z_]\w*)\(((?:[^()]|\(\))*)\),?$/.exec(expression.trim()) ?? [];
		const part = /^([^]*\))\[(\d+)\]$/.exec(expression.trim());
		if (part !== null) return partOf(file, part[1]!, Number(part[2]), depth, own);
		const called = name === undefined ? undefined : returningIn(tree).get(name);
		if (called !== undefined) return returned(file, called, inside!, depth, own, (text) => text);
		return resolveText(
			expression,
			(one) => (own?.has(one) ? own.get(one) : valuesOf(file, one, depth + 1)),
			(one) => envValue(tree, one),
		);
	};
	/** What functions return, or the part of it that `pick` takes. */
	const returned = (
		file: SourceFile,
		called: readonly Returning[],
		inside: string,
		depth: number,
		own: ReadonlyMap<string, Values> | undefined,
		pick: (text: string) => string | undefined,
	): Values => {
		const given = inside.split(",").map((one) => resolve(file, one.replace(/^\s*\w+\s*=(?!=)/, ""), depth + 1, own));
		return union(
			called.flatMap((one) => {
				const named = new Map(one.params.map((param, at) => [param, given[at]]));
				return one.returns.map((text) => {
					const picked = pick(text);
					return picked === undefined ? undefined : resolve(one.file, picked, depth + 1, named);
				});
			}),
		);
	};
	/** Of `call(…)[0]`: what the functions return is a tuple or a list that is written out. */
	const partOf = (
		file: SourceFile,
		call: string,
		at: number,
		depth: number,
		own: ReadonlyMap<string, Values> | undefined,
	): Values => {
		const [, name = "", inside = ""] =
			/^(?:await\s+)?(?:\w+\.)*([A-Za-z_]\w*)\(((?:[^()]|\(\))*)\)$/.exec(call.trim()) ?? [];
		const called = returningIn(tree).get(name);
		return called === undefined ? undefined : returned(file, called, inside, depth, own, (text) => tupleOf(text)?.[at]);
	};
	return { valuesOf, resolve };
});

function assignments(file: SourceFile): Map<string, string[]> {
	const found = new Map<string, string[]>();
	for (const { 1: name, 2: expression } of file.matches(ASSIGNED))
		found.set(name!, [...(found.get(name!) ?? []), expression!.replace(/;?\s*(?:#|\/\/).*$/, "").replace(/;\s*$/, "")]);
	for (const { name, expression } of [...properties(file), ...entries(file), ...unpackedIn(file)])
		found.set(name, [...(found.get(name) ?? []), expression]);
	return found;
}

/** What a property of a class of Python returns: `def cpu_queue(self): return f"{self.base}@cpu"`. */
const properties = (file: SourceFile) =>
	file.language === "python"
		? [
				...file.text.matchAll(
					/^[ \t]+@(?:cached_)?property\n[ \t]+def (\w+)\(self\)[^\n]*:\n(?:[ \t]+"""[^"]*"""\n)?[ \t]+return ([^\n(]+)$/gm,
				),
			].map(([, name, expression]) => ({ name: name!, expression: expression! }))
		: [];

/** The texts of a table: of `QUEUES = { cpu: "clips@cpu" }` QUEUES.cpu. */
const entries = (file: SourceFile) =>
	[
		...file.text.matchAll(/(?<![\w.])([A-Z]\w*)\s*(?::[^=\n]+)?=\s*(?:Object\.freeze\(\s*)?\{([^{}]{0,2000})\}/g),
	].flatMap(([, table, body]) =>
		[...body!.matchAll(/(?:^|[,\n])\s*["']?(\w+)["']?\s*:\s*((["'`])[^"'`\n$]*\3)/g)].map(([, key, expression]) => ({
			name: `${table!}.${key!}`,
			expression: expression!,
		})),
	);

const union = (all: readonly Values[]): Values => {
	const known = all.filter((one) => one !== undefined).flat();
	return known.length === 0 || all.includes(undefined) ? undefined : [...new Set(known)];
};

/** The literal default of a name of the environment; what settings give it comes on top. */
const envValue = (tree: Tree, name: string): Values => {
	const values = envOf(tree)
		.filter(
			(one) =>
				one.name === name &&
				!one.comment &&
				one.value !== undefined &&
				one.value !== "" &&
				standingOf(one.file.path) === "live",
		)
		.map(({ value }) => value!);
	return values.length === 0 ? undefined : [...new Set(values)];
};

function resolveText(expression: string, named: (name: string) => Values, env: (name: string) => Values): Values {
	const text = expression
		.trim()
		.replace(/[,)]+$/, (end) => (/\(/.test(expression) ? end : ""))
		.trim();
	const filled = /^(?:f|rf|fr)(["'])((?:(?!\1).)*)\1$|^`([^`]*)`$|^"([^"]*\$[^"]*)"$/.exec(text);
	if (filled) return template(filled[2] ?? filled[3] ?? filled[4]!, (inner) => resolveText(inner, named, env));
	if (/^[rbu]?(["'])(?:(?!\1).)*\1$/.test(text)) return [literalIn(text)!];
	const sum = /^(.+?)\s*\+\s*(["'].*["'])$/.exec(text);
	if (sum) return combine([resolveText(sum[1]!, named, env) ?? ["*"], resolveText(sum[2]!, named, env) ?? ["*"]]);
	const choice =
		/^(.+?)\s+if\s+.+?\s+else\s+(.+)$/.exec(text) ??
		/^.+?\?\s*([^?:]+?)\s*:\s*(.+)$/.exec(text.includes("??") ? "" : text);
	if (choice) return union([resolveText(choice[1]!, named, env), resolveText(choice[2]!, named, env)]);
	const read =
		/(?:getenv|environ(?:\.get)?|env\w*(?:\.get)?)\s*[([]\s*["'](\w+)["']\s*(?:,\s*(["'][^"']*["']))?/i.exec(text) ??
		/(?:process\.env)\.(\w+)(?:\s*(?:\?\?|\|\|)\s*(["'`][^"'`]*["'`]))?/.exec(text);
	if (read)
		return read[2] === undefined ? env(read[1]!) : [...new Set([literalIn(read[2])!, ...(env(read[1]!) ?? [])])];
	const member = /^([A-Z]\w*)(?:\.|\[["'])(\w+)(?:["']\])?$/.exec(text);
	const entry = member === null ? undefined : named(`${member[1]!}.${member[2]!}`);
	if (entry !== undefined) return entry;
	const name = /^(?:\w+(?:\(\))?\.)*([A-Za-z_]\w*)$/.exec(text)?.[1];
	return name === undefined ? undefined : named(name);
}

/** `{base}@cpu`, `${base}@cpu`, `$base@cpu`; what is not known is `*`. */
function template(text: string, resolve: (inner: string) => Values): string[] {
	const parts = text.split(/(\$?\{[^{}]*\}|\$\w+)/);
	return combine(
		parts.map((part) => {
			const inner = /^\$?\{([^{}]*)\}$|^\$(\w+)$/.exec(part);
			return inner ? (resolve((inner[1] ?? inner[2]!).replace(/![rsa]$|:[-\w]*$/, "")) ?? ["*"]) : [part];
		}),
	);
}

const combine = (parts: readonly (readonly string[])[]): string[] => {
	const all = parts.reduce<string[]>(
		(made, part) => made.flatMap((start) => part.map((end) => start + end)).slice(0, 16),
		[""],
	);
	return [...new Set(all)];
};
