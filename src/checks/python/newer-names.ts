import type { SourceFile } from "../tree/source-file.ts";
import { importsOf, standingOf } from "./imports.ts";

/** A name of the standard library that came with a version. */
export interface NewerName {
	name: string;
	/** `3.11` */
	since: string;
	at: number;
}

/** Whole modules, and names of modules, by the version that brought them: docs.python.org/3/whatsnew. */
const MODULES: Readonly<Record<string, string>> = { graphlib: "3.9", zoneinfo: "3.9", tomllib: "3.11" };
const NAMES: Readonly<Record<string, readonly (readonly [since: string, names: RegExp])[]>> = {
	asyncio: [["3.11", /^(?:TaskGroup|timeout|timeout_at|Runner|Barrier)$/]],
	copy: [["3.13", /^replace$/]],
	datetime: [["3.11", /^UTC$/]],
	enum: [["3.11", /^(?:StrEnum|EnumType|verify|member|nonmember)$/]],
	functools: [["3.9", /^cache$/]],
	itertools: [
		["3.10", /^pairwise$/],
		["3.12", /^batched$/],
	],
	types: [["3.10", /^(?:NoneType|EllipsisType|UnionType)$/]],
	typing: [
		["3.9", /^Annotated$/],
		["3.10", /^(?:Concatenate|ParamSpec|TypeAlias|TypeGuard)$/],
		[
			"3.11",
			/^(?:LiteralString|Never|NotRequired|Required|Self|TypeVarTuple|Unpack|assert_never|assert_type|dataclass_transform|reveal_type)$/,
		],
		["3.12", /^(?:TypeAliasType|override)$/],
		["3.13", /^(?:NoDefault|ReadOnly|TypeIs)$/],
	],
	warnings: [["3.13", /^deprecated$/]],
};

/** What a file takes from the standard library that not every version has, where nothing stands in for it. */
export const newerNames = (file: SourceFile): NewerName[] =>
	importsOf(file).flatMap((one): NewerName[] => {
		const whole = Object.hasOwn(MODULES, one.module) ? [{ name: one.module, since: MODULES[one.module]! }] : [];
		const known = Object.hasOwn(NAMES, one.module) ? NAMES[one.module]! : [];
		const parts = one.names.flatMap((name) =>
			known.filter(([, names]) => names.test(name)).map(([since]) => ({ name: `${one.module}.${name}`, since })),
		);
		const found = [...whole, ...parts];
		if (found.length === 0) return [];
		const { real, guarded } = standingOf(file, one);
		return real && !guarded ? found.map((each) => ({ ...each, at: one.at })) : [];
	});
