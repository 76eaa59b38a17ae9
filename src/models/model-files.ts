import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { MODEL_NAME, type ModelKind } from "../contracts/models.ts";
import { UserError } from "../errors/errors.ts";

/** A file of a model on this machine. */
export interface LocalFile {
	path: string;
	name: string;
	bytes: number;
	/** Milliseconds since the epoch: another one means another content. */
	mtimeMs: number;
}

/** Of a directory in CTranslate2 form these are read; whatever else lies there stays there. */
const WHISPER = /^(model\.bin|config\.json|tokenizer\.json|vocabulary\.(txt|json)|preprocessor_config\.json)$/;

/**
 * The files of a model: for whisper those of a directory in CTranslate2 form, for llm a GGUF file or a directory of them.
 * @throws UserError no_model (usage)
 */
export async function modelFiles(path: string, kind: ModelKind): Promise<LocalFile[]> {
	const found = await stat(path).catch(() => undefined);
	if (!found) throw noModel(`${path} is not there`);
	if (kind === "whisper" && !found.isDirectory()) throw noModel(`${path} is a file; a whisper model is a directory`);
	const pattern = kind === "whisper" ? WHISPER : /\.gguf$/;
	const paths = found.isDirectory()
		? (await readdir(path))
				.filter((name) => pattern.test(name))
				.sort()
				.map((name) => join(path, name))
		: [path];
	const files = await Promise.all(
		paths.map(async (one) => {
			const { size, mtimeMs } = await stat(one);
			return { path: one, name: basename(one), bytes: size, mtimeMs };
		}),
	);
	assertWhole(path, kind, files);
	if (kind === "llm") await Promise.all(files.map(assertGguf));
	return files;
}

function assertWhole(path: string, kind: ModelKind, files: readonly LocalFile[]): void {
	const names = files.map(({ name }) => name);
	if (kind === "llm" && files.length === 0) throw noModel(`${path} holds no .gguf file`);
	const needed = kind === "whisper" ? ["model.bin", "config.json", "tokenizer.json"] : [];
	const missing = needed.filter((name) => !names.includes(name));
	if (kind === "whisper" && !names.some((name) => name.startsWith("vocabulary."))) missing.push("vocabulary.txt");
	if (missing.length > 0) throw noModel(`${path} lacks ${missing.join(", ")}`);
	for (const { name, bytes } of files) {
		if (bytes === 0) throw noModel(`${join(path, name)} is empty`);
		if (!MODEL_NAME.test(name))
			throw noModel(`${name}: a model's file has letters, digits, . _ and - in its name only`);
	}
}

async function assertGguf({ path }: LocalFile): Promise<void> {
	const handle = await open(path);
	try {
		const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
		if (buffer.toString("latin1") !== "GGUF") throw noModel(`${path} is not a GGUF file`);
	} finally {
		await handle.close();
	}
}

const noModel = (message: string) =>
	new UserError("no_model", message, {
		hint: "give a GGUF file with --kind llm, or a directory with model.bin, config.json, tokenizer.json and vocabulary.txt with --kind whisper",
	});

/** Hex digits of a file; `onBytes` is called with the bytes so far. */
export async function sha256Of(path: string, onBytes: (done: number) => void, signal: AbortSignal): Promise<string> {
	const hash = createHash("sha256");
	let done = 0;
	const counted = async function* (chunks: AsyncIterable<Buffer>) {
		for await (const chunk of chunks) {
			onBytes((done += chunk.length));
			yield chunk;
		}
	};
	await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), counted, hash, { signal });
	return hash.digest("hex");
}
