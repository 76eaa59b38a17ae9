import { join } from "node:path";
import { parseDocument } from "yaml";
import { readTextIfExists } from "../system/files.ts";
import { triageSchema, type Silence } from "./schema.ts";

/** What `triage` of a cres.yaml says; `fault`: why it says nothing. */
export interface TriageSection {
	silences: readonly Silence[];
	fault: string | undefined;
}

/** Reads that section alone: a tree without a valid cres.yaml can be triaged, too. No file, no section: no silences. */
export async function readTriageSection(folder: string): Promise<TriageSection> {
	try {
		return triageSectionOf((await readTextIfExists(join(folder, "cres.yaml"))) ?? "");
	} catch (error) {
		return { silences: [], fault: `cres.yaml cannot be read: ${(error as Error).message}` };
	}
}

/** The same of the text of a cres.yaml. */
export function triageSectionOf(text: string): TriageSection {
	const document = parseDocument(text.replace(/^\uFEFF/, ""), { merge: true, prettyErrors: false, logLevel: "error" });
	const [error] = document.errors;
	if (error) return { silences: [], fault: `cres.yaml is no YAML: ${error.message}` };
	const section = valueOf(
		() => (document.toJS({ maxAliasCount: 1_000 }) as Record<string, unknown> | null)?.["triage"],
	);
	const parsed = triageSchema.safeParse(section ?? {});
	if (parsed.success) return { silences: parsed.data.silence, fault: undefined };
	const [{ path, message }] = parsed.error.issues as [(typeof parsed.error.issues)[number]];
	return { silences: [], fault: `${["triage", ...path].map(String).join(".")} of cres.yaml: ${message}` };
}

function valueOf(read: () => unknown): unknown {
	try {
		return read();
	} catch {
		return undefined; // more aliases than the library expands, or one that leads nowhere
	}
}
