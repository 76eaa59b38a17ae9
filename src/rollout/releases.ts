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

/** One row a release; `*` marks the current one. @param columns of the screen */
export function renderReleases(rows: readonly ReleaseRow[], columns?: number): string {
	if (rows.length === 0) return "nothing was rolled out yet; next: cres deploy INSTANCE";
	const several = new Set(rows.map(({ instance }) => instance)).size > 1;
	const byChannel = rows.some(({ channel }) => channel !== undefined);
	const lines = rows.map((row) => [
		row.current ? "*" : "",
		shortId(row.id, row.instance, rows),
		...(several ? [row.instance] : []),
		row.buildId,
		row.outcome,
		...(byChannel ? [channelText(row)] : []),
		changedText(row, rows),
		row.by ?? "-",
		String(row.generation),
		seconds(row.durationMs),
		shortDigest(row.digest),
	]);
	const instance = several ? ["INSTANCE"] : [];
	const headers = [
		"",
		"RELEASE",
		...instance,
		"BUILD",
		"OUTCOME",
		...(byChannel ? ["CHANNEL"] : []),
		"CHANGED",
		"BY",
		"GEN",
		"TOOK",
		"DIGEST",
	];
	const marked = rows.find(
		({ current, instance: of }) => current && rows.some((one) => one.instance === of && !one.current),
	);
	return [
		table(headers, lines, { columns, drop: ["DIGEST", "TOOK", "GEN", "CHANNEL"] }),
		...(marked ? [`* current; to go back: cres rollback ${several ? "INSTANCE" : marked.instance} --to RELEASE`] : []),
	].join("\n");
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
