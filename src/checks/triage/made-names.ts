import { isNear } from "../calls/words.ts";
import { envOf } from "../facts/env.ts";
import { editOf, placeIn, unique } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

interface Kind {
	what: string;
	/** Commands and calls that make one; the last group is its name, or what computes it. */
	made: readonly RegExp[];
	/** Names of the environment that hold one. */
	env: RegExp;
	/** A name of code that is set to one. */
	code: RegExp;
}

const SPOKEN = String.raw`(["']?[^\s"'|&;)]+)`;
const KINDS: readonly Kind[] = [
	{
		what: "bucket",
		made: [
			new RegExp(
				String.raw`(?:\bmc(?:\.exe)?|\$mc)["']?(?:[ \t]+--?\w[\w-]*)*[ \t]+mb[ \t]+(?:--?[\w=-]+[ \t]+)*["']?[\w-]+\/${SPOKEN}`,
				"g",
			),
			new RegExp(String.raw`\b(?:aws[^\n|;&]*[ \t]s3|s3cmd|s5cmd)[ \t]+mb[ \t]+["']?s3:\/\/${SPOKEN}`, "g"),
			new RegExp(
				String.raw`\b(?:gsutil[ \t]+mb|gcloud[ \t]+storage[ \t]+buckets[ \t]+create)[ \t][^\n]*?gs:\/\/${SPOKEN}`,
				"g",
			),
			new RegExp(String.raw`\bs3api[ \t]+create-bucket\b[^\n]*?--bucket[ =]${SPOKEN}`, "g"),
			/\b(?:make_bucket|makeBucket|create_bucket|createBucket|CreateBucketCommand)\(\s*(?:\{\s*)?(?:\w+\s*[=:]\s*)?([^\s,)}]+)/g,
		],
		env: /(?:^|_)BUCKET(?:_NAME)?$/,
		code: /\b\w*bucket(?:_?name)?["']?\s*(?::\s*\w+\s*)?[=:]\s*["']([a-z0-9][a-z0-9.-]{2,62})["']/gi,
	},
	{
		what: "topic",
		made: [
			new RegExp(String.raw`\bkafka-topics(?:\.sh)?\b(?=[^\n]*--create\b)[^\n]*?--topic[ =]${SPOKEN}`, "g"),
			new RegExp(String.raw`\b(?:rpk[ \t]+topic|gcloud[ \t]+pubsub[ \t]+topics)[ \t]+create[ \t]+${SPOKEN}`, "g"),
			/\b(?:NewTopic|create_topic)\(\s*(?:\w+\s*=\s*)?([^\s,)]+)/g,
		],
		env: /(?:^|_)TOPIC(?:_NAME)?$/,
		code: /\b\w*topic(?:_?name)?["']?\s*(?::\s*\w+\s*)?[=:]\s*["']([\w][\w.-]{2,80})["']/gi,
	},
	{
		what: "stream",
		made: [new RegExp(String.raw`\bnats[ \t]+(?:stream|str)[ \t]+(?:add|create)[ \t]+${SPOKEN}`, "g")],
		env: /(?:^|_)STREAM(?:_NAME)?$/,
		code: /\b\w*stream_?name["']?\s*(?::\s*\w+\s*)?[=:]\s*["']([\w][\w-]{2,80})["']/gi,
	},
];
const PLAIN = /^[A-Za-z0-9][\w.-]{2,80}$/;
const PLACEHOLDER = /your|change|example|xxx|todo|dummy|placeholder/i;
const OTHER_WORLD =
	/(?:^|[-_.])(?:dev|test|tests|testing|local|ci|stage|staging|tmp|temp|backup|backups|sandbox|demo)(?:[-_.]|$)/i;

export default {
	code: "TS395",
	scope: "static",
	severity: "error",
	question: "Is the bucket, topic or stream that the tree makes the one that its settings name?",
	why: "The start makes one and the program asks for another one: the first upload ends with NoSuchBucket.",
	example: "`mc mb store/clips` in compose.yml, and MEDIA_BUCKET=clips-media everywhere else: write clips-media.",
	run(tree) {
		const found = KINDS.map((kind) => ({ kind, made: madeIn(tree, kind) }));
		return {
			looked: `${found.reduce((sum, { made }) => sum + made.length, 0)} buckets, topics and streams that the tree makes`,
			findings: found.flatMap(({ kind, made }) => differing(tree, kind, made)),
		};
	},
} satisfies StaticCheck;

