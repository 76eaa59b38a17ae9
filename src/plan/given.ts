import type { Config } from "../config/config.ts";
import { draftFile, mergedDraft, readDraft, type Draft } from "./draft.ts";
import { releaseDraft } from "./from-release.ts";

/** What the flags of `cres plan add` give. */
export interface Given {
	/** Text of the file for --from, and its name. */
	file?: { text: string; name: string };
	/** Id of a release. */
	release?: string | undefined;
	/** The fields of a draft. */
	fields: Record<string, unknown>;
	/** `label: what was seen`, or what was seen alone. */
	observed: readonly string[];
}

/** One draft of a file or a release record and of flags. @throws UserError plan_draft, plan_release_unknown (usage) */
export async function givenDraft({ file, release, fields, observed }: Given, config: Config): Promise<Draft> {
	const from = file === undefined ? {} : await draftFile(file.text, file.name);
	const base = release === undefined ? from : await releaseDraft(config, release);
	return readDraft(mergedDraft(base, { ...fields, validation: groups(observed) }));
}

/** Those with one label stand below it. */
function groups(observed: readonly string[]): { label: string; observed: string[] }[] {
	const found = observed.map((text) => /^([^`:]{1,100}):\s+(.+)$/s.exec(text)?.slice(1) ?? ["Observed", text]);
	return [...Map.groupBy(found, ([label]) => label!)].map(([label, all]) => ({
		label,
		observed: all.map(([, text]) => text!),
	}));
}
