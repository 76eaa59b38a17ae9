import type { SourceFile } from "../tree/source-file.ts";
import { literalIn, type EnvStatement } from "./env-statement.ts";

/** A read of the environment that a file was handed under a name of its own. */
export type HandedRead = Pick<EnvStatement, "defaulted" | "name" | "needed" | "value"> & { how: "reads"; at: number };

/** `env: Env = process.env`, `const env = import.meta.env`, `env: NodeJS.ProcessEnv`, `env: Mapping[str, str] = os.environ` */
const HANDED =
	/\b(\w*[eE]nv\w*|source|vars)\b[ \t]*(?::[ \t]*[\w.<>[\], |]+?)?[ \t]*=[ \t]*(?:process\.env|import\.meta\.env|Bun\.env|(?:os\.)?environ)\b(?![.[(])|\b(\w+)\??:[ \t]*NodeJS\.ProcessEnv\b/g;
const NEEDS = /require|must|needed|mandatory|demand/i;

/** Reads by `env.NAME ?? "x"`, `env["NAME"]` and `integer(env, "NAME", 300)`. */
export function handedReads(file: SourceFile): HandedRead[] {
	if (!file.has(/process\.env|import\.meta\.env|Bun\.env|ProcessEnv|environ\b/)) return [];
	const names = new Set(file.matches(HANDED).map(([, a, b]) => (a ?? b)!));
	names.delete("process");
	return [...names].flatMap((name) => [...byCall(file, name), ...byMember(file, name)]);
}

const byCall = (file: SourceFile, env: string): HandedRead[] =>
	file
		.matches(new RegExp(`\\b(\\w+)\\(\\s*${env}\\s*,\\s*["']([A-Z][A-Z0-9_]{2,})["']\\s*(?:,\\s*([^\\n]*?))?\\)`, "g"))
		.map(({ 1: by, 2: name, 3: given, index }) => ({
			name: name!,
			how: "reads" as const,
			value: given === undefined ? undefined : literalIn(given),
			defaulted: given !== undefined,
			needed: given === undefined && NEEDS.test(by!),
			at: index,
		}));

const byMember = (file: SourceFile, env: string): HandedRead[] =>
	file
		.matches(
			new RegExp(
				`(?<![\\w.])${env}(?:\\.([A-Z][A-Z0-9_]{2,})\\b|\\[\\s*["']([A-Z][A-Z0-9_]{2,})["']\\s*\\])(?!\\s*=(?!=))(?:\\s*(?:\\?\\?|\\|\\|)\\s*([^\\n,)]*))?`,
				"g",
			),
		)
		.map(({ 1: dot, 2: key, 3: given, index }) => ({
			name: (dot ?? key)!,
			how: "reads" as const,
			value: given === undefined ? undefined : literalIn(given),
			defaulted: true,
			needed: false,
			at: index,
		}));
