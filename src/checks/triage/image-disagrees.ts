import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { nearest } from "../../system/nearest.ts";
import { imagesOf, type ImagePlace } from "../facts/images.ts";
import { unmadeImages, type UnmadeImage } from "../facts/unmade-images.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS441",
	scope: "static",
	severity: "error",
	question: "Is every image of our own named alike where it is built, pushed, pulled and deployed?",
	why: "One place looks for the image where nobody puts it: `manifest unknown`, or an old image of the same name.",
	example:
		"The workflow pushes `ghcr.io/acme/app-base`, the Dockerfile begins with `docker.io/acme/app-base`; write one repository.",
	run(tree) {
		const all = imagesOf(tree);
		const made = all.filter(({ how, repository }) => how === "makes" && !repository.includes("*"));
		const pushed = made.filter(({ again }) => again !== true);
		const names = new Map(made.map((one) => [one.repository, one]));
		const wrong = all.flatMap((one) => {
			const right =
				one.repository.includes("*") || (names.has(one.repository) && one.how === "uses")
					? undefined
					: partner(one, made);
			return right === undefined ? [] : [{ one, right }];
		});
		const groups = [...Map.groupBy(wrong, ({ one }) => one.repository).values()];
		const findings = [
			...madeTwice(made),
			...groups.flatMap((group) =>
				group[0]!.one.how === "makes"
					? []
					: [
							finding(
								group.map(({ one }) => one),
								group[0]!.right,
								made,
							),
						],
			),
			...unknownTags(all),
			...unmadeImages(tree).map(unmade),
			...unknownAgain(all, pushed),
		];
		return { looked: `${all.length} places that name an image`, findings };
	},
} satisfies StaticCheck;

const unmade = ({ use, sister, repository, wanted, makers }: UnmadeImage): Found => ({
	message: `${use.name} is ${repository}, which nothing makes: ${sister.file.path} has ${wanted}`,
	evidence: [placeIn(use.file, use.line), ...unique([sister, ...makers]).map(({ file, line }) => placeIn(file, line))],
	fix: {
		say: `write ${wanted} for ${repository} in ${listed([use])}`,
		...editOf(use.file, use.line, repository, wanted),
	},
});

const baseName = (repository: string): string => repository.slice(repository.lastIndexOf("/") + 1);
const plain = (text: string): string => text.replaceAll(/[-_.]/g, "");
const hasHost = (repository: string): boolean => /^[^/]*[.:][^/]*\/|^localhost\//.test(repository);

/** What is made under the same name elsewhere, or under a name that differs by a dash. */
function partner(one: ImagePlace, made: readonly ImagePlace[]): ImagePlace | undefined {
	const name = baseName(one.repository);
	const same = made.find(
		({ repository }) =>
			repository !== one.repository && baseName(repository) === name && hasHost(repository) === hasHost(one.repository),
	);
	const folder = one.repository.slice(0, -name.length);
	return (
		same ??
		made.find(
			({ repository }) =>
				repository !== one.repository &&
				repository.startsWith(folder) &&
				(plain(baseName(repository)) === plain(name) || (one.how === "uses" && isMisspelt(name, baseName(repository)))),
		)
	);
}

/** One letter more, less or other, and no number; one for CPUs is none for GPUs. */
const isMisspelt = (name: string, other: string): boolean =>
	Math.min(name.length, other.length) >= 6 &&
	Math.abs(name.length - other.length) <= 1 &&
	name.replaceAll(/\d|[cg]pu/g, "") !== other.replaceAll(/\d|[cg]pu/g, "") &&
	nearest(name, [other], 1) !== undefined;

