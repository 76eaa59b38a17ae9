import type { Role } from "../contracts/queues.ts";
import type { ReleaseImage } from "../registry/release-image.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Engine, EngineFacts, Ran } from "./engine.ts";
import type { Made } from "./made.ts";
import type { Owner } from "./owner.ts";
import type { SmokePorts } from "./ports.ts";

/** What is smoked, and how; nothing of it changes. */
export interface Subject {
	/** 8 hex digits. */
	id: string;
	/** `smoke-<id>`: the instance name of the workers, and the job. */
	name: string;
	image: ReleaseImage;
	/** `host/repository@sha256:…` */
	reference: string;
	role: Role;
	/** What its workers do: a gpu test runs the whole job, which cpu workers begin. */
	roles: readonly Role[];
	/** The role gpu without a GPU. */
	pretended: boolean;
	/** Base name of task queues that nobody else has. */
	queue: string;
	against: Owner["against"];
	/** On everything that it makes. */
	labels: Readonly<Record<string, string>>;
}

/** What rungs see and leave for those above them. */
export interface World extends Subject {
	readonly engine: Engine;
	readonly made: Made;
	readonly facts: EngineFacts;
	readonly ports: SmokePorts;
	/** Made by the rung `dependencies`. */
	network?: string;
	dependencies?: Dependencies;
	/** Ids of the containers of dependencies as they are made, by name; none where there are only addresses. */
	parts: Record<string, string>;
	/** Id of the container under test; made by the rung `layout`. */
	app?: string;
	/** A rung has failed. */
	failed?: boolean;
	/** What is made stays when a rung fails. */
	keep: boolean;
	/** Run when the smoke test ends, whatever it came to. */
	closers: (() => Promise<void>)[];
}

/** Name of a container or network: `cres-smoke-<id>-app`. */
export const nameOf = ({ id }: Pick<Subject, "id">, part: string): string => `cres-smoke-${id}-${part}`;

/** How a container of the image under test is confined: as on instances. */
export const confined = ({ image: { writes } }: Pick<Subject, "image">) => ({
	confined: true,
	...(writes ? { writes } : {}),
});

/** Runs a program in the container under test, for at most `timeout` milliseconds. */
export const inside = (world: World, argv: readonly string[], signal: AbortSignal, timeout: number): Promise<Ran> =>
	world.engine.exec(world.app!, argv, { signal, timeout });

/** How the container under test came to its end; undefined while it runs. */
export async function endOf({ engine, app }: Pick<World, "engine" | "app">): Promise<string | undefined> {
	const seen = app === undefined ? undefined : await engine.container(app);
	if (!seen) return "the container is gone";
	if (seen.state === "running") return undefined;
	return `the container is ${seen.state} with exit code ${seen.exitCode}${seen.outOfMemory ? ", out of memory" : ""}`;
}
