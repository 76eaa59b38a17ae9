import type { SourceFile } from "../tree/source-file.ts";
import { isComment, isCommentLine } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { productRenamesOf, type ProductRename } from "../claims/product-renames.ts";
import { editOf, listed, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const NAME = "`([^`\\n]{4,80})`";
const KIND =
	"(?:(?:the|our|old|task|queue|file|script|module|command|service|program|env(?:ironment)?|variable|setting|flag|option|name|image|folder|target|job|workflow)\\s+){0,3}";
const RENAMES: readonly RegExp[] = [
	new RegExp(`\\b(?:renam|mov)(?:ed|e|ing)\\s+${KIND}${NAME}\\s+(?:to|into|as|→|->|=>)\\s+${KIND}${NAME}`, "gi"),
	new RegExp(`\\breplac(?:ed|e|ing)\\s+${KIND}${NAME}\\s+(?:with|by)\\s+${KIND}${NAME}`, "gi"),
	new RegExp(
		`${NAME}\\s+(?:was|is|has been|were)\\s+(?:now\\s+)?(?:renamed|replaced|moved)\\s+(?:to|by|with|into)\\s+${KIND}${NAME}`,
		"gi",
	),
	new RegExp(`${NAME}\\s+(?:is|was)\\s+(?:now\\s+)?(?:called|named)\\s+${NAME}`, "gi"),
];
const REMOVED = new RegExp(
	`\\b(?:retired|removed|dropped|deleted)\\s+${KIND}${NAME}(?!\\s*(?:from|in|of|reference|entry|line|and|,|\\+))`,
	"gi",
);

/** Of one document, the newest first. */
const MOST = 150;

interface Told {
	old: string;
	/** Undefined: it is gone. */
	now: string | undefined;
	file: SourceFile;
	line: number;
}

export default {
	code: "TS452",
	scope: "static",
	severity: "error",
	question: "Did every rename that the documents tell of reach every file?",
	why: "What still uses the old name looks for something that is not there any more.",
	example: "PLAN.md: renamed `clips-queue` to `clips@cpu`; a script still names `clips-queue`. Write the new name.",
	run(tree) {
		const documents = tree.in("markdown").filter(({ path }) => ["docs", "history"].includes(standingOf(path)));
		const told = documents.flatMap(renamesIn);
		const findings = [
			...told.flatMap((one) => finding(tree, one)),
			...productRenamesOf(tree).flatMap((one) => productFinding(tree, one)),
		];
		return { looked: `${documents.length} documents, ${told.length} renames`, findings };
	},
} satisfies StaticCheck;

/** Of the newest mention alone: what stands further up in a document was written later. */
function renamesIn(file: SourceFile): Told[] {
	if (!file.has(/renam|replac|moved?|retired|removed|dropped|deleted|called|named/i)) return [];
	const renames = RENAMES.flatMap((pattern) =>
		file.matches(pattern).flatMap(({ 0: all, 1: old, 2: now, index }) =>
			// What a guide says to replace was not replaced.
			(/^(?:rename|move|replace)\s/i.test(all) && standingOf(file.path) === "docs") ||
			// A name that was moved into another place keeps its name.
			(/^mov/i.test(all) && !(/[./]/.test(old!) && /[./]/.test(now!)))
				? []
				: [{ old: old!, now: now as string | undefined, index }],
		),
	);
	const removed = file.matches(REMOVED).map(({ 1: old, index }) => ({ old: old!, now: undefined, index }));
	const headings = file.matches(/^#{1,3} /gm).map((match) => match.index);
	return [...renames, ...removed].slice(0, MOST).flatMap(({ old, now, index }) => {
		const line = file.lineAt(index);
		const before = file.text.slice(0, headings.findLast((at) => at <= index) ?? 0);
		if (
			!isTelling(old) ||
			(RELEASES.test(file.path) && /^[a-z]\w*$/.test(old)) ||
			old === now ||
			before.includes(old) ||
			isComment(file, index)
		)
			return [];
		return [{ old, now, file, line }];
	});
}

/** Their names are of the interface, and one name is of many things there: a field of one form, a variable of another. */
const RELEASES = /(?:^|\/)(?:[^/]*release[-_]?notes?|change-?log|changes|history|news)\b/i;

/** A name that is no ordinary word, and one name alone. */
const isTelling = (name: string): boolean =>
	name.length >= 6 &&
	/^[\w./@:-]+$/.test(name) &&
	/[\w][_@./:-][\w]|[a-z][A-Z]/.test(name) &&
	!/^\d|^v?\d+\.\d/.test(name);

const LEFT =
	/deprecat|legacy|alias|compat|\bold\b|former|renam|migrat|retired|removed|no longer|instead|replac|was\b|previous|moved|->|→/i;

function finding(tree: Tree, { old, now, file: document, line }: Told): Found[] {
	const word = new RegExp(`(?<![\\w@.-])${old.replaceAll(/[.*+?^${"$"}{}()|[\]\\]/g, "\\$&")}(?![\\w@-]|[./]\\w)`);
	if (tree.has(old) || (now !== undefined && (word.test(now) || !isKnown(tree, now, document)))) return [];
	if (now === undefined && !/_|@|-queue|\.(?:py|sh|ps1|ts|js|conf|ya?ml|cmd)$/.test(old)) return [];
	const stale = tree.files.flatMap((file) => {
		const standing = standingOf(file.path);
		if (file === document || !["live", "docs"].includes(standing) || !file.text.includes(old)) return [];
		return file.lines.flatMap((text, index) =>
			word.test(text) &&
			!LEFT.test(text) &&
			!(now !== undefined && text.includes(now)) &&
			!(standing === "live" && isCommentLine(file, index + 1))
				? [{ file, line: index + 1, live: standing === "live" }]
				: [],
		);
	});
	const sorted = stale.toSorted((a, b) => Number(b.live) - Number(a.live));
	const [first, ...rest] = sorted;
	if (!first) return [];
	const gone =
		now === undefined ? `${document.path} says that ${old} is gone` : `${document.path} says that ${old} became ${now}`;
	return [
		{
			message: `${gone}, and ${first.file.path} still names it`,
			evidence: [
				placeIn(first.file, first.line),
				...rest.slice(0, 20).map((one) => placeIn(one.file, one.line)),
				placeIn(document, line),
			],
			fix: {
				say:
					now === undefined ? `remove ${old} from ${listed(sorted)}` : `write ${now} for ${old} in ${listed(sorted)}`,
				...(now === undefined || rest.length > 0 ? {} : editOf(first.file, first.line, old, now)),
			},
			severity: first.live ? "error" : "warning",
		},
	];
}

/** The new name is in the tree: the rename was done. */
const isKnown = (tree: Tree, now: string, document: SourceFile): boolean =>
	tree.has(now) ||
	tree.files.some((file) => file !== document && standingOf(file.path) === "live" && file.text.includes(now));

/** The former name of the product as a whole word, or in front of an underscore, in what runs. */
function productFinding(tree: Tree, { old, now, file: document, line }: ProductRename): Found[] {
	const word = new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(old).replaceAll(/[-_]/g, "[-_]?")}(?![A-Za-z0-9])`, "i");
	const stale = tree.files.flatMap((file) =>
		standingOf(file.path) === "live" && !/(?:^|\/)(?:package-lock\.json|[^/]*\.lock)$/.test(file.path) && file.has(word)
			? file.lines.flatMap((text, index) =>
					word.test(text) && !LEFT.test(text) && !isCommentLine(file, index + 1) ? [{ file, line: index + 1 }] : [],
				)
			: [],
	);
	const [first, ...rest] = stale;
	// Where most of the tree has the old name, it is the name of something else.
	if (!first || new Set(stale.map(({ file }) => file)).size > 5) return [];
	return [
		{
			message: `${document.path} says that ${old} became ${now}, and ${first.file.path} still has the old name`,
			evidence: [
				placeIn(first.file, first.line),
				...rest.slice(0, 20).map((one) => placeIn(one.file, one.line)),
				placeIn(document, line),
			],
			fix: { say: `write ${now} for ${old} in ${listed(stale)}` },
			severity: "warning",
		},
	];
}
