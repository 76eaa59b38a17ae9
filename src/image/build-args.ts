import type { PropertyInstruction } from "dockerfile-ast";

/** What a name stands for at one place of a Dockerfile: null where that is not known, undefined where it has no value. */
type Lookup = (name: string) => string | undefined | null;

/** Arguments and environment of a stage, up to the instruction that is looked at. */
export interface Scope {
	args: Map<string, string | undefined>;
	/** Names that ENV gives: it goes before ARG, and what is in force depends on the builder. */
	env: Set<string>;
}

/**
 * A scope takes ARG and ENV in the order of the text, as docker build does; a stage has what the one below it has
 * (https://docs.docker.com/reference/dockerfile/#scope).
 */
export const scopeOf = (below?: Scope): Scope => ({ args: new Map(below?.args), env: new Set(below?.env) });

/**
 * Adds the names of an ARG.
 * @param given values of --build-arg, before any default
 * @param global what stands above the first FROM, which a name without a default takes; undefined there itself
 */
export function addArgs(
	scope: Scope,
	instruction: PropertyInstruction,
	given: Readonly<Record<string, string>>,
	global?: Scope,
): void {
	for (const property of instruction.getProperties()) {
		const name = property.getName();
		const written = property.getUnescapedValue() ?? undefined;
		const plain = property.getValue() ?? undefined;
		const isPlain = !/[\\']/.test(written ?? "") || !/[\\$]/.test(written ?? "");
		const fallback =
			plain === undefined ? global?.args.get(name) : expand(plain, global ? inStage(scope) : globally(scope));
		if (isPlain) scope.args.set(name, Object.hasOwn(given, name) ? given[name] : fallback);
		else scope.env.add(name);
	}
}

/**
 * Takes an ENV into the scope, where it hides the ARG of its name (docs.docker.com/reference/dockerfile, "Using ARG
 * variables").
 */
export function addEnv(scope: Scope, instruction: PropertyInstruction): void {
	for (const property of instruction.getProperties()) scope.env.add(property.getName());
}

/** Within a stage, what is no argument of it may come from the image below. */
export const inStage =
	({ args, env }: Scope): Lookup =>
	(name) =>
		args.has(name) && !env.has(name) ? args.get(name) : null;

/** Above the first FROM, and in it, there are arguments only. */
export const globally =
	({ args, env }: Scope): Lookup =>
	(name) =>
		env.has(name) ? null : args.get(name);

/** `$A`, `${A}`, `${A:-b}`, `${A-b}`, `${A:+b}`, `${A+b}`; what is not known or has no value stays as it is. */
export const expand = (text: string, lookup: Lookup): string =>
	text.replaceAll(
		/\$(?:\{(\w+)(?:(:?[-+])([^{}$]*))?\}|(\w+))/g,
		(
			all,
			braced: string | undefined,
			operator: string | undefined,
			word: string | undefined,
			bare: string | undefined,
		) => {
			const value = lookup(braced ?? bare!);
			if (value === null) return all;
			const isSet = value !== undefined && (value !== "" || !operator?.startsWith(":"));
			if (operator?.endsWith("+")) return isSet ? word! : "";
			return isSet ? value : (word ?? all);
		},
	);
