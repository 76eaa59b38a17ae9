/** One mutant that no fast test noticed. */
export interface Survivor {
	file: string;
	line: number;
	original: string;
	mutant: string;
}

/** A survivor that is left, and why. */
export interface Accepted {
	file: string;
	original: string;
	/** Undefined: whatever stands in place of `original`. */
	mutant?: string;
	reason: string;
}

export interface FolderReport {
	folder: string;
	killed: number;
	survived: number;
	/** Percent, rounded down to a tenth; 100 where there is nothing to mutate. */
	score: number;
	survivors: (Survivor & { reason?: string })[];
	/** Entries of the list that no longer survive. */
	outdated: Accepted[];
	/** Entries of the list whose code, or whose change of it, is not there any more. */
	gone: Accepted[];
	/** Tests that fail, or fail when they run again, without a mutant: they notice nothing. */
	setAside: string[];
	/** Test files that did not come to their end: what they would notice counts as survived. */
	unfinished: string[];
}

/** What one run found in a folder. */
export interface Found extends Pick<FolderReport, "setAside" | "unfinished"> {
	noticed: number;
	survivors: readonly Survivor[];
	accepted: readonly Accepted[];
	gone: readonly Accepted[];
}

/** Entries of the list that are none of the mutants that a folder has. */
export const goneOf = (folder: string, accepted: readonly Accepted[], mutants: readonly Survivor[]): Accepted[] => {
	const byFile = Map.groupBy(mutants, ({ file }) => file);
	return accepted.filter(
		(entry) => entry.file.startsWith(`${folder}/`) && !byFile.get(entry.file)?.some((one) => matches(entry, one)),
	);
};

/** Accepted survivors count as survivors: the list explains them, the score is what the tests notice. */
export function reportOf(folder: string, found: Found): FolderReport {
	const { noticed, survivors, accepted, gone, setAside, unfinished } = found;
	const mine = accepted.filter(({ file }) => file.startsWith(`${folder}/`));
	const total = noticed + survivors.length;
	return {
		folder,
		killed: noticed,
		survived: survivors.length,
		score: total === 0 ? 100 : Math.floor((1000 * noticed) / total) / 10,
		survivors: survivors.map((one) => {
			const reason = mine.find((entry) => matches(entry, one))?.reason;
			return reason === undefined ? one : { ...one, reason };
		}),
		outdated: mine.filter((entry) => !gone.includes(entry) && !survivors.some((one) => matches(entry, one))),
		gone: [...gone],
		setAside,
		unfinished,
	};
}

const matches = (entry: Accepted, one: Survivor): boolean =>
	entry.file === one.file && entry.original === one.original && (entry.mutant ?? one.mutant) === one.mutant;

const nameOf = ({ file, original, mutant }: Accepted): string =>
	`${file}  ${original}${mutant === undefined ? "" : `  →  ${mutant}`}`;

/** One line of an entry that the list need not have. */
export const goneText = (entry: Accepted): string => `accepted, but there is no such mutant: ${nameOf(entry)}`;

/** The survivors without a reason, what is outdated in the list, and one line a folder. */
export function textOf(reports: readonly FolderReport[], least: number): string {
	const open = reports.flatMap(({ survivors }) => survivors.filter(({ reason }) => reason === undefined));
	const outdated = reports.flatMap((one) => one.outdated);
	return [
		...open.map(({ file, line, original, mutant }) => `${file}:${line}  ${original}  →  ${mutant}`),
		...outdated.map((entry) => `accepted, but noticed now: ${nameOf(entry)}`),
		...reports.flatMap(({ gone }) => gone.map(goneText)),
		...reports.flatMap(({ setAside }) => setAside.map((test) => `fails without a mutant, left out: ${test}`)),
		...reports.flatMap(({ unfinished }) => unfinished.map((file) => `did not end: ${file}`)),
		"",
		...reports.map(rowOf),
		"",
		`at least ${least} % of the mutants of each folder must be noticed`,
	].join("\n");
}

function rowOf({ folder, score, killed, survived, survivors }: FolderReport): string {
	const accepted = survivors.filter(({ reason }) => reason !== undefined).length;
	return `${folder.padEnd(14)} ${score.toFixed(1).padStart(5)} %  ${killed} of ${killed + survived} noticed, ${accepted} accepted`;
}
