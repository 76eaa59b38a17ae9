import { placeIn, unique } from "../facts/found.ts";
import { lostEndings, type LostEnding } from "../facts/key-endings.ts";
import { keysApart, keysAstray, type Astray } from "../facts/key-templates.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS542",
	scope: "static",
	severity: "error",
	question: "Do scripts and programs fetch what others store: below the same prefix, by the same name?",
	why: "The copies are made, and nobody finds them when they are needed: a restore asks for a key that never existed.",
	example: "The backup writes `s3://$BUCKET/db/$name` and the restore reads `s3://$BUCKET/postgres/$name`: write one.",
	run(tree) {
		const all = tree
			.in("shell", "powershell", "batch", "yaml", "text")
			.filter((file) => standingOf(file.path) === "live" && file.text.length < 400_000 && file.has(SCHEME))
			.flatMap(transfersIn);
		const reads = all.filter(({ stores }) => !stores);
		return {
			looked: `${all.length} transfers from and to buckets`,
			findings: [
				...unique(reads).flatMap((read) => unstored(tree, read, all)),
				...keysAstray(tree).map(astray),
				...lostEndings(tree).map(unmade),
				...keysApart(tree).map(astray),
			],
		};
	},
} satisfies StaticCheck;

const unmade = ({ prefix, ending, file, at, made }: LostEnding): Found => ({
	message: `${file.path} picks what begins with ${prefix} and ends in ${ending}, and what is made there is ${[...new Set(made.map(({ shape }) => shape))].join(", ")}`,
	evidence: [file.placeAt(at), ...made.slice(0, 4).map((one) => one.file.placeAt(one.at))],
	fix: { say: "write the name in one place, and use it in both" },
});

const astray = ({ own, made }: Astray): Found => ({
	message: `${own.file.path} makes the key ${own.shape}, and ${made.maker} of ${made.file.path} makes ${made.shape}`,
	evidence: [own.file.placeAt(own.at), made.file.placeAt(made.at)],
	fix: {
		say: own.maker === undefined ? `call ${made.maker}` : `write ${made.shape} in ${own.maker}, or the other way round`,
	},
});

interface Transfer {
	stores: boolean;
	/** As it is written, without quotes and braces: `$BUCKET`, `backups`. */
	bucket: string;
	/** The first part of the key, with a slash behind it. */
	prefix: string;
	file: SourceFile;
	line: number;
}

const SCHEME = /\b(?:s3|gs):\/\//;
/** One copy, perhaps over several lines: `aws s3 cp FROM TO`, `gsutil cp FROM TO`, `s3cmd put FROM TO`. */
const COPY =
	/\b(?:aws\s+s3\s+(?:cp|mv|sync)|gsutil\s+(?:-m\s+)?(?:cp|mv|rsync)|s3cmd\s+(?:put|get|sync)|s5cmd\s+cp)\b(?:[\\`]\r?\n|[^\n;|&])*/g;
const PLACE = /["']?(?:s3|gs):\/\/\$?\{?([\w.-]+)(?::[?-][^}]*)?\}?\/([\w-]+\/)[^\s"']*["']?/g;

function transfersIn(file: SourceFile): Transfer[] {
	return file.matches(COPY).flatMap(({ 0: command, index }): Transfer[] => {
		const places = [...command.matchAll(PLACE)];
		const [place] = places;
		// Between two buckets is neither.
		if (place === undefined || command.split(SCHEME).length > 2 || isComment(file, index)) return [];
		const behind = command.slice(place.index + place[0].length).replaceAll(/[\\`]\r?\n/g, " ");
		const stores = !/^\s+(?:--?[\w-]+(?:[= ]\S+)?\s+)*(?!-)["'$./~\w]/.test(behind);
		return [{ stores, bucket: place[1]!, prefix: place[2]!, file, line: file.lineAt(index + place.index) }];
	});
}

/** Others store into the bucket, nobody below this prefix, and nothing else of the tree has it. */
function unstored(tree: Tree, read: Transfer, all: readonly Transfer[]): Found[] {
	const stored = unique(all.filter(({ stores, bucket }) => stores && bucket === read.bucket));
	const prefixes = new Set(stored.map(({ prefix }) => prefix));
	// An older version may have been stored before.
	if (prefixes.size !== 1 || prefixes.has(read.prefix) || /^v?\d/.test(read.prefix)) return [];
	const whole = new RegExp(`(?<![\\w-])${RegExp.escape(read.prefix)}`);
	const isNamed = tree.files.some(
		({ path, language, text }) =>
			language !== "markdown" && path !== read.file.path && standingOf(path) === "live" && whole.test(text),
	);
	if (isNamed) return [];
	const [prefix] = prefixes;
	return [
		{
			message: `${read.file.path} fetches from ${read.prefix} of the bucket ${read.bucket}, and what is stored there is below ${prefix!}`,
			evidence: [placeIn(read.file, read.line), ...stored.slice(0, 3).map((one) => placeIn(one.file, one.line))],
			fix: { say: `write ${prefix!} in ${read.file.path}:${read.line}, or ${read.prefix} where it is stored` },
		},
	];
}
