import { z } from "zod";
import { jsonOf } from "../system/json.ts";

/** One package of an image. */
interface Package {
	name: string;
	version: string;
	/** package-url (github.com/package-url/purl-spec). */
	purl: string;
	/** SPDX expression, where its author says one. */
	license?: string | undefined;
}

/** As a part of a package-url; half a surrogate pair, which has no encoding, is replaced. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Packages that dpkg's status file (deb-control(5)) calls installed. */
export function debianPackages(status: string): Package[] {
	return status.split(/\n\n+/).flatMap((stanza) => {
		const field = (name: string): string | undefined =>
			new RegExp(`^${name}:[ \\t]*(.+)$`, "m").exec(stanza)?.[1]?.trim();
		const [name, version, state] = [field("Package"), field("Version"), field("Status")];
		if (name === undefined || version === undefined || state?.split(" ").at(-1) !== "installed") return [];
		const arch = field("Architecture") ?? "all";
		const purl = `pkg:deb/debian/${encoded(name)}@${encoded(version)}?arch=${encoded(arch)}`;
		return [{ name, version, purl }];
	});
}

const lockSchema = z.object({
	lockfileVersion: z.literal(3),
	packages: z.record(
		z.string(),
		z.object({
			version: z.string().optional(),
			name: z.string().optional(),
			license: z.string().optional(),
			dev: z.boolean().default(false),
			link: z.boolean().default(false),
		}),
	),
});

/** What a lock file of npm (version 3) installs without --include=dev; undefined for another text. */
export function npmPackages(lock: string): Package[] | undefined {
	const parsed = lockSchema.safeParse(jsonOf(lock));
	if (!parsed.success) return undefined;
	const entries = Object.entries(parsed.data.packages).filter(([path, { dev, link }]) => path !== "" && !dev && !link);
	const packages = entries.map(([path, { name: alias, version = "0", license }]) => {
		const name = alias ?? path.split("node_modules/").at(-1)!;
		return { name, version, license, purl: `pkg:npm/${name.split("/").map(encoded).join("/")}@${encoded(version)}` };
	});
	return [...new Map(packages.map((one) => [one.purl, one])).values()];
}

/** Pinned packages of a requirements file of pip. */
export const pythonPackages = (requirements: string): Package[] =>
	[...requirements.matchAll(/^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)/gm)].map(([, name, version]) => ({
		...{ name: name!, version: version! },
		purl: `pkg:pypi/${name!.toLowerCase().replaceAll(/[_.]/g, "-")}@${encoded(version!)}`,
	}));

interface DocumentFacts {
	repository: string;
	digest: string;
	/** ISO 8601. */
	created: string;
	/** Version of cres. */
	cres: string;
}

/** An SPDX document (SPDX specification 2.3, JSON) of an image that contains these packages. */
export function spdxDocument(facts: DocumentFacts, packages: readonly Package[]) {
	const { repository, digest, created, cres } = facts;
	const image = "SPDXRef-Image";
	const idOf = (at: number): string => `SPDXRef-Package-${at + 1}`;
	return {
		...{ spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT" },
		name: `${repository}@${digest}`,
		documentNamespace: `urn:cres:sbom:${digest}:${created}`,
		creationInfo: { created: created.replace(/\.\d+Z$/, "Z"), creators: [`Tool: cres-${cres}`] },
		packages: [
			{ ...entryOf(image, { name: repository, version: digest, purl: ociPurl(repository, digest) }) },
			...packages.map((one, at) => entryOf(idOf(at), one)),
		],
		relationships: [
			relation("SPDXRef-DOCUMENT", "DESCRIBES", image),
			...packages.map((_, at) => relation(image, "CONTAINS", idOf(at))),
		],
	};
}

const entryOf = (id: string, { name, version, purl, license }: Package) => ({
	...{ SPDXID: id, name, versionInfo: version, downloadLocation: "NOASSERTION", filesAnalyzed: false },
	...{ licenseConcluded: "NOASSERTION", licenseDeclared: license ?? "NOASSERTION", copyrightText: "NOASSERTION" },
	externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
});

const relation = (from: string, relationshipType: string, to: string) => ({
	...{ spdxElementId: from, relationshipType, relatedSpdxElement: to },
});

const ociPurl = (repository: string, digest: string): string =>
	`pkg:oci/${repository.split("/").at(-1)}@${encoded(digest)}`;
