import { z } from "zod";
import { jsonOf } from "../../system/json.ts";
import type { EntryJson, EnvelopeJson } from "../bundle-schema.ts";
import { ask, type AskPorts, type Question } from "./ask.ts";

const hex = z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/);
const index = z.int().nonnegative();

/** LogEntry of Rekor's openapi.yaml: one entry below its own id. */
const answer = z
	.record(
		z.string(),
		z.object({
			body: z.base64().transform((body, context) => {
				const parsed = bodySchema.safeParse(jsonOf(Buffer.from(body, "base64")));
				if (!parsed.success) context.addIssue("no entry");
				return { text: body, ...(parsed.data ?? { kind: "", apiVersion: "" }) };
			}),
			integratedTime: index,
			logID: hex,
			logIndex: index,
			verification: z.object({
				signedEntryTimestamp: z.base64(),
				inclusionProof: z.object({
					...{ logIndex: index, treeSize: index, rootHash: hex },
					hashes: z.array(hex).max(64),
					checkpoint: z.string().max(16_384),
				}),
			}),
		}),
	)
	.transform((entries, context) => {
		const [one, ...more] = Object.values(entries);
		if (!one || more.length > 0) context.addIssue("not one entry");
		return one!;
	});
const bodySchema = z.object({ kind: z.string(), apiVersion: z.string() });

/** The one entry of an answer of Rekor, as a bundle has it. */
export const entryAnswer = answer.transform(entryOf);

/**
 * Puts a signed statement into Rekor's log (POST /api/v1/log/entries of its openapi.yaml, an entry of the kind dsse
 * 0.0.1), or finds it there.
 * @param certificate PEM
 * @param rekor its address
 * @throws UserError keyless_unreachable, keyless_refused
 */
export async function logged(
	envelope: EnvelopeJson,
	certificate: string,
	rekor: string,
	ports: AskPorts,
): Promise<EntryJson> {
	const url = new URL(`${rekor.replace(/\/+$/, "")}/api/v1/log/entries`);
	const verifiers = [Buffer.from(certificate).toString("base64")];
	const proposedContent = { envelope: JSON.stringify(envelope), verifiers };
	const found: Question<EntryJson> = { of: "Rekor", url, schema: entryAnswer };
	return ask(ports, {
		...found,
		method: "POST",
		body: { apiVersion: "0.0.1", kind: "dsse", spec: { proposedContent } },
		// the first try was taken, and its answer lost
		instead: ({ status, headers }) => {
			const [, id] = /\/([0-9a-f]{64,80})$/.exec(headers.get("location") ?? "") ?? [];
			return status === 409 && id !== undefined ? { ...found, url: new URL(`${url.href}/${id}`) } : undefined;
		},
	});
}

function entryOf({ body, integratedTime, logID, logIndex, verification }: z.output<typeof answer>): EntryJson {
	const { signedEntryTimestamp, inclusionProof } = verification;
	return {
		logIndex: String(logIndex),
		logId: { keyId: fromHex(logID) },
		kindVersion: { kind: body.kind, version: body.apiVersion },
		integratedTime: String(integratedTime),
		inclusionPromise: { signedEntryTimestamp },
		inclusionProof: {
			logIndex: String(inclusionProof.logIndex),
			rootHash: fromHex(inclusionProof.rootHash),
			treeSize: String(inclusionProof.treeSize),
			hashes: inclusionProof.hashes.map(fromHex),
			checkpoint: { envelope: inclusionProof.checkpoint },
		},
		canonicalizedBody: body.text,
	};
}

function fromHex(text: string): string {
	return Buffer.from(text, "hex").toString("base64");
}
