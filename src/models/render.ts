import type { Model } from "../contracts/models.ts";
import { bytes, table } from "../system/text.ts";
import type { HeldManifest } from "./manifest-object.ts";
import type { Pushed } from "./push.ts";

/** Hex digits of a checksum that people see. */
const SHORT = 12;

/** What `cres models list` returns under --json. */
export interface ListedModels {
	models: (Model & { bytes: number })[];
	/** Of the manifest in the store; null when there is none. */
	sha256: string | null;
	/** Whether cres.yaml names this one; null: it names none. */
	pinned: boolean | null;
}

/** Models as `cres models list` returns them. @param pin checksum that cres.yaml names */
export const listed = ({ manifest, sha256 }: HeldManifest, pin: string | undefined): ListedModels => ({
	models: manifest.models.map((model) => ({ ...model, bytes: sizeOf(model) })),
	sha256: sha256 ?? null,
	pinned: pin === undefined ? null : pin === sha256,
});

const sizeOf = ({ files }: Model): number => files.reduce((sum, file) => sum + file.bytes, 0);

/** One row a file; a model's name, kind and bytes stand in its first. */
export function renderModels({ models, sha256, pinned }: ListedModels): string {
	if (models.length === 0) return "the store has no models yet\n  → cres models push FILE --name NAME --kind llm";
	const rows = models.flatMap((model) =>
		model.files.map(({ path, sha256 }, at) => [
			at === 0 ? model.name : "",
			at === 0 ? model.kind : "",
			at === 0 ? bytes(sizeOf(model)) : "",
			path,
			sha256.slice(0, SHORT),
		]),
	);
	return [
		table(["NAME", "KIND", "SIZE", "FILE", "SHA256"], rows),
		`manifest ${sha256?.slice(0, SHORT)}: ${PINNED[String(pinned) as keyof typeof PINNED]}`,
	].join("\n");
}

const PINNED = {
	true: "the one that cres.yaml names",
	false: "not the one that cres.yaml names; instances load that one or none",
	null: "cres.yaml names none; instances load what the bucket holds",
} as const;

/** One row a file, and what became of the manifest. */
export function renderPushed({ name, kind, bucket, files, manifest, manifestSha256, recorded }: Pushed): string {
	const rows = files.map(({ path, bytes: count, sha256, outcome }) => [
		path,
		bytes(count),
		sha256.slice(0, SHORT),
		OUTCOME[outcome],
	]);
	return [
		table(["FILE", "SIZE", "SHA256", "STATE"], rows),
		`${kind} model ${name} in ${bucket}: ${MANIFEST[manifest]}`,
		...(recorded
			? [`cres.yaml names the manifest ${manifestSha256?.slice(0, SHORT)} now; cres deploy hands it over`]
			: []),
	].join("\n");
}

const OUTCOME = { uploaded: "sent", present: "there already", planned: "would be sent" } as const;
const MANIFEST = {
	updated: "the manifest names it now",
	unchanged: "the manifest named it already",
	planned: "the manifest would name it",
} as const;
