import { binaries } from "./rungs/binaries.ts";
import { clean } from "./rungs/clean.ts";
import { dependencies } from "./rungs/dependencies.ts";
import { health } from "./rungs/health.ts";
import { image } from "./rungs/image.ts";
import { imports } from "./rungs/imports.ts";
import { layout } from "./rungs/layout.ts";
import { queues } from "./rungs/queues.ts";
import { start } from "./rungs/start.ts";
import { stop } from "./rungs/stop.ts";
import { supervisor } from "./rungs/supervisor.ts";
import { workflow } from "./rungs/workflow.ts";
import type { Rung } from "./rung.ts";

/** The rungs in their order; those of one line are climbed at the same time. */
export const LADDER: readonly (readonly Rung[])[] = [
	[image],
	[dependencies],
	[layout],
	[start],
	[binaries, imports, queues, health],
	[supervisor, workflow],
	[stop],
	[clean],
];
