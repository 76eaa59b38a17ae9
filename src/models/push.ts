import { isDeepStrictEqual } from "node:util";
import { modelKey, modelPath, type Model, type ModelKind, type ModelsManifest } from "../contracts/models.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { bytes as bytesText } from "../system/text.ts";
import { enterModel, readManifest, withModel } from "./manifest-object.ts";
import { modelFiles, sha256Of, type LocalFile } from "./model-files.ts";
import type { S3 } from "../store/s3.ts";
import { isUploaded, upload, type UploadedFile } from "./upload.ts";

export interface PushPorts {
	s3: S3;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	/** Writes the sha256 of the manifest down, outside the bucket; false when it is written there already. */
	record: (sha256: string) => Promise<boolean>;
}

export interface PushOptions {
	/** File or directory on this machine. */
	path: string;
	name: string;
	kind: ModelKind;
	dryRun: boolean;
	/** The sha256 that the manifest must have before; undefined: any. */
	pin: string | undefined;
	/** Bytes of one part of a large file. */
	partBytes?: number;
}

export interface Pushed {
	name: string;
	kind: ModelKind;
	bucket: string;
	files: PushedFile[];
	/** What happened to models/manifest.json. */
	manifest: "updated" | "unchanged" | "planned";
	/** Of the manifest, as cres.yaml names it now; null with --dry-run. */
	manifestSha256: string | null;
	/** cres.yaml was changed. */
	recorded: boolean;
	dryRun: boolean;
}

interface PushedFile {
	/** Where instances will have it, below their directory of models. */
	path: string;
	key: string;
	bytes: number;
	sha256: string;
	outcome: "uploaded" | "present" | "planned";
}

/**
 * Makes the bucket hold a model, its manifest name it, and cres.yaml name the manifest. Files first: whoever reads the
 * manifest finds all it names.
 * @throws UserError no_model, model_path_taken (usage), manifest_busy, manifest_changed, manifest_invalid, and those of
 * the store
 */
export async function pushModel(ports: PushPorts, options: PushOptions): Promise<Pushed> {
	const { s3, signal, progress } = ports;
	const { name, kind, dryRun } = options;
	const local = await modelFiles(options.path, kind);
	// Refused before gigabytes are read and sent.
	const placed = local.map((file) => ({
		path: modelPath(kind, name, file.name),
		bytes: file.bytes,
		sha256: "",
		source: "",
	}));
	const pushedBefore = ({ models }: ModelsManifest) => models.find((one) => one.kind === kind && one.name === name);
	const { manifest: held } = await readManifest(s3, signal, options.pin, pushedBefore);
	withModel(held, { name, kind, files: placed });
	const files: PushedFile[] = [];
	for (const file of local) files.push(await pushFile(ports, options, file));
	const model: Model = { name, kind, files: files.map(entryOf) };
	const draft = { name, kind, bucket: s3.bucket, files, dryRun };
	if (dryRun)
		return { ...draft, manifest: await plannedManifest(s3, model, signal), manifestSha256: null, recorded: false };
	const { changed, sha256 } = await progress.step("enter it in models/manifest.json", () =>
		enterModel(s3, model, signal, options.pin),
	);
	const recorded = await ports.record(sha256);
	return { ...draft, manifest: changed ? "updated" : "unchanged", manifestSha256: sha256, recorded };
}

const entryOf = ({ path, bytes, sha256, key }: PushedFile) => ({ path, bytes, sha256, source: key });

async function plannedManifest(s3: S3, model: Model, signal: AbortSignal): Promise<Pushed["manifest"]> {
	const { manifest } = await readManifest(s3, signal);
	return isDeepStrictEqual(withModel(manifest, model), manifest) ? "unchanged" : "planned";
}

async function pushFile(ports: PushPorts, options: PushOptions, local: LocalFile): Promise<PushedFile> {
	const { progress, s3, signal } = ports;
	const { path, name, bytes, mtimeMs } = local;
	const percent = (done: number) => `${bytesText(done)} of ${bytesText(bytes)} (${Math.floor((100 * done) / bytes)} %)`;
	const sha256 = await progress.step(`hash ${name}`, (report) =>
		sha256Of(path, (done) => report(percent(done)), signal),
	);
	const key = modelKey(options.kind, options.name, sha256, name);
	const file: UploadedFile = { key, path, bytes, mtimeMs, sha256 };
	const pushed = { path: modelPath(options.kind, options.name, name), key, bytes, sha256 };
	if (await isUploaded(s3, file, signal)) return { ...pushed, outcome: "present" };
	if (options.dryRun) return { ...pushed, outcome: "planned" };
	await progress.step(`send ${name}`, (report) =>
		upload({ ...ports, partBytes: options.partBytes, onBytes: (done) => report(percent(done)) }, file),
	);
	return { ...pushed, outcome: "uploaded" };
}
