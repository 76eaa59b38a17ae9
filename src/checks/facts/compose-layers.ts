import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** What one command of the tree gives to compose by `-f`: names without folders. */
const commandsOf = once((tree: Tree): readonly ReadonlySet<string>[] =>
	tree.files.flatMap((file) => (file.text.length < 400_000 && file.has(NAMES) ? commandsIn(file) : [])),
);

const NAMES = /compose[\w.-]*\.ya?ml/;
const FILE = /(?:(?:-f|--file)[=\s"',]+|COMPOSE_FILE\W+|[:;])(?:[^\s"',;:]*\/)?([\w.-]*compose[\w.-]*\.ya?ml)\b/g;
/** `--env-file "$file"`: no files of compose are in such a value. */
const VALUE = /--?[\w-]+[=\s]+["']?\$\{?\w+\}?["']?/g;

function commandsIn(file: SourceFile): ReadonlySet<string>[] {
	return file.text
		.replaceAll(/[\\`]\r?\n/g, " ")
		.split("\n")
		.filter((line) => line.length < 2000 && NAMES.test(line))
		.flatMap((line) => {
			const names = [...line.matchAll(FILE)].map(([, name]) => name!);
			const [before] = line.split(names[0] ?? "\0");
			const whole = /\bdocker[ -]compose\b|COMPOSE_FILE/.test(before!) && !before!.replaceAll(VALUE, "").includes("$");
			return names.length > 1 || (whole && names.length > 0) ? [new Set(names)] : [];
		});
}

/** Whether two compose files of one folder may be laid over one another: not where commands name one of them alone. */
export function mayBeLaid(tree: Tree, one: SourceFile, other: SourceFile): boolean {
	const [a, b] = [posix.basename(one.path), posix.basename(other.path)];
	if (a === b) return true;
	const commands = commandsOf(tree);
	if (commands.some((names) => names.has(a) && names.has(b))) return true;
	const isDefault = (name: string): boolean => /^(?:docker-)?compose\.ya?ml$/.test(name);
	return !commands.some((names) => (names.has(a) && !isDefault(a)) || (names.has(b) && !isDefault(b)));
}
