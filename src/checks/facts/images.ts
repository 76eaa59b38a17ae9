import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { envIn } from "./env.ts";
import { builtServicesIn } from "./outline-aliases.ts";
import { outlineOf } from "./outline.ts";
import { standingOf } from "./standing.ts";

/** A place that names an image. */
export interface ImagePlace {
	/** Registry and path, in lower case; `*` stands for a part that nobody knows. */
	repository: string;
	/** `*` where it is computed; undefined where none is written. */
	tag: string | undefined;
	digest: boolean;
	how: "makes" | "uses";
	/** It gets another tag, and is in the repository before. */
	again?: true;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const REFERENCE =
	/^(?:docker:\/\/|docker-image:\/\/)?([a-z0-9*][\w.*-]*(?::\d+)?(?:\/[\w.*-]+)*)(?::([\w.*-]+))?(@(?:sha256:[\w*]+|\*))?$/i;

export const imagesOf = once((tree: Tree): readonly ImagePlace[] => {
	const files = tree.files.filter(
		({ path, text, language }) =>
			standingOf(path) === "live" &&
			text.length < 400_000 &&
			!["javascript", "json", "python", "text"].includes(language),
	);
	return files.flatMap((file) => {
		const values = valuesFor(file);
		return [
			...named(file, values),
			...commands(file, values),
			...(file.language === "dockerfile" ? fromLines(file, values) : []),
			...(file.language === "yaml" ? settings(file, values) : []),
		];
	});
});

type ValueOf = (name: string) => string | undefined;

/** Names with one literal value in the same file. */
function valuesFor(file: SourceFile): ValueOf {
	let values: Map<string, Set<string>> | undefined;
	return (name) => {
		if (!values) {
			values = new Map();
			for (const one of envIn(file))
				if (one.value) values.set(one.name, (values.get(one.name) ?? new Set()).add(one.value));
		}
		const own = values.get(name);
		return own?.size === 1 ? [...own][0] : undefined;
	};
}

/** With the names of the file filled in; what is left is `*`. */
function filled(text: string, valueOf: ValueOf, depth = 0): string {
	if (!/[$%]/.test(text)) return text;
	if (depth > 4) return text.replaceAll(/\$\{\{.*?\}\}/g, "*");
	const next = text
		.replaceAll(/\$\{\{\s*env\.(\w+)\s*\}\}/g, (_all, name: string) => valueOf(name) ?? "*")
		.replaceAll(/\$\{\{.*?\}\}/g, "*")
		.replaceAll(
			/\$\{(\w+)(?::?[-=]([^}]{0,300})|[^}]{0,100})\}|\$(\w+)|%(\w+)%/g,
			(_all, a?: string, fallback?: string, b?: string, c?: string) => valueOf((a ?? b ?? c)!) ?? fallback ?? "*",
		);
	return next === text ? text : filled(next, valueOf, depth + 1);
}

