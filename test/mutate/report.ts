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

/** What became of a mutant; `score` counts those of one folder. */
export type Verdict = "killed" | "survived" | "left out";

export interface FolderReport {
	folder: string;
	killed: number;
	survived: number;
	/** Percent, rounded down to a tenth; 100 where there is nothing to mutate. */
	score: number;
	survivors: (Survivor & { reason?: string })[];
	/** Entries of the list that no longer survive. */
	outdated: Accepted[];
}

/** Stryker's word for it; a mutant that hangs was noticed, one that does not load says nothing. */
export function verdictOf(status: string): Verdict {
	if (status === "Killed" || status === "Timeout") return "killed";
	return status === "Survived" || status === "NoCoverage" ? "survived" : "left out";
}

/** Accepted survivors count as survivors: the list explains them, the score is what the tests notice. */
export function reportOf(
	folder: string,
	killed: number,
	survivors: readonly Survivor[],
	accepted: readonly Accepted[],
): FolderReport {
	const mine = accepted.filter(({ file }) => file.startsWith(`${folder}/`));
	const entryOf = (one: Survivor) => mine.find((entry) => matches(entry, one));
	const total = killed + survivors.length;
	return {
		folder,
		killed,
		survived: survivors.length,
		score: total === 0 ? 100 : Math.floor((1000 * killed) / total) / 10,
		survivors: survivors.map((one) => {
			const reason = entryOf(one)?.reason;
			return reason === undefined ? one : { ...one, reason };
		}),
		outdated: mine.filter((entry) => !survivors.some((one) => matches(entry, one))),
	};
}

const matches = (entry: Accepted, one: Survivor): boolean =>
	entry.file === one.file && entry.original === one.original && (entry.mutant ?? one.mutant) === one.mutant;

/** The survivors without a reason, what is outdated in the list, and one line a folder. */
export function textOf(reports: readonly FolderReport[], least: number): string {
	const open = reports.flatMap(({ survivors }) => survivors.filter(({ reason }) => reason === undefined));
	const outdated = reports.flatMap((one) => one.outdated);
	return [
		...open.map(({ file, line, original, mutant }) => `${file}:${line}  ${original}  →  ${mutant}`),
		...outdated.map(({ file, original }) => `accepted, but noticed now: ${file}  ${original}`),
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
