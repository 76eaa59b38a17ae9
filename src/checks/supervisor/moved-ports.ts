import { copiesOf } from "../dockerfile/image-files.ts";
import type { DockerModel } from "../dockerfile/model.ts";
import type { Side } from "../facts/found.ts";
import { isNamedLive } from "../facts/named-ports.ts";
import { optionPorts } from "../facts/service-ports.ts";
import { serviceWordsOf } from "../facts/service-words.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import { programsOf, supervisorFilesOf } from "./programs.ts";

/** A program of an image with the port that it is started on, and those that have another one for it. */
export interface Moved {
	/** `inference in docker/gpu.Dockerfile` */
	name: string;
	sides: Side[];
}

/**
 * Scripts that supervisor starts on a port that their image does not declare and nothing else of the tree has, where other
 * lines name one declared port beside the program's name.
 */
export function movedPorts(tree: Tree, model: DockerModel): Moved[] {
	const last = model.stages.at(-1);
	const exposed = model.stages.flatMap(({ steps }) =>
		steps.flatMap((step) =>
			step.keyword === "EXPOSE" && !step.rest.includes("$")
				? [...step.rest.matchAll(/\b\d{2,5}\b/g)].map(([port]) => ({ port, line: model.file.lineAt(step.start) }))
				: [],
		),
	);
	if (last === undefined || exposed.length === 0) return [];
	const copied = new Set(copiesOf(last).flatMap(({ sources }) => sources));
	return supervisorFilesOf(tree)
		.filter(({ file }) => [...copied].some((source) => file.path.endsWith(source)))
		.flatMap((ini) =>
			programsOf(ini).flatMap(({ name, command }): Moved[] => {
				const start = command && startOf(tree, copied, command.value);
				if (start === undefined || exposed.some(({ port }) => port === start.value)) return [];
				if (isNamedLive(tree, Number(start.value), start.file)) return [];
				const meant = exposed.flatMap(({ port, line }) => {
					const told = tellers(tree, start, name, port);
					return told.length === 0 ? [] : [[...told, { value: port, file: model.file, line, weight: 2 }]];
				});
				return meant.length === 1 ? [{ name: `${name} in ${model.file.path}`, sides: [start, ...meant[0]!] }] : [];
			}),
		);
}

/** The one port of the script of the tree that a program is. */
function startOf(tree: Tree, copied: ReadonlySet<string>, command: string): Side | undefined {
	const script = /([\w.-]+\.sh)\b/.exec(command)?.[1];
	const source = script && [...copied].find((one) => one.endsWith(`/${script}`) || one === script);
	const by = source === undefined ? undefined : tree.files.find(({ path }) => path.endsWith(source));
	const [first, ...more] =
		by?.lines.flatMap((text, index) =>
			/^\s*#/.test(text)
				? []
				: optionPorts(` ${text}`).map((port): Side => ({ value: String(port), file: by, line: index + 1, weight: 1 })),
		) ?? [];
	return more.length === 0 ? first : undefined;
}

/** Lines elsewhere that name the program and one port: settings, scripts, code, a row of a document. */
function tellers(tree: Tree, start: Side, name: string, port: string): Side[] {
	const words = [...serviceWordsOf(name)];
	const number = new RegExp(`(?<![\\w.])${port}(?![\\w.])`);
	return tree.files
		.filter(
			({ path, text, language }) =>
				text.includes(port) &&
				path !== start.file.path &&
				language !== "dockerfile" &&
				(/^(?:live|docs)$/.test(standingOf(path)) || isEnvExample(path)),
		)
		.flatMap((file) =>
			file.lines.flatMap((text, index): Side[] => {
				if (!number.test(text)) return [];
				const own = serviceWordsOf(text);
				return words.some((word) => own.has(word)) ? [{ value: port, file, line: index + 1 }] : [];
			}),
		);
}
