import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { UserError, messageOf } from "../errors/errors.ts";
import { readBytes, within } from "../system/limits.ts";
import { fetchOpen } from "../system/redirect.ts";

const stanzaSchema = z.object({
	Version: z.string(),
	Filename: z.string(),
	Size: z.coerce.number<string>().int().positive(),
	SHA256: z.string().regex(/^[0-9a-f]{64}$/),
	Depends: z.string().default(""),
});

/** A package as a suite has it. */
export interface IndexedPackage {
	version: string;
	path: string;
	/** Bytes. */
	size: number;
	sha256: string;
	/** Each has to be met by one of its names; versions are left out. */
	depends: string[][];
}

export interface Suite {
	/** When the mirror got this state of it. */
	date: Date;
	/** @throws UserError index_unreadable */
	find(component: string, name: string): Promise<IndexedPackage | undefined>;
}

/** What one file of a mirror may take. Milliseconds and bytes. */
interface IndexLimits {
	answerMs: number;
	wholeMs: number;
	bytes: number;
	/** Of an index without its compression. */
	textBytes: number;
}

/** Debian's largest index has 10 MB, and 50 MB without its compression. */
const LIMITS: IndexLimits = { answerMs: 30_000, wholeMs: 300_000, bytes: 128 << 20, textBytes: 512 << 20 };

/**
 * Opens a suite for amd64 (Debian's repository format: InRelease names the checksums of the indexes, which are verified).
 * @throws UserError mirror_unreachable, index_unreadable, unsafe_redirect
 */
export async function openSuite(
	mirror: string,
	name: string,
	signal: AbortSignal,
	limits: IndexLimits = LIMITS,
): Promise<Suite> {
	const origin = `${mirror}/dists/${name}`;
	const release = (await load(`${origin}/InRelease`, signal, limits)).toString();
	const date = new Date(/^Date: (.+)$/m.exec(release)?.[1] ?? "");
	if (Number.isNaN(date.getTime())) throw unreadable(`${origin}/InRelease`, "it has no Date");
	const indexes = new Map<string, Promise<string>>();
	return {
		date,
		async find(component, wanted) {
			const index = indexes.get(component) ?? loadIndex({ origin, release, component }, signal, limits);
			indexes.set(component, index);
			return parse(await index, wanted, `${origin}/${component}`);
		},
	};
}

/** The packages of a component, as their checksum in `release` says that they are. */
async function loadIndex(
	{ origin, release, component }: { origin: string; release: string; component: string },
	signal: AbortSignal,
	limits: IndexLimits,
): Promise<string> {
	const path = `${component}/binary-amd64/Packages.gz`;
	const expected = release.split("\n").find((line) => new RegExp(`^ [0-9a-f]{64} +\\d+ ${path}$`).test(line));
	const content = await load(`${origin}/${path}`, signal, limits);
	const seen = createHash("sha256").update(content).digest("hex");
	if (expected?.slice(1, 65) !== seen)
		throw unreadable(`${origin}/${path}`, `InRelease gives another checksum than its ${seen}`);
	try {
		return gunzipSync(content, { maxOutputLength: limits.textBytes }).toString();
	} catch (error) {
		throw unreadable(`${origin}/${path}`, messageOf(error));
	}
}

function parse(index: string, name: string, origin: string): IndexedPackage | undefined {
	const start = `\n${index}`.indexOf(`\nPackage: ${name}\n`);
	if (start < 0) return undefined;
	const stanza = index.slice(start).split("\n\n", 1)[0]!;
	const fields = Object.fromEntries(stanza.matchAll(/^([\w-]+): (.*)$/gm).map(([, key, value]) => [key, value]));
	const { data, error } = stanzaSchema.safeParse(fields);
	if (!data) throw unreadable(origin, `${name}: ${z.prettifyError(error)}`);
	const { Version: version, Filename: path, Size: size, SHA256: sha256, Depends } = data;
	return { version, path, size, sha256, depends: clausesOf(Depends) };
}

/** `a (>= 1), b | c:any` → [[a], [b, c]]. */
const clausesOf = (depends: string): string[][] =>
	depends
		.split(",")
		.map((clause) => clause.split("|").map((one) => one.trim().split(/[\s:(]/, 1)[0]!))
		.filter(([first]) => first !== "");

async function load(url: string, signal: AbortSignal, limits: IndexLimits): Promise<Buffer> {
	try {
		return await within(limits.wholeMs, signal, async (ended) => {
			const response = await within(limits.answerMs, ended, (late) => fetchOpen(url, late));
			if (response.ok) return readBytes(response.body ?? [], limits.bytes);
			await response.body?.cancel();
			throw new Error(`HTTP ${response.status}`);
		});
	} catch (cause) {
		signal.throwIfAborted();
		if (cause instanceof UserError) throw cause;
		const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause);
		throw new UserError("mirror_unreachable", `${url} cannot be read: ${reason}`, {
			hint: "check the network, or set mirror in the lock file to another one, then the same command again",
			cause,
		});
	}
}

const unreadable = (what: string, why: string) =>
	new UserError("index_unreadable", `${what} is not as it should be: ${why}`, {
		hint: "the mirror may be changing just now: the same command again in some minutes",
	});
