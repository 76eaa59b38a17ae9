import { documentRows } from "../claims/tables.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { EnvStatement } from "./env-statement.ts";
import { liveEnvOf } from "./env.ts";
import { otherUnit } from "./option-durations.ts";
import { unitOfName } from "./time-units.ts";

type Unit = "milliseconds" | "seconds";

/** A default of a name of the environment that counts time. */
interface Usual {
	usual: number;
	file: SourceFile;
	line: number;
}

/** A setting that is given in the other unit, as far as its default tells. */
export interface OtherUnit {
	set: EnvStatement;
	unit: Unit;
	other: Unit;
	/** Where the default is told. */
	usual: Usual;
}

const NUMBER = /^\d[\d_]*(?:\.\d+)?$/;

/** Values of the environment that are about a thousand times too large or too small beside the default of code or of a document. */
export function otherUnits(tree: Tree): OtherUnit[] {
	const timed = liveEnvOf(tree).filter(({ name, value }) => isTimed(name) && NUMBER.test(value ?? ""));
	const sets = timed.filter(({ how, comment }) => how === "sets" && !comment);
	if (sets.length === 0) return [];
	const byName = new Map<string, Usual[]>();
	const add = (name: string, one: Usual) => byName.set(name, [...(byName.get(name) ?? []), one]);
	for (const { how, name, value, file, line } of timed)
		if (how === "reads") add(name, { usual: Number(value), file, line });
	for (const { name, ...one } of told(tree)) add(name, one);
	return sets.flatMap((set): OtherUnit[] => {
		const all = byName.get(set.name) ?? [];
		const [first] = all;
		const unit = unitOfName(set.name) as Unit;
		if (first === undefined || all.some(({ usual }) => usual !== first.usual)) return [];
		const other = otherUnit(Number(set.value), { unit, usual: first.usual });
		const meant = Number(set.value) * (other === "seconds" ? 1000 : 0.001);
		// Who hurries a test or a small machine takes a part of the default, and no other unit.
		return other === undefined || meant > first.usual * 5 || meant < first.usual / 5
			? []
			: [{ set, unit, other, usual: first }];
	});
}

const isTimed = (name: string): boolean => /^(?:milliseconds|seconds)$/.test(unitOfName(name) ?? "");

/** Rows of tables with a column Default: `WAIT_MS` | `300000`. */
const told = (tree: Tree): (Usual & { name: string })[] =>
	documentRows(tree).flatMap(({ cells, line, file }) => {
		const usual = [...cells].find(([head]) => /^defaults?(?: value)?$/.test(head))?.[1].replaceAll("`", "");
		const name = [...cells.values()].flatMap((cell) => /^`?([A-Z][A-Z0-9_]+)`?$/.exec(cell.trim())?.[1] ?? [])[0];
		return name !== undefined && isTimed(name) && NUMBER.test(usual ?? "")
			? [{ name, usual: Number(usual!.replaceAll("_", "")), file, line }]
			: [];
	});
