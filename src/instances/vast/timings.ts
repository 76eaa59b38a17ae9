/** Between two looks at a contract, in milliseconds of the platform's time: its documentation asks for as much. */
export const LOOK_EVERY = 10_000;
/** How long a container may take, and its worker to settle; as LOOK_EVERY. */
export const CONTAINER_TIMEOUT = 30 * 60_000;
/** How old an answer about a contract may be where only a rollout of somebody else could have changed it since; as LOOK_EVERY. */
export const RECENT_MS = 2_000;
