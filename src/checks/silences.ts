import type { Silence } from "../config/schema.ts";

const DAY_MS = 86_400_000;

/** What became of a silence of cres.yaml. */
export interface SilenceReport extends Silence {
	/** `silencing`; `expired`: its last day is over; `unmatched`: no finding has its fingerprint any more. */
	state: "silencing" | "expired" | "unmatched";
	/** How many findings it is about. */
	findings: number;
	ageDays: number;
}

interface Marked {
	check: string;
	fingerprint: string;
}

export interface Silenced<F> {
	left: F[];
	silences: SilenceReport[];
}

/**
 * Takes out the findings that a silence names, while it lasts.
 * @param looked ids of the checks that could look: a silence of another one is not judged
 * @param now milliseconds since 1970; a day ends at midnight UTC
 */
export function applySilences<F extends Marked>(
	findings: readonly F[],
	silences: readonly Silence[],
	looked: ReadonlySet<string>,
	now: number,
): Silenced<F> {
	const reports = silences
		.filter(({ check }) => looked.has(check))
		.map((one): SilenceReport => {
			const count = findings.filter((finding) => isOf(one, finding)).length;
			const expired = now >= Date.parse(one.until) + DAY_MS;
			const state = count === 0 ? "unmatched" : expired ? "expired" : "silencing";
			return {
				...one,
				state,
				findings: count,
				ageDays: Math.max(0, Math.floor((now - Date.parse(one.since)) / DAY_MS)),
			};
		});
	const active = reports.filter(({ state }) => state === "silencing");
	return { left: findings.filter((finding) => !active.some((one) => isOf(one, finding))), silences: reports };
}

const isOf = (silence: Marked, finding: Marked): boolean =>
	silence.check === finding.check && silence.fingerprint === finding.fingerprint;

/** The lines of cres.yaml that silence a finding, below `triage:` and `silence:`. */
export function silenceBlock({ check, fingerprint, message }: Marked & { message: string }, now: number): string {
	const day = (at: number) => new Date(at).toISOString().slice(0, 10);
	return [
		`    # ${message.replaceAll(/\s+/g, " ")}`,
		`    - check: ${check}`,
		`      fingerprint: ${fingerprint}`,
		"      reason: why it is right as it is",
		"      owner: your name",
		`      since: ${day(now)}`,
		`      until: ${day(now + 90 * DAY_MS)}`,
	].join("\n");
}

/** One line a silence that ended, with what to do. */
export const endedSilence = ({ check, fingerprint, state, until, owner }: SilenceReport): string =>
	state === "expired"
		? `the silence of ${check} ${fingerprint} (${owner}) ended on ${until}: correct the finding, or give it a new day`
		: `the silence of ${check} ${fingerprint} (${owner}) matches nothing: the text changed or the finding is gone; remove it`;
