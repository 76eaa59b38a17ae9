import { USER_IDS } from "../../src/contracts/user-ids.ts";

/** The programs that supervisord may run in a container. */
export const PROGRAM_NAMES = ["models", "llama", "whisper", "api", "worker-cpu", "worker-gpu", "watchdog"] as const;
export type ProgramName = (typeof PROGRAM_NAMES)[number];

/** What the toolkit asks for and drains as one. */
export const WORKER_GROUP = "workers";
/** Whether it is one of the group of workers. */
export const isWorker = (name: ProgramName): boolean => name.startsWith("worker-");

/** supervisord's own name of a program, which its commands take. */
export const fullName = (name: ProgramName): string => (isWorker(name) ? `${WORKER_GROUP}:${name}` : name);

/** Where programs leave marks, each user in a folder of its own; another life of the container has its own. */
export const MARKS = "/run/cres/own";
/** Made by a worker when it polls; images/etc/after-workers waits for the first. */
export const POLLS = { cpu: `${MARKS}/${USER_IDS.worker}/polls`, gpu: `${MARKS}/${USER_IDS.gpuWorker}/polls` } as const;
/** Left by the models program when it ends; images/etc/llama looks for it. */
export const MODELS_DONE = `${MARKS}/${USER_IDS.models}/models.done`;

/** Where the cpu worker has programs started as another user. */
export const SPAWNER_SOCKET = "/run/cres/spawner.sock";

/** images/etc/as-user notes the process of each program there; another life of the container has other numbers. */
export const PIDS = "/run/cres/pids";

const MIB = 1024 ** 2;

/** Whole MiB of so many bytes. */
export const inMiB = (bytes: number): number => Math.floor(bytes / MIB);
