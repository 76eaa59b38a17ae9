import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { pathsOf } from "../claims/named-paths.ts";
import { literalsIn } from "../secrets/literals.ts";
import { addressesOf } from "./addresses.ts";
import { envOf } from "./env.ts";
import { placeIn } from "./found.ts";
import { imagesOf } from "./images.ts";
import { portsOf } from "./ports.ts";
import { queuesOf } from "./queues.ts";
import { isEnvExample, standingOf } from "./standing.ts";
import { versionsOf } from "./versions.ts";

export const FACT_KINDS = ["credential", "endpoint", "env", "image", "path", "port", "queue", "version"] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** A line that states a fact. */
interface FactPlace {
	/** From the root, with slashes. */
	path: string;
	/** Counted from 1. */
	line: number;
	/** The line, without secrets. */
	text: string;
	/** What the line does with it. Tests and examples document; what is set aside or tells of former times is history. */
	as: "defines" | "documents" | "history" | "uses";
	/** It is not carried out. */
	comment: boolean;
	/** What it says, where it says one thing; never the value of a secret. */
	value: string | null;
}

/** One logical thing with every place that states it. */
export interface Fact {
	kind: FactKind;
	/** Of a port its number, of a queue or an image its name. */
	name: string;
	places: FactPlace[];
}

interface Stated {
	kind: FactKind;
	name: string;
	file: SourceFile;
	line: number;
	value?: string | undefined;
	uses?: boolean;
	comment?: boolean;
}

/** Everything that the files of a tree say about the things they share, by kind and name. */
export function factsOf(tree: Tree, kind?: FactKind): Fact[] {
	const kinds = kind === undefined ? FACT_KINDS : [kind];
	return kinds.flatMap((one) => {
		const groups = Map.groupBy(STATED[one](tree), ({ name }) => name);
		return [...groups]
			.toSorted(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, stated]): Fact => ({ kind: one, name, places: placesOf(stated) }));
	});
}

const STATED: Readonly<Record<FactKind, (tree: Tree) => Stated[]>> = {
	credential: (tree) =>
		tree.files
			.filter(({ path, text }) => standingOf(path) !== "vendored" && text.length < 400_000)
			.flatMap((file) => literalsIn(file).map(({ name, line }) => ({ kind: "credential" as const, name, file, line }))),
	endpoint: (tree) =>
		addressesOf(tree).map(({ name, file, line, address: { host, port } }) => ({
			kind: "endpoint",
			name,
			file,
			line,
			value: port === undefined ? host : `${host}:${port}`,
		})),
	env: (tree) =>
		envOf(tree).map(({ name, file, line, value, how, comment }) => ({
			kind: "env",
			name,
			file,
			line,
			value: SECRET.test(name) ? undefined : value,
			uses: how === "reads",
			comment,
		})),
	image: (tree) =>
		imagesOf(tree).map(({ repository, tag, file, line, how }) => ({
			kind: "image",
			name: repository,
			file,
			line,
			value: tag,
			uses: how === "uses",
		})),
	path: (tree) =>
		pathsOf(tree).map(({ path, there, file, line }) => ({
			kind: "path",
			name: path,
			file,
			line,
			value: there ? "there" : "gone",
			uses: true,
		})),
	port: (tree) => {
		const { listeners, askers } = portsOf(tree);
		return [
			...listeners.map((one) => ({ ...one, uses: !one.sure })),
			...askers.map((one) => ({ ...one, uses: true })),
		].map(({ port, file, line, uses }) => ({ kind: "port", name: String(port), file, line, uses }));
	},
	queue: (tree) =>
		queuesOf(tree).flatMap(({ values, file, line, how }) =>
			(values ?? ["*"]).map((name) => ({ kind: "queue" as const, name, file, line, uses: how !== "polls" })),
		),
	version: (tree) =>
		versionsOf(tree).map(({ tool, version, least, file, line }) => ({
			kind: "version",
			name: tool,
			file,
			line,
			value: least ? `>=${version}` : version,
		})),
};

const SECRET = /PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|DSN/i;

function placesOf(stated: readonly Stated[]): FactPlace[] {
	const once = new Map(stated.map((one) => [`${one.file.path}:${one.line}`, one]));
	return [...once.values()].map(({ file, line, value, uses = false, comment = false }) => {
		const standing = standingOf(file.path);
		const documents = standing === "docs" || standing === "test" || standing === "example" || isEnvExample(file.path);
		const as = standing === "history" ? "history" : documents ? "documents" : uses ? "uses" : "defines";
		return { ...placeIn(file, line), as, comment, value: value ?? null };
	});
}

/** One block a fact: kind and name, then each place with what it does. */
export const renderFacts = (facts: readonly Fact[]): string =>
	facts.length === 0
		? "no facts: nothing in the files states one"
		: facts
				.map(({ kind, name, places }) =>
					[
						`${kind} ${name}`,
						...places.map(
							({ path, line, text, as, comment }) =>
								`  ${as.padEnd(9)} ${path}:${line}: ${comment ? "(comment) " : ""}${text.trim().slice(0, 160)}`,
						),
					].join("\n"),
				)
				.join("\n");
