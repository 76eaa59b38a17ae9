import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { editAt, placeIn } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const NAME = "\\w*(?:ADDR|ADDRESS|ENDPOINT|HOST|URL|URI|SERVER|ORIGIN)\\w*";
const VALUE = "(?:[a-z][a-z0-9+.-]*:\\/\\/[^\\s\"'`]+|[\\w-]+(?:\\.[\\w-]+)*:\\d{2,5}|\\d+(?:\\.\\d+){3})";
const FAULTS: readonly RegExp[] = [
	// NAME="http://host:80 " and NAME=" http://host:80"
	new RegExp(`\\b${NAME}["']?\\]?\\s*(?:=|:|,)\\s*(["'])(?:\\s+${VALUE}\\s*|${VALUE}\\s+)\\1`, "gi"),
	// "http://host:80 /path"
	/["'`=]\s*[a-z][a-z0-9+.-]*:\/\/[\w.${}()-]+(?::[\w${}]+)?[ \t]+\/[\w./-]*["'`]?(?=\s*(?:$|[,;)\]}]))/gim,
	// "http:// host"
	/["'`=]\s*[a-z][a-z0-9+.-]*:\/\/[ \t]+\w[\w.-]*(?::\d+)?(?:\/\S*)?["'`]?\s*$/gim,
];
/** Docker takes the end of a line of an env file as it is. */
const ENV_END = new RegExp(`^${NAME}=${VALUE}[ \\t]+$`, "gim");

export default {
	code: "TS413",
	scope: "static",
	severity: "error",
	question: "Is every address free of blanks?",
	why: "The blank becomes a part of the URL: `Failed to parse URL from http://host:8100 /health`, or a host that nobody knows.",
	example: "`API_URL=http://api:8100` with a blank behind the port; remove it.",
	run(tree) {
		const files = tree.files.filter(({ path, text, language }) => {
			const standing = standingOf(path);
			return (standing === "live" || isEnvExample(path)) && language !== "markdown" && text.length < 400_000;
		});
		const findings = files.flatMap(findingsIn);
		return { looked: `${files.length} files`, findings };
	},
} satisfies StaticCheck;

function findingsIn(file: SourceFile): Found[] {
	if (!file.has(/:\/\/|:\d{2,5}[ \t]/)) return [];
	const patterns = file.language === "env" ? [...FAULTS, ENV_END] : FAULTS;
	const hits = patterns.flatMap((pattern) => file.matches(pattern));
	const found = new Map(
		hits
			.filter(({ index, 0: all }) => !isComment(file, index + all.search(/\S/)) && !isCode(file, all))
			.map(({ index, 0: all }) => [file.lineAt(index + all.search(/\S/)), { index, all }]),
	);
	return [...found].map(([line, { index, all }]) => {
		const place = placeIn(file, line);
		return {
			message: `an address with a blank in it: ${JSON.stringify(place.text.trim() === place.text.trimStart() ? place.text.trim() : place.text.trimStart())}`,
			evidence: [place],
			fix: {
				say: `remove the blank from the address in ${file.path}:${line}`,
				...editAt(file, index, all, unblanked(all)),
			},
		};
	});
}

/** Without blanks behind the first quote or before the last one, in the address, and at the end. */
const unblanked = (hit: string): string =>
	hit
		.replace(/(["'])[ \t]+(?=[\w])/, "$1")
		.replace(/(:\/\/\S*)[ \t]+(?=[/\w])/, "$1")
		.replace(/[ \t]+(["'`]?)[ \t]*$/, "$1");

/** A command with two arguments is none, nor is a regular expression. */
const isCode = (file: SourceFile, hit: string): boolean =>
	hit.startsWith("=") && !["env", "ini", "shell", "dockerfile", "yaml"].includes(file.language);
