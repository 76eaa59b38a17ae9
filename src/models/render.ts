import type { Model } from "../contracts/models.ts";
import { bytes, table } from "../system/text.ts";
import type { Pushed } from "./push.ts";

/** Hex digits of a checksum that people see. */
const SHORT = 12;

export const sizeOf = ({ files }: Model): number => files.reduce((sum, file) => sum + file.bytes, 0);

/** One row a file; a model's name, kind and bytes stand in its first. */
export function renderModels(models: readonly Model[]): string {
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
	return table(["NAME", "KIND", "SIZE", "FILE", "SHA256"], rows);
}

/** One row a file, and what became of the manifest. */
export function renderPushed({ name, kind, bucket, files, manifest }: Pushed): string {
	const rows = files.map(({ path, bytes: count, sha256, outcome }) => [
		path,
		bytes(count),
		sha256.slice(0, SHORT),
		OUTCOME[outcome],
	]);
	return [
		table(["FILE", "SIZE", "SHA256", "STATE"], rows),
		`${kind} model ${name} in ${bucket}: ${MANIFEST[manifest]}`,
	].join("\n");
}

const OUTCOME = { uploaded: "sent", present: "there already", planned: "would be sent" } as const;
const MANIFEST = {
	updated: "the manifest names it now; instances fetch it when they boot next",
	unchanged: "the manifest named it already",
	planned: "the manifest would name it",
} as const;