function placeOf(raw: string, how: ImagePlace["how"], file: SourceFile, line: number, valueOf: ValueOf): ImagePlace[] {
	const text = filled(raw.trim().replaceAll(/^["']|["',;)]+$/g, ""), valueOf).replaceAll(/\*+/g, "*");
	const [, repository, tag, digest] = REFERENCE.exec(text) ?? [];
	if (repository === undefined || !repository.includes("/") || /^[*/]*$/.test(repository)) return [];
	return [
		{
			repository: repository.toLowerCase().replace(/^(?:index\.)?docker\.io\//, "docker.io/"),
			tag,
			digest: digest !== undefined,
			how,
			file,
			line,
		},
	];
}

const DOCKER = /\b(?:docker|podman|nerdctl|crane|skopeo|buildah)\b[^\n]*/g;
const MADE = /(?:\s-t\s+|\s--tag[= ]|\bpush\s+|\bcrane\s+(?:tag|cp|copy)\s+\S+\s+|\btag\s+\S+\s+)["']?([^\s"'\\]+)/g;
const USED = /\b(?:pull|run|create|inspect|imagetools\s+inspect)\b([^\n]*)/;

function commands(file: SourceFile, valueOf: ValueOf): ImagePlace[] {
	if (!file.has(/\b(?:docker|podman|nerdctl|crane|skopeo|buildah)\b/)) return [];
	return file.matches(DOCKER).flatMap(({ 0: command, index }): ImagePlace[] => {
		if (isComment(file, index)) return [];
		const line = file.lineAt(index);
		const all = joined(file, line).slice(Math.max(0, file.lines[line - 1]!.indexOf(command)));
		const made = [...[...all.matchAll(MADE)].map(([, reference]) => reference!), ...exportedBy(all)].flatMap(
			(reference) => placeOf(reference, "makes", file, lineOf(file, line, reference), valueOf),
		);
		if (made.length > 0) return AGAIN.test(all) ? made.map((one) => ({ ...one, ...againIn(all, one, valueOf) })) : made;
		const used =
			USED.exec(all)?.[1]
				?.split(/\s+/)
				.filter((word) => /^["']?[a-z0-9$][^\s=]*\/[^\s=]+$/i.test(word) && !/^["']?(?:\/|\.|https?:)/.test(word)) ??
			[];
		const image = used.find((word) => REFERENCE.test(filled(word.replaceAll(/["']/g, ""), valueOf)));
		return image === undefined ? [] : placeOf(image, "uses", file, lineOf(file, line, image), valueOf);
	});
}

/** The images of `type=image,name=ghcr.io/acme/app,push=true`: https://docs.docker.com/build/exporters/image-registry. */
const exportedBy = (text: string): string[] =>
	/\btype=(?:image|registry)\b/.test(text)
		? [...text.matchAll(/(?<=[\s,"'])name=([^\s,"'\\]+)/g)].map(([, name]) => name!)
		: [];

const AGAIN = /\bimagetools\s+create\b/;

/** Whether the last word, from which the tag is made, is of the same repository. */
const againIn = (command: string, made: ImagePlace, valueOf: ValueOf): { again?: true } => {
	const source = /(?:^|\s)([^\s-]\S*)\s*$/.exec(command)?.[1] ?? "";
	return placeOf(source, "uses", made.file, made.line, valueOf)[0]?.repository === made.repository
		? { again: true }
		: {};
};

function joined(file: SourceFile, line: number): string {
	let end = line;
	while (/[\\`^]\s*$/.test(file.lines[end - 1] ?? "") && end - line < 30) end++;
	return file.lines
		.slice(line - 1, end)
		.join("\n")
		.replaceAll(/[\\`^]\s*\n/g, " ")
		.replaceAll(/\$\{\{\s*([^}]*?)\s*\}\}/g, (_all, inner: string) => `\${{${inner.replaceAll(/\s+/g, "")}}}`);
}

const lineOf = (file: SourceFile, from: number, text: string): number => {
	const at = file.lines.slice(from - 1, from + 30).findIndex((line) => line.includes(text));
	return at === -1 ? from : from + at;
};

const fromLines = (file: SourceFile, valueOf: ValueOf): ImagePlace[] =>
	file.lines.flatMap((text, index) => {
		const image = /^\s*FROM\s+(?:--\S+\s+)*(\S+)/i.exec(text)?.[1] ?? /^\s*COPY\s+.*--from=(\S+\/\S+)/i.exec(text)?.[1];
		return image === undefined ? [] : placeOf(image, "uses", file, index + 1, valueOf);
	});

/** `image:` of compose, Kubernetes and jobs; `tags:`, `images:` and `outputs:` of the actions that build. */
function settings(file: SourceFile, valueOf: ValueOf): ImagePlace[] {
	if (!file.has(/image|tags/i)) return [];
	const outline = outlineOf(file);
	const pushes = file.has(/build-push-action|docker\/metadata-action|buildah-build|kaniko/);
	return outline.flatMap(({ path, value, line }): ImagePlace[] => {
		const key = path.findLast((one) => one !== "-") ?? "";
		if (key === "image" && value !== "") {
			const built = path[0] === "services" && builtServicesIn(file).has(path[1]!);
			return placeOf(value, built ? "makes" : "uses", file, line, valueOf);
		}
		const whole = value.replaceAll(/\$\{\{[^}]*\}\}/g, (all) => all.replaceAll(/\s+/g, ""));
		if (pushes && key === "outputs")
			return exportedBy(whole).flatMap((name) => placeOf(`${name}:*`, "makes", file, line, valueOf));
		if (!pushes || (key !== "tags" && key !== "images") || value.startsWith("type=")) return [];
		return whole
			.split(/[,\s]+/)
			.flatMap((one) => placeOf(key === "images" ? `${one}:*` : one, "makes", file, line, valueOf));
	});
}

/** `BASE_IMAGE=…` of a Dockerfile, a script, a list of build arguments. */
const named = (file: SourceFile, valueOf: ValueOf): ImagePlace[] =>
	envIn(file)
		.filter(
			(one) =>
				!one.comment &&
				one.value !== undefined &&
				/(?:^|_)IMAGE(?:_REF|_NAME)?$/.test(one.name) &&
				one.value.includes("/"),
		)
		.flatMap(({ value, line }) => placeOf(value!, "uses", file, line, valueOf));
