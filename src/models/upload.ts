import { open, type FileHandle } from "node:fs/promises";
import { UserError, hasCode } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { retried } from "../system/retry.ts";
import type { S3, S3Answer, S3Call } from "../store/s3.ts";

/** Bytes of a part: small enough to be repeated, and 10,000 of them, which is S3's limit, hold any model. */
const PART_BYTES = 16 << 20;
const CONCURRENCY = 2;
const PART_TIMEOUT_MS = 300_000;
const ATTEMPTS = 4;

export interface UploadPorts {
	s3: S3;
	clock: Clock;
	signal: AbortSignal;
	/** Called with the bytes that the store has. */
	onBytes: (done: number) => void;
	partBytes?: number | undefined;
}

export interface UploadedFile {
	key: string;
	path: string;
	bytes: number;
	/** Milliseconds since the epoch, from before its checksum was taken. */
	mtimeMs: number;
	/** Kept as the object's metadata. */
	sha256: string;
}

/** True when the store has the object with these bytes and this checksum. */
export async function isUploaded(s3: S3, { key, bytes, sha256 }: UploadedFile, signal: AbortSignal): Promise<boolean> {
	const { headers, ok } = await s3.call({ method: "HEAD", key, signal, ok: [404] });
	return ok && Number(headers["content-length"]) === bytes && headers["x-amz-meta-sha256"] === sha256;
}

/**
 * Sends a file, in parts when it is large; an object appears only when it is whole, and no part stays after a failure.
 * @throws UserError file_changed, and those of the store
 */
export async function upload(ports: UploadPorts, file: UploadedFile): Promise<void> {
	const { partBytes = PART_BYTES } = ports;
	const handle = await open(file.path);
	try {
		if (file.bytes > partBytes) return await uploadParts(ports, file, handle, partBytes);
		const body = await readPart(handle, 0, file.bytes);
		await assertUnchanged(handle, file);
		await send(ports, { method: "PUT", key: file.key, headers: { "x-amz-meta-sha256": file.sha256 }, body });
		ports.onBytes(file.bytes);
	} finally {
		await handle.close();
	}
}

async function uploadParts(ports: UploadPorts, file: UploadedFile, handle: FileHandle, size: number): Promise<void> {
	const { key, sha256 } = file;
	const headers = { "x-amz-meta-sha256": sha256 };
	const made = await send(ports, { method: "POST", key, query: { uploads: "" }, headers });
	const uploadId = oneTag(made.content.toString(), "UploadId");
	try {
		const tags = await sendParts(ports, file, handle, { size, uploadId });
		await assertUnchanged(handle, file);
		const rows = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
		const body = `<CompleteMultipartUpload>${rows.join("")}</CompleteMultipartUpload>`;
		const done = await send(ports, { method: "POST", key, query: { uploadId }, body });
		// S3 may find out after it has answered 200.
		oneTag(done.content.toString(), "ETag");
	} catch (error) {
		const signal = AbortSignal.timeout(10_000);
		await ports.s3.call({ method: "DELETE", key, query: { uploadId }, signal, ok: [404] }).catch(() => {});
		throw error;
	}
}

/** ETags of the parts, in their order. The first failure stops the others. */
async function sendParts(
	ports: UploadPorts,
	{ key, bytes }: UploadedFile,
	handle: FileHandle,
	{ size, uploadId }: { size: number; uploadId: string },
): Promise<string[]> {
	const tags: string[] = Array.from({ length: Math.ceil(bytes / size) }, () => "");
	const failed = new AbortController();
	const signal = AbortSignal.any([ports.signal, failed.signal]);
	const queue = tags.keys();
	let done = 0;
	const lane = async () => {
		for (const at of queue) {
			const body = await readPart(handle, at * size, Math.min(size, bytes - at * size));
			const query = { partNumber: String(at + 1), uploadId };
			const { headers } = await send({ ...ports, signal }, { method: "PUT", key, query, body });
			tags[at] = headers.etag ?? "";
			ports.onBytes((done += body.length));
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, () => lane().catch((error: unknown) => failed.abort(error))));
	signal.throwIfAborted();
	return tags;
}

/** A connection that breaks is tried again. */
const send = ({ s3, clock, signal }: UploadPorts, call: Omit<S3Call, "signal">): Promise<S3Answer> =>
	retried(
		() => s3.call({ ...call, signal, timeoutMs: PART_TIMEOUT_MS }),
		(outcome, tries) => {
			const mayTry = !outcome.ok && hasCode(outcome.error, "store_unreachable") && tries < ATTEMPTS;
			return mayTry ? 1_000 * tries : undefined;
		},
		(ms) => clock.sleep(ms, signal),
	);

async function readPart(handle: FileHandle, from: number, bytes: number): Promise<Buffer<ArrayBuffer>> {
	const buffer = Buffer.alloc(bytes);
	for (let had = 0; had < bytes;) {
		const { bytesRead } = await handle.read(buffer, had, bytes - had, from + had);
		if (bytesRead === 0) break;
		had += bytesRead;
	}
	return buffer;
}

/** The object would lie under a checksum that is not its own. */
async function assertUnchanged(handle: FileHandle, { path, bytes, mtimeMs }: UploadedFile): Promise<void> {
	const now = await handle.stat();
	if (now.size === bytes && now.mtimeMs === mtimeMs) return;
	throw new UserError("file_changed", `${path} was changed while it was sent`, { hint: "run the command again" });
}

function oneTag(xml: string, name: string): string {
	const match = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml);
	if (match) return match[1]!;
	const reason = /<Message>([^<]*)/.exec(xml)?.[1] ?? "no reason given";
	throw new UserError("store_failed", `the object store made no object of the parts (${reason})`, {
		hint: "run the command again; what the store has is not sent twice",
	});
}
