import { currentRelease, type Release } from "../state/releases.ts";
import { seconds, shortDigest, table } from "../system/text.ts";
import { changedSettings } from "./settings-change.ts";

/** A release as `cres releases` shows it. */
export interface ReleaseRow extends Release {
	/** The last one of its instance that went live. */
	current: boolean;
	/** What differs from the release that was live before it: `image`, names of settings; null where none was. */
	changed: string[] | null;
}

/** Releases of any instances, newest first. @param histories of one instance each, oldest first */
export const releaseRows = (histories: readonly (readonly Release[])[]): ReleaseRow[] =>
	histories.flatMap(rowsOf).toSorted((a, b) => (a.at < b.at ? 1 : -1));

function rowsOf(history: readonly Release[]): ReleaseRow[] {
	const current = currentRelease(history);
	return history.map((release, at) => {
		const before = currentRelease(history.slice(0, at));
		return { ...release, current: release === current, changed: before ? differences(before, release) : null };
	});
}

const differences = (before: Release, after: Release): string[] => [
	...(before.digest === after.digest ? [] : ["image"]),
	...changedSettings(before.spec, after.spec),
];

type Column = readonly [header: string, cell: (row: ReleaseRow) => string];

/** One row a release; `*` marks the current one. @param columns of the screen */
export function renderReleases(rows: readonly ReleaseRow[], columns?: number): string {
	if (rows.length === 0) return "nothing was rolled out yet; next: cres deploy INSTANCE";
	const several = new Set(rows.map(({ instance }) => instance)).size > 1;
	const byChannel = rows.some(({ channel }) => channel !== undefined);
	const shown: readonly Column[] = [
		["", ({ current }) => (current ? "*" : "")],
		["RELEASE", ({ id, instance }) => shortId(id, instance, rows)],
		...(several ? [["INSTANCE", ({ instance }: ReleaseRow) => instance] as const] : []),
		["BUILD", ({ buildId }) => buildId],
		["OUTCOME", ({ outcome }) => outcome],
		...(byChannel ? [["CHANNEL", channelText] as const] : []),
		["CHANGED", (row) => changedText(row, rows)],
		["BY", ({ by }) => by ?? "-"],
		["GEN", ({ generation }) => String(generation)],
		["TOOK", ({ durationMs }) => seconds(durationMs)],
		["DIGEST", ({ digest }) => shortDigest(digest)],
	];
	const headers = shown.map(([header]) => header);
	const lines = rows.map((row) => shown.map(([, cell]) => cell(row)));
	return [
		table(headers, lines, { columns, drop: ["DIGEST", "TOOK", "GEN", "CHANNEL"] }),
		...wayBack(rows, several),
	].join("\n");
}

/** What goes back, where an instance has more than its current release. */
function wayBack(rows: readonly ReleaseRow[], several: boolean): string[] {
	const hasOther = ({ instance }: ReleaseRow) => rows.some((one) => one.instance === instance && !one.current);
	const marked = rows.find((row) => row.current && hasOther(row));
	return marked ? [`* current; to go back: cres rollback ${several ? "INSTANCE" : marked.instance} --to RELEASE`] : [];
}

const channelText = ({ channel, unattested }: ReleaseRow): string =>
	`${channel ?? "-"}${unattested === undefined ? "" : " (unattested)"}`;

function changedText({ changed, replays, instance }: ReleaseRow, rows: readonly ReleaseRow[]): string {
	const names = changed === null ? "first release" : changed.join(", ") || "nothing";
	return replays === undefined ? names : `${names} (rollback to ${shortId(replays, instance, rows)})`;
}

/** The time in it alone, where that says which release of the instance it is; `cres rollback --to` takes both. */
function shortId(id: string, instance: string, rows: readonly ReleaseRow[]): string {
	const [time] = id.split(".");
	const same = rows.filter((row) => row.instance === instance && row.id.startsWith(time!));
	return same.length > 1 ? id : time!;
}