function finding(places: readonly ImagePlace[], right: ImagePlace, made: readonly ImagePlace[]): Found {
	const [first, ...rest] = unique(places);
	const makers = unique(made.filter(({ repository }) => repository === right.repository));
	return {
		message: `the image is made as ${right.repository} and used as ${first!.repository}`,
		evidence: [placeIn(first!.file, first!.line), ...[...rest, ...makers].map(({ file, line }) => placeIn(file, line))],
		fix: {
			say: `write ${right.repository} for ${first!.repository} in ${listed([first!, ...rest])}`,
			...editOf(first!.file, first!.line, first!.repository, right.repository),
		},
	};
}

/** Two registries for one image, where it is made: a mirror is pushed in one file, on purpose. */
function madeTwice(made: readonly ImagePlace[]): Found[] {
	return [...Map.groupBy(made, ({ repository }) => baseName(repository)).values()].flatMap((group) => {
		const repositories = [...Map.groupBy(group, ({ repository }) => repository).entries()].toSorted(
			(a, b) => a[1].length - b[1].length,
		);
		const files = repositories.map(([, places]) => new Set(places.map(({ file }) => file.path)));
		if (
			repositories.length !== 2 ||
			!files[0]!.isDisjointFrom(files[1]!) ||
			hasHost(repositories[0]![0]) !== hasHost(repositories[1]![0])
		)
			return [];
		return [finding(repositories[0]![1], repositories[1]![1][0]!, made)];
	});
}

/** A tag for an image that nothing pushes, beside images of its family that something does. */
function unknownAgain(all: readonly ImagePlace[], pushed: readonly ImagePlace[]): Found[] {
	const names = new Set(pushed.map(({ repository }) => repository));
	const isOpen = all.some(({ how, repository }) => how === "makes" && repository.includes("*"));
	const lost = isOpen ? [] : all.filter(({ again, repository }) => again === true && !names.has(repository));
	return [...Map.groupBy(lost, ({ repository }) => repository)].flatMap(([repository, places]): Found[] => {
		const family = pushed.filter((one) => hasHost(repository) && familyOf(one.repository) === familyOf(repository));
		const right = family.find((one) =>
			all.some((other) => other.how === "uses" && other.repository === one.repository),
		);
		if (right === undefined || partner(places[0]!, pushed) !== undefined) return [];
		const others = [...new Set(family.map((one) => one.repository))];
		const own = unique([...all.filter((one) => one.how === "uses" && one.repository === repository), ...places]);
		const [first, ...rest] = [...own, ...unique(family)];
		return [
			{
				message: `${repository} is given a tag, and nothing of the tree pushes it: what is pushed is ${others.join(", ")}`,
				evidence: [placeIn(first!.file, first!.line), ...rest.map(({ file, line }) => placeIn(file, line))],
				fix: { say: `write ${others.join(" or ")} in ${listed(own)}` },
			},
		];
	});
}

/** The registry, the owner and the first word of the name. */
const familyOf = (repository: string): string => /^.*\/[a-z0-9]+(?=[-_.]|$)/.exec(repository)?.[0] ?? repository;

/** A tag that no place gives, where all of them are literal. */
function unknownTags(all: readonly ImagePlace[]): Found[] {
	const makers = Map.groupBy(
		all.filter(({ how }) => how === "makes"),
		({ repository }) => repository,
	);
	return all.flatMap((one): Found[] => {
		const own =
			one.how === "uses" && one.tag !== undefined && !one.tag.includes("*") && !one.digest
				? makers.get(one.repository)
				: undefined;
		if (!own || own.some(({ tag }) => tag === undefined || tag.includes("*") || tag === one.tag)) return [];
		if ([...makers.keys()].some((repository) => repository.includes("*"))) return [];
		const tags = [...new Set(own.map(({ tag }) => tag!))];
		return [
			{
				message: `${one.repository}:${one.tag!} is used, and only the tags ${tags.join(", ")} are made`,
				evidence: [placeIn(one.file, one.line), ...unique(own).map(({ file, line }) => placeIn(file, line))],
				fix: { say: `use one of ${tags.join(", ")} in ${listed([one])}, or push ${one.tag!}, too` },
				severity: "warning",
			},
		];
	});
}
