import { ago, shortDigest, table } from "../system/text.ts";
import type { ChannelList, ChannelRow } from "./channels.ts";

/**
 * One row a channel, then what is wrong with each and what to type.
 * @param now milliseconds since the epoch
 * @param columns of the screen
 */
export function renderChannels({ channels, unasked }: ChannelList, now: number, columns?: number): string {
	if (channels.length === 0) return "cres.yaml names no channel; next: channels: [canary, stable]";
	const rows = channels.map((row) => [
		row.channel,
		row.buildId ?? (row.digest === null ? "-" : "?"),
		row.digest === null ? "-" : shortDigest(row.digest),
		attestedText(row),
		row.promoted ? ago(now - Date.parse(row.promoted.at)) : "-",
		row.promoted?.by ?? "-",
		row.instances.join(", ") || "-",
	]);
	const headers = ["CHANNEL", "BUILD", "DIGEST", "ATTESTED", "SINCE", "BY", "RUNS ON"];
	return [
		table(headers, rows, { columns, drop: ["DIGEST", "BY"] }),
		...channels.flatMap(findingOf),
		...unasked.flatMap(({ instance, ...told }) => toldLines(`${instance} could not be asked`, told)),
	].join("\n");
}

const attestedText = ({ attested, problem }: ChannelRow): string => {
	if (attested !== null) return attested ? "yes" : "no";
	return problem ? "?" : "-";
};

function findingOf({ channel, digest, problem }: ChannelRow): string[] {
	if (problem) return toldLines(channel, problem);
	return digest === null ? [`${channel} resolves to nothing\n  → cres promote DIGEST ${channel}`] : [];
}

const toldLines = (what: string, { message, hint }: { message: string; hint: string | null }): string[] => [
	`${what}: ${message}`,
	...(hint ? [`  → ${hint}`] : []),
];
