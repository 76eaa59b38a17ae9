import { join, resolve } from "node:path";
import { z } from "zod";
import type { BuildInfo, Flavour } from "../contracts/build-info.ts";
import { UserError, codeOf } from "../errors/errors.ts";
import { readText, readTextIfExists } from "../system/files.ts";
import { jsonOf } from "../system/json.ts";
import { buildTag, type Digest } from "../registry/image-reference.ts";
import { buildIdOf } from "./build-id.ts";
import { VERSION_FILE, type ImageDefinition } from "./catalogue.ts";
import { compilePayload } from "./compile.ts";
import { CLAMPED_SECONDS, contextHash, contextTar, readContext, type ContextFile } from "./context.ts";
import { readDockerfile } from "./dockerfile.ts";
import { ignoring } from "./ignore.ts";
import { inputsHash, keyTag } from "./inputs.ts";
import type { ImageFacts } from "./manifest.ts";
import type { BuildPorts } from "./ports.ts";
import { readRevision, assertClean, type Revision } from "./revision.ts";

/** The layer below an image, as this build reaches it. */
export interface Below {
	/** What FROM is given. */
	reference: string;
	/** Repository without host and tag: the same wherever a copy stands. */
	name: string;
	digest: Digest;
}

/** An image whose inputs are read: all that is needed to find it in the registry or to build it. */
export interface PreparedImage {
	definition: ImageDefinition;
	repository: string;
	facts: ImageFacts;
	/** Tag of the inputs: the commit point of a push. */
	keyTag: string;
	/** Tag of the build id. */
	buildTag: string;
	buildArgs: Record<string, string>;
	tar(): Promise<Buffer>;
}

/**
 * Reads what decides an image: its files (compiled first where needed), Dockerfile, commit and layer below.
 * @throws UserError tree_dirty unless `allowDirty`, and those of Git, compiler and context
 */
export async function prepare(
	ports: BuildPorts,
	definition: ImageDefinition,
	findBelow: () => Promise<Below>,
	{ allowDirty, flavour }: { allowDirty: boolean; flavour: Flavour },
): Promise<PreparedImage> {
	const { image } = ports.config;
	const read = await readInputs(ports, definition, findBelow, { allowDirty, flavour });
	const { dockerfile, args, revision, version, below, files } = read;
	const dirty = revision.uncommitted.length > 0;
	const fixedArgs = declared(args, { FLAVOUR: flavour, SOURCE_DATE_EPOCH: String(CLAMPED_SECONDS) });
	const { kind } = definition;
	const hashed = { kind, flavour, contextHash: contextHash(files), dockerfile, buildArgs: fixedArgs };
	const inputs = inputsHash({ ...hashed, below: below.digest, dirty });
	const facts = factsOf({ definition, flavour, inputs, revision, version, below, source: image.source });
	const own = [textFile(definition.dockerfile, dockerfile), ...buildInfoFile(definition, facts)];
	return {
		definition,
		repository: `${image.repository}${definition.repositorySuffix}`,
		facts,
		keyTag: keyTag(inputs),
		buildTag: buildTag(facts.buildId),
		buildArgs: { ...fixedArgs, BASE_IMAGE: below.reference },
		tar: () => contextTar(withOwn(files, own)),
	};
}

async function readInputs(
	ports: BuildPorts,
	definition: ImageDefinition,
	findBelow: () => Promise<Below>,
	{ allowDirty, flavour }: { allowDirty: boolean; flavour: Flavour },
) {
	const { config, shell, signal } = ports;
	const root = resolve(config.root, config.image.context);
	const dockerfile = await readRequired(root, definition.dockerfile);
	const { paths, args } = readDockerfile(dockerfile, { FLAVOUR: flavour }, definition.dockerfile);
	const [revision, version, below] = await Promise.all([
		readRevision(shell, root, [...(definition.sources ?? [definition.dockerfile]), ...paths], signal),
		readVersion(root),
		findBelow(),
		definition.compiler === undefined ? undefined : compilePayload(ports, root, definition.compiler),
	]);
	if (!allowDirty) assertClean(revision);
	const copied = paths.filter((path) => path !== definition.buildInfo?.directory);
	const files = await readContext(root, copied, revision.executables, await excluded(root, definition, revision));
	return { dockerfile, args, revision, version, below, files };
}

/** The files with those that the build makes, which replace others of their path. */
const withOwn = (files: readonly ContextFile[], own: readonly ContextFile[]): ContextFile[] => [
	...files.filter(({ path }) => !own.some((one) => one.path === path)),
	...own,
];

interface Known {
	definition: ImageDefinition;
	flavour: Flavour;
	inputs: string;
	revision: Revision;
	version: string;
	below: Below;
	source: string | undefined;
}

/** What the image says of itself. */
function factsOf({ definition, flavour, inputs, revision, version, below, source }: Known): ImageFacts {
	const { kind, title } = definition;
	const dirty = revision.uncommitted.length > 0;
	const { commit, created } = revision;
	const release = {
		kind,
		flavour,
		inputs,
		revision: dirty ? `${commit}-dirty` : commit,
		created,
		version,
		source,
		dirty,
	};
	return { ...release, buildId: buildIdOf(release), title, base: { name: below.name, digest: below.digest } };
}

/** What stays out: by Git's rules, what the compiler makes aside, and by those for Docker, of the Dockerfile's own file first. */
async function excluded(root: string, { dockerfile, compiled }: ImageDefinition, { ignored }: Revision) {
	const own = await readTextIfExists(join(root, `${dockerfile}.dockerignore`));
	const byDocker = ignoring(own ?? (await readTextIfExists(join(root, ".dockerignore"))) ?? "");
	const byGit = (path: string): boolean =>
		ignored.some((one) => path === one || (one.endsWith("/") && path.startsWith(one)));
	const isMade = (path: string): boolean => compiled !== undefined && path.startsWith(`${compiled}/`);
	return (path: string): boolean => byDocker(path) || (byGit(path) && !isMade(path));
}

/** Those of the values that the Dockerfile declares. */
const declared = (args: readonly string[], values: Record<string, string>): Record<string, string> =>
	Object.fromEntries(Object.entries(values).filter(([name]) => args.includes(name)));

function buildInfoFile({ buildInfo }: ImageDefinition, facts: ImageFacts): ContextFile[] {
	const { buildId, revision, version, created, flavour } = facts;
	const info: BuildInfo = { buildId, revision, version, created, flavour };
	return buildInfo ? [textFile(buildInfo.path, `${JSON.stringify(info, null, "\t")}\n`)] : [];
}

const textFile = (path: string, text: string): ContextFile => ({ path, content: Buffer.from(text), executable: false });

async function readVersion(root: string): Promise<string> {
	const { data } = z.object({ version: z.string() }).safeParse(jsonOf(await readRequired(root, VERSION_FILE)));
	if (data !== undefined) return data.version;
	throw new UserError("build_file_missing", `${join(root, VERSION_FILE)} is no JSON with a version`, {
		hint: `correct it: git diff ${VERSION_FILE} shows what changed`,
	});
}

const readRequired = (root: string, path: string): Promise<string> =>
	readText(join(root, path)).catch((error: unknown) => {
		throw new UserError("build_file_missing", `${join(root, path)} cannot be read (${codeOf(error)})`, {
			hint: "correct image.context in cres.yaml: the directory that holds Dockerfile.base, Dockerfile and images/",
			cause: error,
		});
	});