interface Name {
	/** Undefined where it is computed. */
	value: string | undefined;
	file: SourceFile;
	line: number;
}

const isCounted = ({ path, text }: SourceFile): boolean =>
	(standingOf(path) === "live" || isEnvExample(path)) && text.length < 400_000;

const madeIn = (tree: Tree, { what, made }: Kind): Name[] =>
	tree.files
		.filter((file) => isCounted(file) && file.has(new RegExp(what === "bucket" ? "bucket|\\bmb\\b" : what, "i")))
		.flatMap((file) =>
			made.flatMap((pattern) =>
				file.matches(pattern).flatMap(({ 0: all, 1: word, index }): Name[] => {
					if (isComment(file, index)) return [];
					const isCode = all.includes("(");
					const bare = word!.replaceAll(/^["']|["'\\/,]+$/g, "");
					const value = PLAIN.test(bare) && (!isCode || /^["']/.test(word!)) ? bare : undefined;
					return [{ value, file, line: file.lineAt(index + all.length - 1) }];
				}),
			),
		);

function usedIn(tree: Tree, { env, code }: Kind, made: readonly Name[]): Name[] {
	const set = envOf(tree).flatMap(({ name, value, comment, file, line }): Name[] =>
		env.test(name) && !comment && isCounted(file) ? [{ value, file, line }] : [],
	);
	const written = tree
		.in("python", "javascript")
		.filter(isCounted)
		.flatMap((file) =>
			file
				.matches(code)
				.flatMap(({ 0: all, 1: value, index }): Name[] =>
					isComment(file, index) ? [] : [{ value, file, line: file.lineAt(index + all.length - 1) }],
				),
		);
	return [...set, ...written].filter(
		({ value, file, line }) =>
			value !== undefined &&
			PLAIN.test(value) &&
			!PLACEHOLDER.test(value) &&
			!made.some((one) => one.file === file && one.line === line),
	);
}

/** One that is made and that nothing else names, and one that is used and that nothing makes. */
function differing(tree: Tree, kind: Kind, made: readonly Name[]): Found[] {
	if (made.length === 0 || made.some(({ value }) => value === undefined)) return [];
	const used = usedIn(tree, kind, made);
	const idle = made.filter(({ value }) => !used.some((one) => one.value === value));
	const wanted = used.filter(({ value }) => !made.some((one) => one.value === value));
	const [names, meant] = [new Set(idle.map(({ value }) => value!)), new Set(wanted.map(({ value }) => value!))];
	if (names.size !== 1 || meant.size !== 1) return [];
	const [[name], [right]] = [[...names], [...meant]] as [[string], [string]];
	// Another thing altogether, that somebody else uses.
	if (!isNear(name.replaceAll(/[-.]/g, "_"), right.replaceAll(/[-.]/g, "_"))) return [];
	if (OTHER_WORLD.test(name) !== OTHER_WORLD.test(right) || isNamedElsewhere(tree, name, idle)) return [];
	const first = idle[0]!;
	return [
		{
			message: `${first.file.path} makes the ${kind.what} ${name}, and the settings name ${right}, which nothing makes`,
			evidence: [
				placeIn(first.file, first.line),
				...[...idle.slice(1), ...unique(wanted).slice(0, 4)].map(({ file, line }) => placeIn(file, line)),
			],
			fix: {
				say: `write ${right} in ${first.file.path}:${first.line}`,
				...editOf(first.file, first.line, name, right),
			},
		},
	];
}

const isNamedElsewhere = (tree: Tree, name: string, made: readonly Name[]): boolean => {
	const word = new RegExp(`(?<![\\w.-])${RegExp.escape(name)}(?![\\w.-])`);
	return tree.files.some(
		(file) =>
			isCounted(file) &&
			file.text.includes(name) &&
			file.lines.some(
				(line, index) => word.test(line) && !made.some((one) => one.file === file && one.line === index + 1),
			),
	);
};
