/**
 * Phases of a rollout: `prepare` changes nothing that runs, `swap` brings the new container and lets the old one go,
 * `prove` verifies it, `cleanup` comes when the release is live: no step of it brings the release before back.
 */
export const PHASES = ["prepare", "swap", "prove", "cleanup"] as const;
export type Phase = (typeof PHASES)[number];
