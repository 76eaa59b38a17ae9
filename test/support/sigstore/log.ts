import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { canonicalJson } from "../../../src/system/json.ts";
import { sha256, spkiOf } from "./ca.ts";

const leafOf = (body: Buffer): Buffer => sha256(Buffer.from([0]), body);
const nodeOf = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.from([1]), left, right);
/** The largest power of two below a number of leaves. */
const splitOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

/** MTH of RFC 6962, 2.1. */
function rootOf(leaves: readonly Buffer[]): Buffer {
	if (leaves.length === 1) return leaves[0]!;
	const split = splitOf(leaves.length);
	return nodeOf(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** PATH of RFC 6962, 2.1.1. */
function pathOf(at: number, leaves: readonly Buffer[]): Buffer[] {
	if (leaves.length === 1) return [];
	const split = splitOf(leaves.length);
	const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
	return at < split ? [...pathOf(at, left), rootOf(right)] : [...pathOf(at - split, right), rootOf(left)];
}

/** An entry as Rekor answers it. */
type LogEntry = Record<string, unknown>;

/** A transparency log with a Merkle tree, as Rekor 1 keeps it. */
export interface Log {
	key: KeyObject;
	/** Puts an entry in, with a time in milliseconds since the epoch; its number. */
	add(entry: object, at: number): number;
	/** The number of an entry that it has; -1: none. */
	find(entry: object): number;
	/** An entry with its proof in the tree of now, below its id. */
	answer(index: number): LogEntry;
	idOf(index: number): string;
}

/** @param host name on its checkpoints */
export function createLog(host: string): Log {
	const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const logId = sha256(spkiOf(publicKey));
	const entries: { body: Buffer; at: number }[] = [];
	const bodyOf = (entry: object) => Buffer.from(canonicalJson(entry));
	const idOf = (index: number) => leafOf(entries[index]!.body).toString("hex");
	const checkpoint = (root: Buffer): string => {
		const note = `${host} - 42\n${entries.length}\n${root.toString("base64")}\n`;
		const signature = Buffer.concat([logId.subarray(0, 4), sign("sha256", Buffer.from(note), privateKey)]);
		return `${note}\n\u2014 ${host} ${signature.toString("base64")}\n`;
	};
	return {
		key: publicKey,
		idOf,
		add: (entry, at) => entries.push({ body: bodyOf(entry), at: Math.floor(at / 1_000) }) - 1,
		find: (entry) => entries.findIndex(({ body }) => body.equals(bodyOf(entry))),
		answer(index) {
			const { body, at } = entries[index]!;
			const facts = {
				body: body.toString("base64"),
				integratedTime: at,
				logID: logId.toString("hex"),
				logIndex: index,
			};
			const leaves = entries.map((one) => leafOf(one.body));
			const root = rootOf(leaves);
			const inclusionProof = {
				...{ logIndex: index, treeSize: leaves.length, rootHash: root.toString("hex"), checkpoint: checkpoint(root) },
				hashes: pathOf(index, leaves).map((hash) => hash.toString("hex")),
			};
			const signedEntryTimestamp = sign("sha256", Buffer.from(canonicalJson(facts)), privateKey).toString("base64");
			return { [idOf(index)]: { ...facts, verification: { inclusionProof, signedEntryTimestamp } } };
		},
	};
}
