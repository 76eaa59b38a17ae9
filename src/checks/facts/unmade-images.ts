import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";
import type { EnvStatement } from "./env-statement.ts";
import { imagesOf, type ImagePlace } from "./images.ts";
import { isEnvExample, standingOf } from "./standing.ts";

/** A setting that names an image which nothing makes, where its sister of the same name has one that is made. */
export interface UnmadeImage {
	use: EnvStatement;
	sister: EnvStatement;
	/** Registry and path. */
	repository: string;
	wanted: string;
	makers: readonly ImagePlace[];
}

/** `IMAGE`, `BASE_IMAGE`: every script has its own. */
const NAME = /^(?!(?:BASE|DOCKER|APP|BUILD|FROM)_IMAGE)[A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*IMAGE(?:_REF|_NAME)?$/;
const SETTINGS = /^(?:env|yaml|ini|toml|json)$/;
const repositoryOf = (value: string): string =>
	value
		.toLowerCase()
		.replace(/@.*$/, "")
		.replace(/:[^:/]*$/, "");
const folderOf = (repository: string): string => repository.slice(0, repository.lastIndexOf("/") + 1);

/** Only where all makers of that registry's folder are known by name; who moves a tag makes no image. */
export function unmadeImages(tree: Tree): UnmadeImage[] {
	const named = envOf(tree).filter(
		({ name, value, file, how, comment }) =>
			how === "sets" &&
			!comment &&
			NAME.test(name) &&
			SETTINGS.test(file.language) &&
			!file.path.startsWith(".github/") &&
			/^[\w.-]+\.[\w.-]+\/[\w./-]+(?::[\w.-]+)?$/.test(value ?? "") &&
			(standingOf(file.path) === "live" || isEnvExample(file.path)),
	);
	const groups = [...Map.groupBy(named, ({ name }) => name).values()].filter((own) => own.length > 1);
	if (groups.length === 0) return [];
	const makers = imagesOf(tree).filter(
		({ how, file, line }) => how === "makes" && !/imagetools\s+create|crane\s+tag/.test(file.lines[line - 1] ?? ""),
	);
	return groups.flatMap((own) =>
		own.flatMap((use): UnmadeImage[] => {
			const repository = repositoryOf(use.value!);
			const folder = folderOf(repository);
			const ours = makers.filter((one) => folderOf(one.repository) === folder || one.repository.startsWith("*"));
			if (ours.some((one) => one.repository === repository || one.repository.includes("*"))) return [];
			const sister = own.find((one) => ours.some((maker) => maker.repository === repositoryOf(one.value!)));
			if (sister === undefined) return [];
			const wanted = repositoryOf(sister.value!);
			return [{ use, sister, repository, wanted, makers: ours.filter((one) => one.repository === wanted) }];
		}),
	);
}
