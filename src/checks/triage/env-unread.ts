import { posix } from "node:path";
import type { Tree } from "../tree/tree.ts";
import { envIn, envOf } from "../facts/env.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { listed, placeIn, unique } from "../facts/found.ts";
import { isReadOutside } from "../facts/known-names.ts";
import { mentionsOf } from "../facts/mentions.ts";
import { documentedIn, type Documented } from "../facts/documented-env.ts";
import { looksLike, misspeltIn } from "../facts/misspelt.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import { composeServices } from "../facts/compose.ts";
import { dockerfileFor } from "../facts/own-images.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { builtServicesIn } from "../facts/outline-aliases.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS432",
	scope: "static",
	severity: "note",
	question: "Is every name of the environment that is set also read somewhere?",
	why: "Somebody sets it and believes that it has an effect. Often the code was renamed and the setting was not.",
	example: "`SCHEDULER_ACTIVE=true` in .env.example, and no file reads `SCHEDULER_ACTIVE`; remove it, or read it.",
	run(tree) {
		const all = envOf(tree);
		const { inCode, mayBeBuilt } = mentionsOf(tree);
		const reads = new Set(all.filter(({ how }) => how === "reads").map(({ name }) => name));
		const misspelt = new Set(misspeltIn(tree).map(({ set }) => set[0]!.name));
		const sets = Map.groupBy(
			all.filter((one) => isOurs(tree, one) || isOfFamily(one, reads)),
			({ name }) => name,
		);
		const unread = [...sets].filter(([name]) => !inCode.has(name) && !reads.has(name) && !misspelt.has(name));
		const idleSets = reads.size === 0 ? [] : unread.filter(([name]) => !isReadOutside(name) && !mayBeBuilt(name));
		const findings = idleSets.filter(([name]) => !isForPeople(tree, name));
		const told = reads.size === 0 ? [] : documentedIn(tree);
		const idle = told.filter(
			({ name }) =>
				!inCode.has(name) &&
				!reads.has(name) &&
				!all.some((one) => one.name === name) &&
				!isReadOutside(name) &&
				!mayBeBuilt(name),
		);
		return {
			looked: `${sets.size} names that are set, ${told.length} that documents tell to set`,
			findings: [
				...findings.map(([name, places]) => finding(name, unique(places), longer(name, reads))),
				...[...Map.groupBy(idle, ({ name }) => name).values()].map((places) => undone(unique(places), reads)),
			],
		};
	},
} satisfies StaticCheck;

/** Set for a program of this tree: in a `.env` file, for a program of supervisor, for a service that is built here. */
function isOurs(tree: Tree, { how, comment, name, file, block }: EnvStatement): boolean {
	if (how !== "sets" || comment || !/^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(name)) return false;
	const standing = standingOf(file.path);
	if (file.language === "env") return (standing === "live" && !isSent(tree, file.path)) || isEnvExample(file.path);
	if (standing !== "live") return false;
	if (file.language === "ini") return block.startsWith("program:");
	return (
		file.language === "yaml" &&
		/^services\.[\w-]+$/.test(block) &&
		isBuiltHere(tree, file, block.slice("services.".length))
	);
}

/** One of a list for a rented machine or a platform, whose other names of the same beginning are read here. */
function isOfFamily({ how, name, file }: EnvStatement, reads: ReadonlySet<string>): boolean {
	if (how !== "sets" || !/^(?:json|toml)$/.test(file.language) || standingOf(file.path) !== "live") return false;
	const begin = /^[A-Z][A-Z0-9]{2,}_(?=[A-Z0-9_]+$)/.exec(name)?.[0];
	if (begin === undefined) return false;
	const others = new Set(envIn(file).flatMap((one) => (one.name.startsWith(begin) ? [one.name] : [])));
	others.delete(name);
	return others.size > 1 && [...others].every((one) => reads.has(one));
}

/** Built by the compose file, by another one under its name, or by a workflow of the tree. */
function isBuiltHere(tree: Tree, file: SourceFile, name: string): boolean {
	if (builtServicesIn(file).has(name)) return true;
	const service = composeServices(tree).find((one) => one.file === file && one.name === name);
	if (service?.dockerfile !== undefined) return true;
	return service?.image !== undefined && dockerfileFor(tree, service.image) !== undefined;
}

/** A document says that a person takes the value from there. */
const isForPeople = (tree: Tree, name: string): boolean =>
	tree
		.in("markdown")
		.some(
			({ text, lines }) =>
				text.includes(name) &&
				lines.some(
					(line) =>
						line.includes(name) &&
						/\b(?:a person|the person|people|operators?|humans?|by hand|manually|you (?:copy|paste|type|choose))\b/i.test(
							line,
						),
				),
		);

/** A script puts this file onto another machine, whose programs may be of another repository: `cat gpu.env | ssh …`. */
function isSent(tree: Tree, path: string): boolean {
	const name = posix.basename(path);
	if (name.startsWith(".")) return false;
	const named = new RegExp(`^[^#\n]*(?<![\\w.-])${RegExp.escape(name)}(?![\\w.-])[^\n]*(?:\n[^\n]*){0,8}`, "gm");
	return tree
		.in("shell", "powershell", "text")
		.some(
			({ text }) =>
				text.includes(name) && (text.match(named) ?? []).some((near) => /\b(?:ssh|scp|rsync|sftp)\s/.test(near)),
		);
}

/** A document tells to set it: the code has another name, or none. */
function undone(places: readonly Documented[], reads: ReadonlySet<string>): Found {
	const [first, ...rest] = places;
	const { name } = first!;
	const near = [...reads].filter(
		(one) => one.startsWith(`${name}_`) || name.startsWith(`${one}_`) || looksLike(one, name),
	);
	const other = near.length === 1 ? near[0] : undefined;
	return {
		message: `${name} is documented and read nowhere in the tree${other === undefined ? "" : `; what is read is ${other}`}`,
		evidence: [placeIn(first!.file, first!.line), ...rest.map(({ file, line }) => placeIn(file, line))],
		fix: {
			say:
				other === undefined
					? `take ${name} out of ${listed(places)}, or read it where it should count`
					: `write ${other} for ${name} in ${listed(places)}`,
		},
	};
}

/** The one name that is read and has a word or two more: `STORE_BASE_URL` for `STORE_URL`, `S3_SECRET_KEY` for `S3_SECRET`. */
function longer(name: string, reads: ReadonlySet<string>): string | undefined {
	const words = name.split("_");
	const others = [...reads].filter((one) => {
		const own = one.split("_");
		const ends = own[0] === words[0] && own.at(-1) === words.at(-1);
		return (
			(ends || (words.length > 2 && one.startsWith(`${name}_`))) &&
			own.length > words.length &&
			own.length - words.length < 3 &&
			words.every((word) => own.includes(word))
		);
	});
	return words.length > 1 && others.length === 1 ? others[0] : undefined;
}

function finding(name: string, all: readonly EnvStatement[], other: string | undefined): Found {
	const [first, ...rest] = all;
	const meant = other === undefined ? "" : `write ${other} for ${name} in ${listed(all)}, or `;
	return {
		message: `${name} is set and read nowhere in the tree${other === undefined ? "" : `; what is read is ${other}`}`,
		evidence: [placeIn(first!.file, first!.line), ...rest.map(({ file, line }) => placeIn(file, line))],
		fix: { say: `${meant}remove ${name} from ${listed(all)}, or read it where it should count` },
		...(other === undefined ? {} : { severity: "warning" }),
	};
}
