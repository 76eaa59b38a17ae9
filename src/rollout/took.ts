/** How long a step took, for people: `12.30 s`. */
export const took = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
