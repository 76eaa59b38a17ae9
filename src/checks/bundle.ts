import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { UserError, messageOf } from "../errors/errors.ts";
import { leavingJson } from "../secrets/leaving.ts";
import { masked, maskedProse } from "./mask.ts";
import { SourceFile } from "./tree/source-file.ts";
import { Tree } from "./tree/tree.ts";

/** Characters of all texts; what has no room is named. */
const MOST_TEXT = 64 * 1024 * 1024;
/** Bytes of the file, which is packed. */
const MOST_FILE = MOST_TEXT;
const MOST_UNPACKED = 4 * MOST_TEXT;

const skipped = z.object({ path: z.string(), why: z.string(), large: z.boolean() });
/** What a bundle holds: version 1. */
const bundleSchema = z.object({
	format: z.literal("cres-triage-bundle"),
	version: z.literal(1),
	/** Version of cres that wrote it. */
	cres: z.string(),
	made: z.iso.datetime(),
	git: z.boolean(),
	paths: z.array(z.string()),
	files: z.array(
		z.object({
			path: z.string(),
			text: z.string(),
			executable: z.boolean().optional(),
			mark: z.literal(true).optional(),
		}),
	),
	skipped: z.array(skipped),
	/** What instances said, in the form of the runtime part, which has a version of its own. */
	runtime: z.json().optional(),
});

type Bundle = z.output<typeof bundleSchema>;
export interface Bundled {
	tree: Tree;
	/** Facts of the runtime part, as JSON. */
	runtime: unknown;
	/** Version of cres that wrote it, and when (RFC 3339). */
	cres: string;
	made: string;
}

/** One file that another machine looks at with `cres triage --from`: the tree without secrets, and what instances said. */
export async function bundleOf({ tree, runtime, cres, made }: Bundled, mostText = MOST_TEXT): Promise<Buffer> {
	let room = mostText;
	const left: Bundle["skipped"] = [];
	// Texts without a language come last: few checks read them.
	const order = tree.files.toSorted((a, b) => Number(a.language === "text") - Number(b.language === "text"));
	const files = order.flatMap(({ path, text, language, executable, byteOrderMark }): Bundle["files"] => {
		if (text.length > room) {
			left.push({ path, why: "the bundle had no room for it", large: true });
			return [];
		}
		room -= text.length;
		return [
			{
				...{ path, text: masked(text, language) },
				...(executable === undefined ? {} : { executable }),
				...(byteOrderMark ? { mark: true } : {}),
			},
		];
	});
	const bundle: Bundle = {
		...{ format: "cres-triage-bundle", version: 1, cres, made, git: tree.git },
		...{ paths: [...tree.paths], files, skipped: [...tree.skipped, ...left] },
		...(runtime === undefined ? {} : { runtime: maskedJson(JSON.parse(leavingJson(runtime, 0))) as Bundle["runtime"] }),
	};
	return promisify(gzip)(JSON.stringify(bundle));
}

/** Lines of logs may hold what no process here knows as a secret. */
function maskedJson(value: unknown): unknown {
	if (typeof value === "string") return maskedProse(value);
	if (Array.isArray(value)) return value.map(maskedJson);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, maskedJson(one)]));
}

/** The file of a bundle, at most 64 MiB. @throws UserError triage_bundle_invalid */
export async function readBundleFile(path: string): Promise<Buffer> {
	const fail = (why: string, cause?: unknown) => new UserError("triage_bundle_invalid", `${path} ${why}`, { cause });
	const unreadable = (error: unknown) => {
		throw fail(`cannot be read: ${messageOf(error)}`, error);
	};
	const { size } = await stat(path).catch(unreadable);
	if (size > MOST_FILE) throw fail(`has ${size} bytes, more than the ${MOST_FILE} of a bundle`);
	return readFile(path).catch(unreadable);
}

/** What a bundle holds. @throws UserError triage_bundle_invalid */
export async function readBundle(bytes: Buffer): Promise<Bundled> {
	const { cres, made, git, paths, files, skipped: rest, runtime } = await parsed(bytes);
	const sources = files
		.map(({ path, text, executable, mark }) => new SourceFile(path, text, executable, mark))
		.toSorted((a, b) => (a.path < b.path ? -1 : 1));
	return { tree: new Tree({ root: "/", files: sources, paths, skipped: rest, git }), runtime, cres, made };
}

async function parsed(bytes: Buffer): Promise<Bundle> {
	try {
		const text = await promisify(gunzip)(bytes, { maxOutputLength: MOST_UNPACKED });
		return bundleSchema.parse(JSON.parse(text.toString("utf8")));
	} catch (error) {
		const why = error instanceof z.ZodError ? z.prettifyError(error).split("\n")[0]! : messageOf(error);
		throw new UserError("triage_bundle_invalid", `that is no bundle of this version: ${why}`, {
			hint: "make it again: cres triage --bundle FILE, with this version of cres",
			cause: error,
		});
	}
}
