import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** A file below `.ssh`, or one that an option or a key of settings names as the key. */
const NAMED =
	/\.ssh[\\/]+([\w.-]+[\w-])|\b(?:IdentityFile|identity(?:_file|(?=["']?[ \t]*(?:=|:[ \t])))|ssh_key(?:_(?:file|name|path))?|key_file|private_key(?:_file)?)["']?[ \t]*[=: ][ \t]*["']?(?:[~$\w{}.:-]*[\\/])*([\w.-]+[\w-])/gi;
const OTHERS =
	/^(?:known_hosts\d?|config|authorized_keys\d?|environment|rc|id|path|name|file|key|none|null|true|false|string|str)$/i;
const KINDS = ["ed25519", "ecdsa", "rsa"];

export default {
	code: "TS257",
	scope: "static",
	severity: "error",
	question: "Is the file of an ssh key called the same everywhere?",
	why: "ssh goes on without a key file that is not there, and the machine refuses: it looks as if the key were not installed.",
	example: "A script takes the key rentel_key, and ssh-keygen made rental_key: write that.",
	run(tree) {
		const all = namesOf(tree);
		const names = Map.groupBy(all, ({ name }) => name);
		return {
			looked: `${names.size} names of keys`,
			findings: [...names.keys()].flatMap((name) => misspelt(name, names)),
		};
	},
} satisfies StaticCheck;

interface Name {
	name: string;
	file: SourceFile;
	at: number;
}

const namesOf = (tree: Tree): Name[] =>
	tree.files
		.filter(
			(file) =>
				/^(?:live|docs|example)$/.test(standingOf(file.path)) &&
				!isAside(file.path) &&
				file.text.length < 400_000 &&
				file.has(/\.ssh[\\/]|identity|ssh_key|key_file|private_key/i),
		)
		.flatMap((file) =>
			file.matches(NAMED).flatMap(({ 0: all, 1: below, 2: given, index }) => {
				const written = (below ?? given)!;
				const name = written.replace(/\.pub$/, "");
				// `identity` alone is a name of many things: then the value must look like a key.
				if (/^identity["']?[ \t]*[=:]/i.test(all) && !/[\\/]|key|rsa|ed25519|ecdsa|pem/i.test(all.slice(8))) return [];
				return OTHERS.test(name) || name.length < 5 ? [] : [{ name, file, at: index + all.length - written.length }];
			}),
		);

/** The kind of the key is no kind, or the name is nearly that of another that is written more often. */
function misspelt(name: string, names: ReadonlyMap<string, readonly Name[]>): Found[] {
	const own = names.get(name)!;
	const others = [...names.keys()].filter(
		(one) =>
			one !== name &&
			names.get(one)!.length >= own.length &&
			!(names.get(one)!.length === own.length && one > name && names.size === 2 && kindOf(one) === undefined),
	);
	const kind = /ed\d{4,6}/i.exec(name)?.[0];
	const meant =
		kind !== undefined && kind.toLowerCase() !== "ed25519"
			? (others.find((one) => one === name.replace(kind, "ed25519")) ?? name.replace(kind, "ed25519"))
			: nearest(name, others, 1);
	// Keys that are counted, or of two kinds, are two keys.
	const bare = (one: string) => one.replaceAll(/\d+/g, "").replace(/(?:rsa|ecdsa|dsa|ed)$/i, "");
	if (
		meant === undefined ||
		(kind === undefined &&
			(bare(name) === bare(meant) || own.length === (names.get(meant)?.length ?? 0) || name.length < 7))
	)
		return [];
	const [first] = own;
	const right = names.get(meant)?.[0];
	return [
		{
			message: `${first!.file.path} names the key ${name}, and ${right === undefined ? "there is no kind of keys of that name" : `elsewhere it is called ${meant}`}`,
			evidence: [
				first!.file.placeAt(first!.at),
				...own.slice(1).map(({ file, at }) => file.placeAt(at)),
				...(right === undefined ? [] : [right.file.placeAt(right.at)]),
			],
			fix: { say: `write ${meant}`, ...editAt(first!.file, first!.at, name, meant) },
		},
	];
}

const kindOf = (name: string): string | undefined => KINDS.find((kind) => name.includes(kind));
