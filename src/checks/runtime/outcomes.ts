import type { Found, HostPlace, NotLooked, Outcome } from "../triage-check.ts";
import type { ControlFacts, FactLine, InsideFacts } from "./facts.ts";

export const outcome = (looked: string, findings: readonly Found[], couldNotLook?: readonly NotLooked[]): Outcome => ({
	looked,
	findings,
	...(couldNotLook === undefined ? {} : { couldNotLook }),
});

export const passed = (looked: string): Outcome => outcome(looked, []);

/** What somebody at that host said. */
export const said = (host: string, text: string, program?: string, at?: string): HostPlace => ({
	host,
	...(program === undefined ? {} : { program }),
	text,
	...(at === undefined ? {} : { at }),
});

/** A line of a log as evidence. @param otherwise the program of a line that names none */
export const evidenceOf = (host: string, { at, program, text }: FactLine, otherwise?: string): HostPlace =>
	said(host, text, program ?? otherwise, at ?? undefined);

/** RFC 3339, of a time that is one; nothing for 0. */
export const timeOf = (ms: number): string | undefined => (ms > 0 ? new Date(ms).toISOString() : undefined);

type Section = Exclude<keyof InsideFacts, "at" | "build" | "contract" | "missed">;

/** Looks at a section of what a container told; what it could not read is no pass. */
export function inSection<S extends Section>(
	inside: InsideFacts,
	name: S,
	look: (section: NonNullable<InsideFacts[S]>) => Outcome,
): Outcome {
	const section = inside[name];
	if (section !== null) return look(section as NonNullable<InsideFacts[S]>);
	const why = inside.missed[name] ?? "it told nothing of it";
	return outcome("", [], [{ what: `${name}: ${why}`, how: "cres logs, or look in the container: cres ssh" }]);
}

/** Looks at what Temporal says of the queues; where it does not answer there are none, which is no pass. */
export function inQueues(
	{ queues, dependencies }: ControlFacts,
	look: (queues: ControlFacts["queues"]) => Outcome,
): Outcome {
	const failure = dependencies.find(({ name }) => name === "temporal")?.failure;
	if (!failure) return look(queues);
	return outcome("", [], [{ what: "the queues: Temporal does not answer", how: failure.hint ?? "start Temporal" }]);
}
