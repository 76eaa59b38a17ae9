import { standingOf } from "./standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices } from "./compose.ts";
import { liveEnvOf } from "./env.ts";

interface Named {
	name: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

/** A bucket that programs are given beside a store of compose, which gets another one. */
export interface LostBucket {
	uses: readonly [Named, ...Named[]];
	made: readonly [Named, ...Named[]];
}

const STORE = /(?:^|\/)(?:minio|localstack|seaweedfs|garage|rustfs|s3mock|ceph)(?=[:/@]|$)/;
const NAME = "[a-z0-9$][\\w.${}-]{2,80}";
/** `mc mb local/films`, also as a list; `aws s3 mb s3://films`, `create-bucket --bucket films`, `create_bucket(Bucket="films")`. */
const MADE = new RegExp(
	[
		`(?<![\\w-])mb["']?(?:[ \\t,]+["']?--?[\\w-]+["']?)*[ \\t,]+["']?(?:s3://|[\\w$-]+/)(${NAME})`,
		`\\bcreate-bucket\\b[^\\n]*--bucket[= ]["']?(${NAME})`,
		`\\bcreate_bucket\\(\\s*Bucket\\s*=\\s*(\\S{3,80}?)[,)\\s]`,
		`\\b(?:MINIO_DEFAULT_BUCKETS|MINIO_BUCKETS?|CREATE_BUCKETS?)\\b["']?[ \\t]*[=:][ \\t]*["']?(\\S{3,200})`,
	].join("|"),
	"g",
);
/** A program that makes the bucket whose name it is given. */
const MAKES_ITS_OWN =
	/CreateBucketCommand|\b(?:makeBucket|make_bucket|createBucket|ensure_?[bB]ucket)\(|\bcreate_bucket\((?!\s*Bucket\s*=\s*["'])/;
const USES = /(?:^|_)BUCKET(?:_NAME)?$/;

/** Of each compose file with a store of its own; nothing where the name of a bucket that is made is computed. */
export function lostBuckets(tree: Tree): LostBucket[] {
	const stores = Map.groupBy(
		composeServices(tree).filter(({ image, file }) => STORE.test(image ?? "") && isLive(file)),
		({ file }) => file,
	);
	if (stores.size === 0) return [];
	const made = tree.files.filter((file) => isLive(file) && file.has(/\bmb\b|bucket/i)).flatMap(madeIn);
	if (tree.in("javascript", "python").some((file) => isLive(file) && file.has(MAKES_ITS_OWN))) return [];
	const names = new Set(made.flatMap(({ name }) => name.split(",")));
	if (made.length === 0 || [...names].some((name) => /[^a-z0-9.-]/.test(name))) return [];
	return [...stores].flatMap(([file, own]) => {
		const env = liveEnvOf(tree).filter((one) => one.file === file && one.value !== undefined && one.value !== "");
		const endpoints = env.filter(({ name }) => /ENDPOINT|S3_URL/.test(name));
		// The programs may use a store elsewhere.
		if (endpoints.some(({ value }) => !own.some(({ name }) => value!.includes(`//${name}:`)))) return [];
		const lost = env.flatMap(({ name, value, line }) =>
			USES.test(name) && /^[a-z0-9][a-z0-9.-]{2,}$/.test(value!) && !names.has(value!)
				? [{ name: value!, file, line }]
				: [],
		);
		const [first, ...rest] = lost;
		return first === undefined ? [] : [{ uses: [first, ...rest], made: made as unknown as LostBucket["made"] }];
	});
}

/** A bucket that a step makes in the folder of a MinIO which it started: each folder there is one. */
const MADE_AS_FOLDER =
	/\bexec[ \t][^\n]*\bmkdir[ \t]+(?:-p[ \t]+)?["']?\/(?:data|export|mnt\/data)\/([a-z0-9$][\w.${}-]{2,80})/g;
const GIVEN = /(?<![\w-])(?:-e|--env)[ \t=]["']?(?:\w+_)?BUCKET(?:_NAME)?=["']?([a-z0-9][a-z0-9.-]{2,62})(?![\w$({.])/g;
/** `docker run … minio/minio`, also by a name that holds the image. */
const STARTS =
	/\b(?:docker|podman|nerdctl)[ \t]+run\b(?:\\\r?\n|[^\n])*\b(?:minio|localstack|seaweedfs|garage|rustfs)/i;
/** An endpoint of a store elsewhere. */
const ELSEWHERE = /ENDPOINT\w*["']?[ \t]*[:=][ \t]*["']?(?:https?:\/\/)?[a-z0-9-]+\.[a-z0-9.-]*[a-z]/;

/** The same of workflows and scripts that start a store and the programs beside it by `docker run`. */
export function lostBesideRuns(tree: Tree): LostBucket[] {
	const files = tree.in("yaml", "shell", "powershell").filter((file) => isLive(file) && file.has(STARTS));
	const found = files.flatMap((file): LostBucket[] => {
		const folders = file
			.matches(MADE_AS_FOLDER)
			.flatMap(({ 0: all, 1: name, index }): Named[] =>
				isComment(file, index) ? [] : [{ name: name!, file, line: file.lineAt(index + all.length - 1) }],
			);
		const [made, ...more] = [...madeIn(file), ...folders];
		if (made === undefined || file.has(ELSEWHERE)) return [];
		const names = new Set([made, ...more].flatMap(({ name }) => name.split(",")));
		if ([...names].some((name) => /[^a-z0-9.-]/.test(name))) return [];
		const lost = file
			.matches(GIVEN)
			.flatMap(({ 0: all, 1: name, index }): Named[] =>
				names.has(name!) || isComment(file, index)
					? []
					: [{ name: name!, file, line: file.lineAt(index + all.length - 1) }],
			);
		const [first, ...rest] = lost;
		return first === undefined ? [] : [{ uses: [first, ...rest], made: [made, ...more] }];
	});
	const makesItsOwn = (): boolean =>
		tree.in("javascript", "python").some((file) => isLive(file) && file.has(MAKES_ITS_OWN));
	return found.length === 0 || makesItsOwn() ? [] : found;
}

const isLive = ({ path, text }: SourceFile): boolean =>
	standingOf(path) === "live" && !isAside(path) && !isTest(path) && text.length < 200_000;

const madeIn = (file: SourceFile): Named[] =>
	file.matches(MADE).flatMap(({ 0: all, 1: typed, 2: option, 3: call, 4: listed, index }) => {
		const name = (typed ?? option ?? call ?? listed)!;
		return isComment(file, index)
			? []
			: [{ name: name.replaceAll(/^["']|["';]+$/g, ""), file, line: file.lineAt(index + all.length - 1) }];
	});
